#!/usr/bin/env python3
"""Opens a run's TensorBoard event files with TensorBoard's own reader and compares them with metrics.jsonl.

    pip install tensorboard
    python3 scripts/check_tensorboard.py runs/RUN

Every finite number of every step must be there, equal as float32. Exit code 1, and a line for the first
number that is not.
"""

import json
import math
import struct
import sys
from pathlib import Path

from tensorboard.backend.event_processing import event_accumulator


def as_float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def scalars(folder):
    """{(name, step): value} as TensorBoard reads them; the last one counts."""
    reader = event_accumulator.EventAccumulator(
        str(folder), size_guidance={event_accumulator.SCALARS: 0}
    )
    reader.Reload()
    found = {}
    for name in reader.Tags()["scalars"]:
        for event in reader.Scalars(name):
            found[name, event.step] = event.value
    return found


def main(run):
    found = scalars(run / "tensorboard")
    checked = 0
    for line in (run / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        for name, value in row.items():
            if "/" not in name or value is None or not math.isfinite(value):
                continue
            seen = found.get((name, row["step"]))
            if seen is None or as_float32(seen) != as_float32(value):
                print(f"{run}: {name} of step {row['step']}: {seen} (expected: {value})")
                return 1
            checked += 1
    if checked == 0:
        print(f"{run}: no numbers (expected: metrics.jsonl with finished steps)")
        return 1
    names = len({name for name, _ in found})
    print(f"{checked} numbers of {names} curves are the same in TensorBoard and in metrics.jsonl")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1], "metrics.jsonl").is_file():
        sys.exit("usage: check_tensorboard.py RUN (a run folder, with metrics.jsonl in it)")
    sys.exit(main(Path(sys.argv[1])))
