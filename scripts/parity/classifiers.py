"""Classifiers of sequences and of tokens of every supported family, as transformers computes them.

usage: classifiers.py       (writes model/src/test/resources/parity/classifiers.jsonl, learner/src/test/resources/classifier)
Each line has the text of config.json, sequences of token ids, the logits of each, and the mean of the last hidden states
over the tokens of each. Weights are those of config_variants.py, functions of their names. Sequences end with the
padding token, consist of it, or have none; a score is read at the last token that is not padding, of a classifier of
tokens at the last token. The folder is such a
classifier with its weights, and what transformers makes of prompts with responses.
"""

import json
import pathlib
import tempfile

import torch
import torch._dynamo  # noqa: F401
from config_variants import IDS, VOCABULARY, tensors
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification

ROOT = pathlib.Path(__file__).parents[2]
OUT = ROOT / "model/src/test/resources/parity/classifiers.jsonl"
FOLDER = ROOT / "learner/src/test/resources/classifier"
PAD = IDS[20]
SEQUENCES = [IDS[:12], IDS[:21], IDS[:21] + [PAD, PAD], [PAD, PAD, PAD], [IDS[3]], [PAD] + IDS[:7] + [PAD]]
FAMILIES = {
    "Llama": {"model_type": "llama", "num_labels": 1},
    "Mistral": {"model_type": "mistral", "id2label": {"0": "bad", "1": "fair", "2": "good"}, "sliding_window": 6},
    "Qwen2": {"model_type": "qwen2", "num_labels": 1, "pad_token_id": PAD, "tie_word_embeddings": True},
    "Qwen3": {"model_type": "qwen3", "head_dim": 8, "pad_token_id": PAD},
    "SmolLM3": {"model_type": "smollm3", "num_labels": 1, "pad_token_id": PAD},
}
GEMMA = {"head_dim": 8, "query_pre_attn_scalar": 4, "sliding_window": 6, "pad_token_id": PAD}
MORE = {
    "GPT2": {"model_type": "gpt2", "pad_token_id": PAD, "classifier_dropout": 0.0},
    "Gemma2": {"model_type": "gemma2", "num_labels": 1} | GEMMA,
    "Gemma3Text": {"model_type": "gemma3_text", "num_labels": 1} | GEMMA,
    "Phi3": {"model_type": "phi3", "num_labels": 1, "pad_token_id": PAD},
    "Qwen3Moe": {"model_type": "qwen3_moe", "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8},
}
GPT2_SIZES = {"vocab_size": VOCABULARY, "n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 64}


def checkpoint(folder, text, auto=AutoModelForSequenceClassification):
    """Writes a checkpoint and loads it with transformers."""
    (folder / "config.json").write_text(text + "\n")
    own = tensors(AutoConfig.from_pretrained(folder), auto, "right")
    save_file(own, folder / "model.safetensors", {"format": "pt"})
    model, info = auto.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not info["missing_keys"] and not info["unexpected_keys"], info
    return model.eval()


def computed(model, sequences):
    with torch.no_grad():
        logits = [model(torch.tensor([ids])).logits[0] for ids in sequences]
        logits = [(row[-1] if row.dim() > 1 else row).tolist() for row in logits]
        means = [model.base_model(torch.tensor([ids])).last_hidden_state[0].mean(0).tolist() for ids in sequences]
    shorter = lambda rows: [[round(number, 6) for number in row] for row in rows]
    return {"logits": shorter(logits), "states": shorter(means)}


def folder():
    FOLDER.mkdir(exist_ok=True)
    config = {
        "architectures": ["LlamaForSequenceClassification"],
        "model_type": "llama",
        "vocab_size": 384,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 24,
        "id2label": {"0": "a", "1": "b", "2": "c"},
        "pad_token_id": 2,
    }
    model = checkpoint(FOLDER, json.dumps(config, indent=2))
    prompts = [[5, 9, 200, 31], [5, 9, 200, 31], [383, 17], [40, 2, 2]]
    responses = [[7, 8, 300, 2], [7, 8, 301, 12, 9, 5, 120], [3], [2, 2]]
    texts = [prompt + response for prompt, response in zip(prompts, responses)]
    expected = {"prompts": prompts, "responses": responses} | computed(model, texts)
    (FOLDER / "expected.json").write_text(json.dumps(expected) + "\n")


def main():
    folder()
    lines = []
    every = [(family + "ForSequenceClassification", own) for family, own in (FAMILIES | MORE).items()]
    every += [
        (family + "ForTokenClassification", own | {"num_labels": 2})
        for family, own in (FAMILIES | MORE).items()
        if family != "Gemma3Text"  # transformers has none
    ]
    for name, own in every:
        sizes = {
            "vocab_size": VOCABULARY,
            "hidden_size": 16,
            "intermediate_size": 24,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 64,
        }
        text = json.dumps({"architectures": [name]} | (GPT2_SIZES if name.startswith("GPT2") else sizes) | own)
        auto = AutoModelForTokenClassification if "Token" in name else AutoModelForSequenceClassification
        with tempfile.TemporaryDirectory() as made:
            numbers = computed(checkpoint(pathlib.Path(made), text, auto), SEQUENCES)
        lines.append(json.dumps({"config": text, "sequences": SEQUENCES} | numbers))
    OUT.write_text("\n".join(lines) + "\n")


main()
