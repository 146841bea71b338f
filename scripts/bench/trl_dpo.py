#!/usr/bin/env python3
"""TRL's DPOTrainer on CPU with the pairs of `kelpie bench pairs`; prints one JSON line.

usage: trl_dpo.py MODEL --pairs 16 --prompt-len 64 --response-len 64 --steps 6 --threads 2
Prompts and responses are random digits, one token each. float32, no gradient checkpointing, reference
log-probabilities computed in the step. A step is everything from its begin to its end. Needs: torch,
transformers, trl, datasets.
"""
import argparse
import random
import tempfile

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer
from trl_steps import Clock, in_order, report


def digits(generator, length):
    return "".join(generator.choice("0123456789") for _ in range(length))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    sizes = (("pairs", 16), ("prompt-len", 64), ("response-len", 64), ("steps", 6), ("threads", 2))
    for name, default in sizes:
        parser.add_argument("--" + name, type=int, default=default)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    prompts, responses = random.Random(0), random.Random(1)
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    rows = []
    for _ in range(args.pairs * args.steps):
        prompt = digits(prompts, args.prompt_len)
        chosen = digits(responses, args.response_len)
        rows.append({"prompt": prompt, "chosen": chosen, "rejected": digits(responses, args.response_len)})
    config = DPOConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=args.pairs, max_steps=args.steps, beta=0.1,
        learning_rate=1e-6, lr_scheduler_type="constant", adam_beta2=0.95, max_length=None, logging_steps=1,
        save_strategy="no", report_to=[], use_cpu=True, bf16=False, gradient_checkpointing=False, disable_tqdm=True)
    clock = Clock()
    trainer = in_order(DPOTrainer)(
        model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, callbacks=[clock])
    trainer.train()
    report(trainer, clock)


if __name__ == "__main__":
    main()
