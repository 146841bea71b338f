"""Writes beside every answer of the rewards' table what math-verify says of it.

usage: answers.py            (needs math-verify 0.9.0; rewrites rewards/src/test/resources/answers/table.jsonl)
The columns of the table: kind, reward, response, reference, verdict (1, 0, "failed", "refused"), source; math-verify (1 or 0), filled here;
and why, where the two differ, written by hand. The reference is given to math-verify as $reference$ unless it has a box, a dollar or ####
(then what is behind that); the response as it is, as a trainer gives it. The script names the rows that differ without a why.
"""

import json
import pathlib
import sys

import math_verify

TABLE = pathlib.Path(__file__).parents[2] / "rewards/src/test/resources/answers/table.jsonl"


def gold(reference):
    text = reference.split("####")[-1].strip()
    return text if "\\boxed" in text or "$" in text else f"${text}$"


def verdict(row):
    try:
        return int(math_verify.verify(math_verify.parse(gold(row["reference"])), math_verify.parse(row["response"])))
    except Exception:
        return 0


def differs(row):
    return row["verdict"] != row["math-verify"] and not (row["verdict"] in ("failed", "refused") and row["math-verify"] == 0)


def main():
    rows = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        why = row.pop("why", "")
        row["math-verify"] = verdict(row)
        if differs(row):
            row["why"] = why
    TABLE.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    unexplained = [row for row in rows if row.get("why") == ""]
    for row in unexplained:
        print("no why:", json.dumps(row))
    print(len(rows), "rows,", sum("why" in row for row in rows), "differ,", len(unexplained), "without a why")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
