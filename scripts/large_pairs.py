"""Writes N rows of pairs for the quickstart's policy, as JSON lines or Parquet by the name of the file.

    python scripts/large_pairs.py 1000000 pairs.parquet
"""

import json
import random
import sys

NUMBER, FILE = int(sys.argv[1]), sys.argv[2]


def rows():
    draw = random.Random(1)
    for _ in range(NUMBER):
        a, b, c, d = (draw.randint(1, 9) for _ in range(4))
        first, second = b * c, a + b * c
        good = f"{b}*{c}={first},{a}+{first}={second},{second}+{d}={second + d}"
        yield {"prompt": f"{a}+{b}*{c}+{d}?", "chosen": good, "rejected": f"={(a + b) * c + d}"}


if FILE.endswith(".parquet"):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(rows())), FILE, compression="zstd")
else:
    with open(FILE, "w") as out:
        for row in rows():
            out.write(json.dumps(row) + "\n")
