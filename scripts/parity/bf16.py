"""Log-probabilities and gradients of tiny models whose products of projections round to bfloat16.

Twice: by transformers' models with a linear layer that rounds as learner.precision = bf16 says, and under torch's own
autocast, which rounds more (what lies between the products, too).

    python scripts/parity/bf16.py PARITY_FOLDER > model/src/test/resources/parity/bf16.json

PARITY_FOLDER holds the unpacked folders of model/src/test/resources/parity.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

MODELS = ["smollm2", "qwen2", "gpt2"]
LARGEST = 4000  # numbers of a gradient that is kept


class Rounded(torch.autograd.Function):
    """y = x w^T with x, w and y rounded; both backward products round what goes in and the gradient of w."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return (x.bfloat16() @ w.bfloat16().t()).float()

    @staticmethod
    def backward(ctx, g):
        x, w = (t.bfloat16().float() for t in ctx.saved_tensors)
        g = g.bfloat16().float()
        rows = g.flatten(0, -2).t() @ x.flatten(0, -2)
        return g @ w, rows.bfloat16().float()


def round_gradient(x):
    """The gradient of x is rounded once, after the projections of x have added theirs."""
    if x.requires_grad and not hasattr(x, "rounds"):
        x.rounds = True
        x.register_hook(lambda g: g.bfloat16().float())


def linear(x, w, b=None):
    round_gradient(x)
    y = Rounded.apply(x, w)
    return y if b is None else y + b


class Products:
    """Replaces the linear layers of transformers while it is open."""

    def __enter__(self):
        self.linear = torch.nn.functional.linear
        self.addmm = torch.addmm
        torch.nn.functional.linear = linear
        torch.addmm = lambda b, x, w: linear(x, w.t(), b)  # of GPT-2

    def __exit__(self, *_):
        torch.nn.functional.linear = self.linear
        torch.addmm = self.addmm


def measure(folder, context):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    expected = load_file(folder / "expected.safetensors")
    ids, mask = expected["right.input_ids"], expected["right.attention_mask"]
    with context:
        logits = model(ids, attention_mask=mask).logits[:, :-1].float()
        logprobs = torch.log_softmax(logits, -1).gather(2, ids[:, 1:, None])[..., 0]
    (logprobs * expected["grad.weights"] * expected["right.target_mask"]).sum().backward()
    gradients = {
        name: [float(f"{v:.7g}") for v in p.grad.flatten().tolist()]
        for name, p in model.named_parameters()
        if p.numel() <= LARGEST and "grad." + name in expected
    }
    return {"logprobs": [float(f"{v:.7g}") for v in logprobs.flatten().tolist()], "gradients": gradients}


def main():
    torch.set_num_threads(1)
    root = pathlib.Path(sys.argv[1])
    result = {}
    for name in MODELS:
        result[name] = {
            "products": measure(root / name, Products()),
            "autocast": measure(root / name, torch.autocast("cpu", torch.bfloat16)),
        }
    json.dump({"torch": torch.__version__, "models": result}, sys.stdout, separators=(",", ":"))
    print()


main()
