#!/usr/bin/env python3
"""TRL's RewardTrainer on CPU with the pairs of a file, in its order; prints one JSON line.

usage: trl_reward.py MODEL PAIRS.jsonl --batch 8 --steps 6 --learning-rate 2e-5 --warmup 0 --threads 2 [--held-out FILE]
       trl_reward.py --digits 64,64 --rows 96 PAIRS.jsonl    writes prompts and responses of random digits

The same training by Kelpie (`timing_s/step` of RUN/metrics.jsonl has the seconds of each update):
    ./kelpie reward-model CONF --out RUN, with data.shuffle = false and a head that starts at 0.

A row has prompt, chosen and rejected, or it has two dialogues of HH-RLHF, which become messages of the
model's chat template. float32, no gradient checkpointing, a head that starts at 0, betas 0.9 and 0.999, no
weight decay, linear schedule; --parts microbatches of a batch save memory. Rows of more than 512 tokens are left out by both. A step is everything from
its begin to its end. Needs: torch, transformers, trl, datasets.
"""
import argparse
import json
import random
import re
import tempfile


def write_digits(file, lengths, rows):
    prompt_len, response_len = (int(n) for n in lengths.split(","))
    draw = random.Random(0)

    def digits(length):
        return "".join(draw.choice("0123456789") for _ in range(length))

    with open(file, "w") as f:
        for _ in range(rows):
            row = {"prompt": digits(prompt_len), "chosen": digits(response_len), "rejected": digits(response_len)}
            f.write(json.dumps(row) + "\n")


def messages(row):
    """As TRL's examples/datasets/hh-rlhf-helpful-base.py makes them."""
    if "prompt" in row:
        return row
    common = 0
    while common < min(map(len, (row["chosen"], row["rejected"]))) and row["chosen"][common] == row["rejected"][common]:
        common += 1
    prompt = row["chosen"][:common]
    if not prompt.endswith("\n\nAssistant: "):
        prompt = prompt[: prompt.rfind("\n\nAssistant: ")] + "\n\nAssistant: "
    sides = {side: [{"role": "assistant", "content": row[side][len(prompt):]}] for side in ("chosen", "rejected")}
    parts = re.split(r"(\n\nAssistant: |\n\nHuman: )", prompt[: -len("\n\nAssistant: ")])[1:]
    turns = [
        {"role": "user" if who == "\n\nHuman: " else "assistant", "content": text}
        for who, text in zip(parts[::2], parts[1::2])]
    return {"prompt": turns, **sides}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--digits")
    parser.add_argument("--rows", type=int, default=96)
    for name, default in (("batch", 8), ("parts", 1), ("steps", 6), ("threads", 2), ("warmup", 0)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--held-out")
    args = parser.parse_args()
    if args.digits:
        write_digits(args.files[0], args.digits, args.rows)
        return

    import torch
    from datasets import Dataset
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from trl import RewardConfig, RewardTrainer
    from trl_steps import Clock, in_order, report

    path, file = args.files
    torch.set_num_threads(args.threads)
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=1, dtype=torch.float32)
    model.score.weight.data.zero_()

    def dataset(name):
        with open(name, encoding="utf-8") as lines:
            return Dataset.from_list([messages(json.loads(line)) for line in lines])

    config = RewardConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=args.batch // args.parts,
        gradient_accumulation_steps=args.parts, per_device_eval_batch_size=8, max_steps=args.steps,
        learning_rate=args.learning_rate, warmup_steps=args.warmup, lr_scheduler_type="linear", max_length=512,
        logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, bf16=False, gradient_checkpointing=False,
        disable_tqdm=True)
    clock = Clock()
    trainer = in_order(RewardTrainer)(
        model=model, args=config, train_dataset=dataset(file), processing_class=tokenizer, callbacks=[clock],
        eval_dataset=dataset(args.held_out) if args.held_out else None)
    trainer.train()
    more = {"accuracies": [entry.get("accuracy") for entry in trainer.state.log_history if "loss" in entry]}
    if args.held_out:
        more["held_out"] = trainer.evaluate()
    report(trainer, clock, **more)


if __name__ == "__main__":
    main()
