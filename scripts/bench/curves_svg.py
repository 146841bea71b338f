#!/usr/bin/env python3
"""Draws mean reward and mean length by step of runs beside those that trl_curve.py has printed.

usage: curves_svg.py OUT.svg RUN... -- TRL.json...      (means of five steps; no packages needed)
"""
import json
import sys

out, *names = sys.argv[1:]
runs, printed = names[: names.index("--")], names[names.index("--") + 1 :]
WIDTH, HEIGHT, LEFT, TOP = 330, 210, 46, 34


def of_run(run):
    lines = [json.loads(line) for line in open(run + "/metrics.jsonl")]
    steps = [line for line in lines if line.get("reward/mean") is not None]
    return [s["reward/mean"] for s in steps], [s["response_length/mean"] for s in steps]


def of_trl(file):
    return tuple(json.loads(line) for line in open(file).read().splitlines()[-2:])


def smooth(values, width=5):
    """The mean of the last `width` values."""
    return [sum(values[max(0, i - width + 1) : i + 1]) / len(values[max(0, i - width + 1) : i + 1]) for i in range(len(values))]


curves = [("Kelpie", "#1f6feb", of_run(run)) for run in runs] + [("TRL", "#d1242f", of_trl(file)) for file in printed]
svg = [
    f'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="300" font-family="sans-serif" font-size="12">',
    '<rect width="800" height="300" fill="white"/>',
]
for panel, (title, low, high, marks) in enumerate([("mean reward", 0, 1, [0, 0.5, 1]), ("mean length, tokens", 10, 26, [10, 18, 26])]):
    x0 = LEFT + panel * (WIDTH + 60)
    svg.append(f'<text x="{x0}" y="22" font-weight="bold">{title}</text>')
    svg.append(f'<rect x="{x0}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>')
    for mark in marks:
        y = TOP + HEIGHT * (high - mark) / (high - low)
        svg.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for _, color, values in curves:
        points = smooth(values[panel])
        path = " ".join(
            f"{x0 + WIDTH * i / (len(points) - 1):.1f},{TOP + HEIGHT * (high - p) / (high - low):.1f}" for i, p in enumerate(points)
        )
        svg.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>')
    svg.append(f'<text x="{x0 + WIDTH / 2}" y="{TOP + HEIGHT + 18}" text-anchor="middle">step, 1 to {len(curves[0][2][0])}</text>')
for i, (name, color, count) in enumerate([("Kelpie", "#1f6feb", len(runs)), ("TRL", "#d1242f", len(printed))]):
    svg.append(f'<text x="{LEFT + 130 * i}" y="286" fill="{color}">{name}, {count} seed{"s" if count > 1 else ""}</text>')
svg.append("</svg>")
open(out, "w").write("\n".join(svg) + "\n")
