"""Writes rollout/src/test/resources/parquet: the same rows by pyarrow in several codecs, encodings and layouts.

    python scripts/parity/parquet_files.py rollout/src/test/resources/parquet
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def rows():
    made = []
    for i in range(300):
        made.append(
            {
                "id": i,
                "prompt": f"prompt {i} Gr\u00fc\u00dfe \U0001f600",
                "chosen": [{"role": "user", "content": f"q{i}"}, {"role": "assistant", "content": "a" * (i % 7)}],
                "rejected": None if i % 5 == 4 else [{"role": "user", "content": None}],
                "responses": [f"r{j}" for j in range(i % 4)],
                "scores": [j / 4 for j in range(i % 4)],
                "label": None if i % 3 == 2 else i % 2 == 0,
                "level": i * 10**12,
                "kind": ["easy", "hard"][i // 150],
            }
        )
    return made


def verl_rows():
    """Rows as verl's preprocessing writes them; the third has no ground truth."""
    return pa.Table.from_pylist(
        [
            {
                "data_source": "openai/gsm8k",
                "prompt": [
                    {"role": "system", "content": "Be short."},
                    {"role": "user", "content": f"What is {i} + 1?"},
                    {"role": "assistant", "content": "A number."},
                    {"role": "user", "content": "Which one?"},
                ][0 if i == 1 else 1 : 4 if i == 1 else 2],
                "ability": "math",
                "reward_model": {"style": "rule", "ground_truth": None if i == 2 else str(i + 1)},
                "extra_info": {"split": "train", "index": i},
            }
            for i in range(3)
        ]
    )


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema(
        [
            ("id", pa.int32()),
            ("prompt", pa.string()),
            ("chosen", pa.list_(message)),
            ("rejected", pa.list_(message)),
            ("responses", pa.list_(pa.string())),
            ("scores", pa.list_(pa.float64())),
            ("label", pa.bool_()),
            ("level", pa.int64()),
            ("kind", pa.string()),
            ("unread", pa.timestamp("us")),
        ]
    )
    made = rows()
    table = pa.Table.from_pylist([dict(row, unread=0) for row in made], schema=schema)
    layouts = {
        "gzip": dict(compression="gzip", row_group_size=100),
        "zstd": dict(compression="zstd", data_page_version="2.0", data_page_size=256),
        "snappy": dict(compression="snappy", row_group_size=70, write_page_checksum=True),
        "plain": dict(compression="none", use_dictionary=False),
        "delta": dict(
            compression="zstd",
            use_dictionary=False,
            column_encoding={"prompt": "DELTA_BYTE_ARRAY", "kind": "DELTA_LENGTH_BYTE_ARRAY", "level": "DELTA_BINARY_PACKED"},
        ),
    }
    for name, options in layouts.items():
        pq.write_table(table, folder / f"{name}.parquet", **options)
    pq.write_table(table.slice(0, 0), folder / "empty.parquet")
    pq.write_table(table.slice(0, 5), folder / "lz4.parquet", compression="lz4")
    pq.write_table(verl_rows().slice(0, 2), folder / "verl.parquet")
    pq.write_table(verl_rows(), folder / "verl-without-truth.parquet")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
