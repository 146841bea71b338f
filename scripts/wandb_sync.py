#!/usr/bin/env python3
"""Sends the metrics of a Kelpie run to Weights & Biases.

    python scripts/wandb_sync.py runs/RUN [--project kelpie] [--entity NAME] [--follow]

Reads metrics.jsonl, experiment.conf and summary.json of the run folder; with --follow it waits for new steps until the
run has ended. Needs the package wandb, which is logged in or has WANDB_API_KEY; with WANDB_MODE=offline nothing leaves
the machine. The client's own files go to wandb/ in the working folder: it makes links, which a run folder must not
have. The run on the server has the name of the folder and an id that is kept in wandb.json in it, so that a
second call, or one after `kelpie train --resume`, continues there and sends only what is new.
"""

import argparse
import json
import math
import os
import sys
import time
import uuid
from pathlib import Path

LOOK_EVERY_S = 2.0


def numbers(line):
    """Step and finite numbers of a line of metrics.jsonl; their names have a slash."""
    row = json.loads(line)
    values = {name: value for name, value in row.items()
              if "/" in name and isinstance(value, (int, float)) and math.isfinite(value)}
    return row["step"], values


class Metrics:
    """The whole lines of metrics.jsonl that were not read yet; the last line may still be written."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def read(self):
        if not self.path.exists():
            return []
        if self.path.stat().st_size < self.offset:
            self.offset = 0  # the run was resumed from an earlier step, and the file was cut
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self.offset += len(whole)
        return [numbers(line) for line in whole.decode("utf-8").splitlines() if line.strip()]


def summary(run, steps):
    """What summary.json says of the end of the run; empty while it lives, and of an end before `steps`."""
    try:
        end = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return end if end["steps"] >= steps else {}


def place(run):
    """The id of the run on the server, the last step that it has, and the last one with held-out numbers."""
    file = run / "wandb.json"
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
        return kept["id"], kept["step"], kept.get("measured", kept["step"])
    return uuid.uuid4().hex[:8], -1, -1


def keep(run, identity, step, measured):
    """Replaces wandb.json as a whole, so that a script that is killed leaves one or the other."""
    part = run / "wandb.json.part"
    part.write_text(json.dumps({"format": 1, "id": identity, "step": step, "measured": measured}) + "\n", encoding="utf-8")
    os.replace(part, run / "wandb.json")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--project", default="kelpie")
    parser.add_argument("--entity", default=None)
    parser.add_argument("--follow", action="store_true", help="wait for new steps until the run has ended")
    options = parser.parse_args()
    run = options.run
    if not (run / "experiment.conf").is_file():
        sys.exit(f"{run}: no experiment.conf (expected: a run folder)")
    try:
        import wandb
    except ImportError:
        sys.exit("wandb is not installed (expected: pip install wandb)")

    identity, last, measured = place(run)
    config = {"experiment.conf": (run / "experiment.conf").read_text(encoding="utf-8")}
    tracked = wandb.init(project=options.project, entity=options.entity, id=identity, resume="allow",
                         name=run.resolve().name, config=config)
    tracked.define_metric("*", step_metric="step")
    metrics = Metrics(run / "metrics.jsonl")
    sent = 0
    while True:
        end = summary(run, last)
        for step, values in metrics.read():
            held_out = {name: value for name, value in values.items() if name.startswith("eval/")}
            if step > last:
                tracked.log({"step": step, **values})
                last = step
                sent += 1
            elif held_out and step > measured:  # a line of its own, which may come after later steps
                tracked.log({"step": step, **held_out})
            measured = max(measured, step) if held_out else measured
        keep(run, identity, last, measured)
        if not options.follow or (end and not (run / "cluster.json").exists()):
            break
        time.sleep(LOOK_EVERY_S)
    for key in ("status", "steps", "policy-sha256", "peak-rss-mib"):
        if key in end:
            tracked.summary[key] = end[key]
    for block in ("eval-before", "eval-after"):
        for name, value in end.get(block, {}).items():
            tracked.summary[f"{block}/{name}"] = value
    tracked.finish(exit_code=1 if end.get("status") == "failed" else 0)
    print(f"{sent} steps sent as {identity}")


if __name__ == "__main__":
    main()
