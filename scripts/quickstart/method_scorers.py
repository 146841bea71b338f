"""Toy reward models with the quickstart's vocabulary for configs/methods: random weights, a few kilobytes each.

usage: method_scorers.py       (writes configs/methods/scorers)
"""

import json
import pathlib

import torch
from safetensors.torch import save_file

OUT = pathlib.Path(__file__).parents[2] / "configs/methods/scorers"
VOCABULARY, HIDDEN, WIDE = 19, 8, 16
LABELS = {"a": 1, "b": 1, "c": 1, "gold": 1, "manners": 2, "gap": 2}


def main():
    for seed, (name, labels) in enumerate(LABELS.items()):
        torch.manual_seed(seed)
        folder = OUT / name
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "architectures": ["LlamaForSequenceClassification"],
            "model_type": "llama",
            "vocab_size": VOCABULARY,
            "hidden_size": HIDDEN,
            "intermediate_size": WIDE,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "max_position_embeddings": 128,
            "num_labels": labels,
            "pad_token_id": 0,
            "dtype": "float32",
        }
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        layer = "model.layers.0."
        shapes = {
            "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
            "score.weight": (labels, HIDDEN),
            **{layer + f"self_attn.{part}_proj.weight": (HIDDEN, HIDDEN) for part in "qkvo"},
            layer + "mlp.gate_proj.weight": (WIDE, HIDDEN),
            layer + "mlp.up_proj.weight": (WIDE, HIDDEN),
            layer + "mlp.down_proj.weight": (HIDDEN, WIDE),
        }
        tensors = {key: torch.randn(shape) * 0.5 for key, shape in shapes.items()}
        for norm in ("model.norm", layer + "input_layernorm", layer + "post_attention_layernorm"):
            tensors[norm + ".weight"] = torch.ones(HIDDEN)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
        (folder / "model.safetensors").chmod(0o644)
        if name == "gap":  # compares two responses by their outputs
            head = {"format": 1, "type": "general-preference", "outputs": labels, "tau": 1.0}
            (folder / "preference-head.json").write_text(json.dumps(head, indent=1) + "\n")


main()
