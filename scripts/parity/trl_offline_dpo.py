"""Trains the quickstart's policy on 64 pairs by TRL's DPOTrainer and records each step's loss and the final weights.

    python scripts/parity/trl_offline_dpo.py cli/src/test/resources/offline-dpo [OTHER_CHECKPOINT]

Of each tensor, the change is recorded as 64 dot products with vectors of plus and minus one (SplitMix64 bits), so that a
distance to other weights can be computed without the weights: the mean square of the differences of the products is the
square of the distance, within about a tenth. With OTHER_CHECKPOINT, prints the exact distances to it instead.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from safetensors.numpy import load_file
from torch.utils.data import SequentialSampler
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

POLICY = Path("configs/quickstart/policy")
PAIRS, PER_STEP, BELOW, PROJECTIONS = 64, 16, 0.6, 64


def make_pairs():
    """The careful working against the same with another result."""
    rows = [json.loads(line) for line in open("configs/quickstart/demonstrations.jsonl")]
    careful = [row for row in rows if row["response"].count("=") == 3]
    chosen = random.Random(7).sample(careful, PAIRS)
    pairs = []
    for i, row in enumerate(chosen):
        working, result = row["response"].rsplit("=", 1)
        wrong = f"{working}={int(result) + 1 + i % 9}"
        pairs.append({"prompt": row["prompt"], "chosen": row["response"], "rejected": wrong})
    return pairs


class InOrder(DPOTrainer):
    losses = []

    def _get_train_sampler(self, *args, **kwargs):
        return SequentialSampler(self.train_dataset)

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.losses.append(float(loss))
        return loss


def signs(projection, count):
    with np.errstate(over="ignore"):
        z = (np.arange(count, dtype=np.uint64) + np.uint64(projection) * np.uint64(1 << 32)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return 1.0 - 2.0 * (z & np.uint64(1)).astype(np.float64)


def train(pairs, steps):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(POLICY, dtype=torch.float32)
    config = DPOConfig(
        output_dir="/tmp/trl-offline-dpo",
        per_device_train_batch_size=PER_STEP,
        max_steps=steps,
        learning_rate=1e-4,
        lr_scheduler_type="constant",
        adam_beta1=0.9,
        adam_beta2=0.999,
        weight_decay=0.0,
        max_grad_norm=1.0,
        beta=0.1,
        bf16=False,
        gradient_checkpointing=False,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        logging_strategy="no",
    )
    InOrder.losses = []
    trainer = InOrder(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(pairs),
        processing_class=AutoTokenizer.from_pretrained(POLICY),
    )
    trainer.train()
    tensors = {name: value.detach().numpy().astype(np.float64) for name, value in trainer.model.state_dict().items()}
    return list(InOrder.losses), tensors


def main(folder, other):
    torch.set_num_threads(2)
    pairs = make_pairs()
    losses, _ = train(pairs, 60)
    steps = next(i for i, loss in enumerate(losses) if loss < BELOW) + 1
    losses, tensors = train(pairs, steps)
    start = {name: value.astype(np.float64) for name, value in load_file(POLICY / "model.safetensors").items()}
    print(len(pairs), "pairs", steps, "steps", losses)
    if other:
        ours = load_file(Path(other) / "model.safetensors")
        ratios = {
            name: float(np.linalg.norm(ours[name] - tensors[name]) / np.linalg.norm(tensors[name] - start[name]))
            for name in start
        }
        print("largest", max(ratios.values()), max(ratios, key=ratios.get))
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    recorded = {}
    for name, before in start.items():
        change = (tensors[name] - before).ravel()
        recorded[name] = {
            "norm": float(np.linalg.norm(change)),
            "products": [float(f"{signs(p, change.size) @ change:.9e}") for p in range(PROJECTIONS)],
        }
    (folder / "trl.json").write_text(json.dumps({"losses": losses, "tensors": recorded}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
