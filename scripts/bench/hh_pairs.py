#!/usr/bin/env python3
"""Splits pairs of HH-RLHF by their prompts: FOLDER/held.jsonl with 800 pairs, FOLDER/train.jsonl with the rest.

usage: hh_pairs.py harmless-base-test.jsonl.gz MODEL FOLDER
Pairs of equal dialogues and those with one of more than 440 tokens of MODEL are left out. Needs: transformers.
"""
import gzip
import json
import random
import sys

from transformers import AutoTokenizer

HELD, LONGEST = 800, 440


def prompt(row):
    end = 0
    while end < min(len(row["chosen"]), len(row["rejected"])) and row["chosen"][end] == row["rejected"][end]:
        end += 1
    return row["chosen"][: row["chosen"][:end].rfind("\n\nAssistant:")]


def main(source, model, folder):
    tokenizer = AutoTokenizer.from_pretrained(model)
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    by_prompt = {}
    for row in rows:
        longest = max(len(tokenizer(row[side])["input_ids"]) for side in ("chosen", "rejected"))
        if longest <= LONGEST and row["chosen"] != row["rejected"]:
            by_prompt.setdefault(prompt(row), []).append(row)
    prompts = sorted(by_prompt)
    random.Random(1).shuffle(prompts)
    held, train = [], []
    for one in prompts:
        (held if len(held) < HELD else train).extend(by_prompt[one])
    for name, part in (("held", held[:HELD]), ("train", train)):
        with open(f"{folder}/{name}.jsonl", "w", encoding="utf-8") as out:
            for row in part:
                out.write(json.dumps({"chosen": row["chosen"], "rejected": row["rejected"]}, ensure_ascii=False) + "\n")
    print(f"{len(rows)} pairs read, {len(train)} to train on, {len(held[:HELD])} held out")


main(*sys.argv[1:])
