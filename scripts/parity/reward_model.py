"""Scores of a reward model that Kelpie has written, by transformers.

usage: python scripts/parity/reward_model.py FOLDER learner/src/test/resources/reward-model/expected.json

FOLDER: the quickstart's policy with a head drawn by seed 7, as WrittenScoreTest writes it. The rows
are scored in one batch, padded on the right, and each alone; both must agree.
"""

import json
import sys

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

ROWS = [
    ("2+4+5*9?", "5*9=45,2+4=6,6+45=51</s>"),
    ("2+4+5*9?", "=54</s>"),
    ("7+5*3-8?", "5*3=15,7+15=22"),
    ("7+5*3-8?", ""),
    ("1+2*2+3?", "2*2=4</s><pad><pad>"),
    ("9*5+7-6?", "9*5=45,45<pad>7</s>"),
]


def main(folder, target):
    model, told = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"], told
    model = model.eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for prompt, response in ROWS:
        a = tokenizer(prompt)["input_ids"]
        b = tokenizer(response, add_special_tokens=False)["input_ids"]
        rows.append({"prompt": a, "response": b})
    width = max(len(r["prompt"] + r["response"]) for r in rows)
    pad = model.config.pad_token_id
    ids = torch.tensor([r["prompt"] + r["response"] + [pad] * (width - len(r["prompt"] + r["response"])) for r in rows])
    with torch.no_grad():
        logits = model(ids, attention_mask=(ids != pad).long()).logits[:, 0]
        for row, score in zip(rows, logits.tolist()):
            one = torch.tensor([row["prompt"] + row["response"]])
            alone = model(one, attention_mask=torch.ones_like(one)).logits[0, 0].item()
            if pad not in row["response"]:
                assert abs(alone - score) < 1e-4, (row, score, alone)
            row["score"] = alone
    config = model.config
    out = {
        "config": {
            "num_labels": config.num_labels,
            "id2label": {str(k): v for k, v in config.id2label.items()},
            "pad_token_id": pad,
        },
        "rows": rows,
    }
    with open(target, "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
    print([r["score"] for r in rows])


main(*sys.argv[1:])
