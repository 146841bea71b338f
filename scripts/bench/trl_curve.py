#!/usr/bin/env python3
"""TRL's GRPO with its defaults on the quickstart's policy, prompts and reward, beside configs/quickstart-trl.conf.

usage: trl_curve.py configs/quickstart SEED STEPS     prints mean reward and mean length of each step as two JSON lists
needs: torch transformers trl==1.16.0 datasets accelerate
"""
import json
import re
import sys
import tempfile

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

root, seed, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
longest = 26
torch.set_num_threads(2)
tokenizer = AutoTokenizer.from_pretrained(root + "/policy")
model = AutoModelForCausalLM.from_pretrained(root + "/policy", dtype=torch.float32)
rows = [json.loads(line) for line in open(root + "/train.jsonl")]
pattern = re.compile(r"=(\d{1,3})$")


def reward(completions, answer, completion_ids, **_):
    """1 where the response ends with the answer and a stop token."""
    rewards = []
    for completion, right, ids in zip(completions, answer, completion_ids):
        match = pattern.search(completion)
        stopped = ids[-1] == tokenizer.eos_token_id or len(ids) < longest
        rewards.append(1.0 if match and match[1] == right and stopped else 0.0)
    return rewards


config = GRPOConfig(
    # what configs/quickstart-trl.conf says beside its preset
    per_device_train_batch_size=64,
    max_completion_length=longest,
    learning_rate=1e-4,
    max_steps=steps,
    seed=seed,
    # numbers as Kelpie has them, and nothing written
    bf16=False,
    use_cpu=True,
    gradient_checkpointing=False,
    output_dir=tempfile.mkdtemp(),
    logging_steps=1,
    save_strategy="no",
    report_to=[],
    disable_tqdm=True,
)
trainer = GRPOTrainer(
    model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer, reward_funcs=reward
)
trainer.train()
logged = [entry for entry in trainer.state.log_history if "reward" in entry]
print(json.dumps([round(entry["reward"], 4) for entry in logged]))
print(json.dumps([round(entry["completions/mean_length"], 2) for entry in logged]))
