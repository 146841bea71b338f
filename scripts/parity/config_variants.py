"""Variants of config.json and the log-probabilities that transformers computes with them.

usage: config_variants.py [FAMILY ...]       (writes model/src/test/resources/config-variants/FAMILY.jsonl.gz)
For each family: the named cases below, and 240 variants drawn with a seed: values of every key that the configuration
class reads, in both layouts of rotary positions and their mixtures, missing keys, nulls, wrong types, unknown keys.
Each line has the text of config.json, how lm_head.weight lies beside the embedding, and the log-probabilities of the
last 16 of 40 fixed tokens, or why transformers 5.23 refuses. Weights are not stored: number i of tensor NAME is

    u = splitmix64(fnv1a64(NAME) + i) >> 40, as a fraction of 2^24;  w = c + a (2 u - 1)

with c = 1, a = 0.25 for a name that ends in norm.weight, ln_1.weight, ln_2.weight or ln_f.weight; c = 0, a = 0.2 for a
bias; a = 1 for the embedding; a = 0.35 for the rest. Experts are stored one by one. An lm_head.weight that differs from a tied embedding is drawn by its own name.
"""

import contextlib
import gzip
import io
import json
import pathlib
import random
import sys
import tempfile

import numpy as np
import torch
import torch._dynamo  # noqa: F401  cannot be loaded first inside a device context
import transformers
from config_families import LATER, MISSING, draw_later, put
from config_rope import draw_rope
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

OUT = pathlib.Path(__file__).parents[2] / "model/src/test/resources/config-variants"
ARCHITECTURES = {
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "smollm3": "SmolLM3ForCausalLM",
    "llama-reward": "LlamaForSequenceClassification",
    "gpt2": "GPT2LMHeadModel",
    "gemma2": "Gemma2ForCausalLM",
    "gemma3_text": "Gemma3ForCausalLM",
    "phi3": "Phi3ForCausalLM",
    "qwen3_moe": "Qwen3MoeForCausalLM",
}
EMBEDDINGS = ("model.embed_tokens.weight", "transformer.wte.weight")
GPT2_KEYS = {
    "hidden_size": "n_embd",
    "intermediate_size": "n_inner",
    "num_hidden_layers": "n_layer",
    "num_attention_heads": "n_head",
    "max_position_embeddings": "n_positions",
    "rms_norm_eps": "layer_norm_epsilon",
}
VARIANTS, TOKENS, SCORED, VOCABULARY = 240, 40, 16, 41
IDS = [(7 * i * i + 3 * i + 5) % VOCABULARY for i in range(TOKENS)]
MASK = (1 << 64) - 1


def fnv1a64(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def splitmix64(x):
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def weights(name, shape):
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        bits = splitmix64(np.arange(count, dtype=np.uint64) + np.uint64(fnv1a64(name))) >> np.uint64(40)
    u = bits.astype(np.float64) / 2**24
    center, width = (
        (1, 0.25)
        if name.endswith(("norm.weight", "ln_1.weight", "ln_2.weight", "ln_f.weight"))
        else (0, 0.2)
        if name.endswith(".bias")
        else (0, 1.0)
        if name in EMBEDDINGS
        else (0, 0.35)
    )
    return torch.from_numpy((center + width * (2 * u - 1)).astype(np.float32).reshape(shape))


# --- what transformers makes of a folder ---------------------------------------------------------------------------


def tensors(config, auto, head):
    """The tensors of a checkpoint of this configuration: those of an untied model of it, but for its head."""
    tied = bool(getattr(config, "tie_word_embeddings", False))
    with torch.device("meta"):
        shapes = {name: tuple(t.shape) for name, t in auto.from_config(config).state_dict().items()}
    embedding = next(name for name in EMBEDDINGS if name in shapes)
    found = {}
    for name, shape in shapes.items():
        if name.endswith("mlp.experts.gate_up_proj"):
            parts = [("gate_proj", shape[1] // 2, shape[2]), ("up_proj", shape[1] // 2, shape[2])]
        elif name.endswith("mlp.experts.down_proj"):
            parts = [("down_proj", shape[1], shape[2])]
        elif name != "lm_head.weight":
            found[name] = weights(name, shape)
            continue
        else:
            continue
        for expert in range(shape[0]):
            for part, rows, columns in parts:
                own = f"{name.rsplit('.', 1)[0]}.{expert}.{part}.weight"
                found[own] = weights(own, (rows, columns))
    if "lm_head.weight" in shapes:
        if head == "own" or head == "right" and not tied:
            found["lm_head.weight"] = weights("lm_head.weight", shapes["lm_head.weight"])
        elif head == "embedding":
            found["lm_head.weight"] = found[embedding].clone()
    return found


def expected(text, head, reward):
    """Log-probabilities and the number of parameters, or the refusal."""
    auto = AutoModelForSequenceClassification if reward else AutoModelForCausalLM
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "config.json").write_text(text)
        try:
            config = AutoConfig.from_pretrained(folder)
            config.validate()
            own = tensors(config, auto, head)
            save_file(own, folder / "model.safetensors", {"format": "pt"})
            model, info = auto.from_pretrained(
                folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
            )
            if info["missing_keys"]:
                raise ValueError("missing weights: " + ", ".join(sorted(info["missing_keys"])))
            if info["unexpected_keys"]:
                raise ValueError("unexpected weights: " + ", ".join(sorted(info["unexpected_keys"])))
            stops = model.generation_config.eos_token_id if not reward else None
            parameters = sum(t.numel() for t in model.parameters())  # a shared one counts once
            if reward:
                model(torch.tensor([IDS]))
                return {"parameters": parameters}
            model.eval()
            with torch.no_grad():
                logits = model(torch.tensor([IDS])).logits[0].double()
        except ModuleNotFoundError:
            raise  # this machine's fault
        except Exception as error:  # whatever it is, transformers does not load this
            return {"refused": " ".join((type(error).__name__ + ": " + str(error)).split())[:160]}
    logprobs = torch.log_softmax(logits, -1)
    values = [float(logprobs[t - 1, IDS[t]]) for t in range(TOKENS - SCORED, TOKENS)]
    if not np.isfinite(values).all():
        return {"refused": "log-probabilities that are not finite"}
    return {"parameters": parameters, "stops": stops, "logprobs": [round(value, 6) for value in values]}


# --- variants ------------------------------------------------------------------------------------------------------


def base(family):
    config = {
        "architectures": [ARCHITECTURES[family]],
        "model_type": family.removesuffix("-reward"),
        "vocab_size": VOCABULARY,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
    }
    if family == "smollm3":
        config["pad_token_id"] = 0  # its default is beyond a small vocabulary
    if family == "qwen3":
        config["head_dim"] = 8
    if family in ("gemma2", "gemma3_text", "phi3"):
        config["pad_token_id"] = 0  # as in SmolLM3; Gemma has it by default
    if family in ("gemma2", "gemma3_text"):
        config["head_dim"] = 8
        config["sliding_window"] = 6
        config["query_pre_attn_scalar"] = 4
    if family == "qwen3_moe":
        config |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8}
    if family == "gpt2":
        config = renamed(config, GPT2_KEYS)
    if family == "llama-reward":
        config["num_labels"] = 1
        config["pad_token_id"] = 0
    return config


def renamed(config, names):
    own = {names.get(key, key): value for key, value in config.items()}
    own.pop("num_key_value_heads", None)
    return own


def draw_shape(draw, config, family):
    config["hidden_size"] = draw.choice([16, 16, 24, 32])
    config["num_attention_heads"] = draw.choice([2, 4])
    config["num_hidden_layers"] = draw.choice([1, 2, 2, 3])
    config["intermediate_size"] = draw.choice([24, 40])
    for key, values in {
        "num_key_value_heads": [1, 2, 2, 2, 2, 1, None, None, MISSING, 3],
        "head_dim": [4, 4, 8, 8, 12, 12, 16, 16, None, MISSING, MISSING, 5, "8"],
        "max_position_embeddings": [64, 64, 128, 128, 4096, 4096, MISSING, MISSING, MISSING, None],
        "rms_norm_eps": [1e-6, 1e-5, 1e-5, 1e-3, 1e-3, 0.1, 0.1, MISSING, MISSING, None, 1],
    }.items():
        if draw.random() < 0.5:
            put(config, key, draw.choice(values))
    if draw.random() < 0.04 and family not in LATER:  # those have defaults, of large models
        del config[draw.choice(["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"])]
    if draw.random() < 0.03:
        config[draw.choice(["hidden_size", "num_hidden_layers", "vocab_size"])] = draw.choice([None, "16", 0, -1, 16.5, True])


def draw_windows(draw, config, family):
    layers = config.get("num_hidden_layers")
    layers = layers if type(layers) is int and 0 < layers < 9 else 2
    if draw.random() < 0.7:
        put(config, "sliding_window", draw.choice([3, 5, 5, 8, 8, 20, 20, 100, 100, None, MISSING, 0]
            if not family.startswith("llama") or draw.random() < 0.1
            else [None, MISSING, 100, 4096]))
        put(config, "use_sliding_window", draw.choice([True] * 7 + [False] * 3 + [MISSING] * 3 + [None]))
        put(config, "max_window_layers", draw.choice([0, 1, 2, 28, MISSING]))
    if draw.random() < (0.05 if family in ("llama", "mistral", "llama-reward") else 0.35):
        types = ["sliding_attention", "full_attention"]
        config["layer_types"] = draw.choice(
            [
                [draw.choice(types) for _ in range(layers)],
                ["full_attention"] * layers,
                None,
                ["full_attention"] * (layers + draw.choice([0, 0, 1])),
                ["chunked_attention"] * layers,
                [types[(i + 1) % 2] for i in range(layers)],
                ["full_attention"] * layers,
            ]
        )
    if family == "smollm3" and draw.random() < 0.7:
        put(
            config,
            "no_rope_layers",
            draw.choice(
                [
                    [draw.choice([0, 1]) for _ in range(layers)],
                    [draw.choice([0, 1]) for _ in range(layers + 1)],
                    None,
                    MISSING,
                ]
                * 4
                + [[1] * (layers - 1), [True] * layers]
            ),
        )
        put(config, "no_rope_layer_interval", draw.choice([1, 2, 3, 4, MISSING] * 4 + [0, None]))


OTHERS = {
    "hidden_act": ["silu"] * 6 + ["swish"] * 6 + ["gelu", "relu", None],
    "attention_bias": [True, False, True, False, False, None],
    "mlp_bias": [True, False, True, False, False, None],
    "attention_dropout": [0.0, 0.1, 0],
    "initializer_range": [0.02, 0.5, 0.1],
    "pretraining_tp": [1, 2],
    "use_cache": [True, False],
    "torch_dtype": ["float32", "bfloat16", "float16"],
    "dtype": ["float32", "bfloat16"],
    "eos_token_id": [2, [2, 7], None, []],
    "bos_token_id": [1, None],
    "pad_token_id": [0, None, -1, 99],
    "transformers_version": ["4.40.0", "5.23.0"],
    "attention_multiplier": [0.5],
    "logits_scaling": [4.0],
    "is_encoder_decoder": [False],
    "chunk_size_feed_forward": [0, 8],
    "_name_or_path": ["some/model"],
    "rope_interleaved": [False, True],
    "repetition_penalty": [1.0, 1.2],
    "num_labels": [1, 2, 3],
    "id2label": [{"0": "A"}, {"0": "A", "1": "B", "2": "C"}, None],
    "auto_map": [{"AutoModelForCausalLM": "modeling_x.XForCausalLM"}],
}
STRANGE = {
    "model_type": ["gemma", MISSING, None, "mistral", "llama"],
    "architectures": [["LlamaModel"], ["LlamaForCausalLM"]],
    "is_encoder_decoder": [True],
    "per_layer_config": [{"0": {"num_key_value_heads": 1}}, None],
    "text_config": [{"hidden_size": 32}],
    "quantization_config": [{"quant_method": "gptq", "bits": 4}, None],
    "attribute_map": [{"hidden_size": "n_embd"}],
    "architectures": [MISSING, None, []],
}


def variant(family, seed):
    draw = random.Random(f"{family} {seed}")
    config = base(family)
    parts = draw.sample(["rope", "shape", "windows", "others", "head"], draw.choice([1, 2, 2, 3]))
    if family == "gpt2":
        parts = [part for part in parts if part not in ("rope", "windows")]  # it has neither
    if family in LATER:
        config["num_key_value_heads"] = draw.choice([1, 2, 2, 4])
    if "shape" in parts:
        draw_shape(draw, config, family)
    if "windows" in parts:
        draw_windows(draw, config, family)
    if "rope" in parts:
        draw_rope(draw, config, family)
    if "others" in parts:
        for key in draw.sample(list(OTHERS), draw.choice([2, 3, 4])):
            put(config, key, draw.choice(OTHERS[key]))
        if draw.random() < 0.12:
            key = draw.choice(list(STRANGE))
            value = draw.choice(STRANGE[key])
            if family != "gpt2" or key != "model_type":  # another class would have its own sizes
                put(config, key, value)
    if family in LATER:
        draw_later(draw, config, family)
    head = "right"
    if "head" in parts:
        put(config, "tie_word_embeddings", draw.choice([True] * 9 + [False] * 9 + [MISSING] * 3 + [None]))
        head = draw.choice(["right"] * 4 + ["embedding"] * 5 + ["own", "none"])
    if family == "gpt2":
        config = renamed(config, GPT2_KEYS if draw.random() < 0.9 else {})
    keys = list(config)
    draw.shuffle(keys)
    return {key: config[key] for key in keys}, head


# --- cases with a name ---------------------------------------------------------------------------------------------

LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
ROPE_CASES = {
    "rope_theta beside rope_parameters": {"rope_theta": 500000.0, "rope_parameters": {"rope_type": "default"}},
    "rope_theta beside linear rope_parameters": {"rope_theta": 100.0, "rope_parameters": {"rope_type": "linear", "factor": 4.0}},
    "rope_theta beside rope_parameters with its own": {"rope_theta": 1e6, "rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
    "rope_theta beside empty rope_parameters": {"rope_theta": 500000.0, "rope_parameters": {}},
    "rope_theta beside rope_parameters that are null": {"rope_theta": 1000, "rope_parameters": None},
    "rope_theta beside rope_parameters of the old type": {"rope_theta": 1000, "rope_parameters": {"type": "linear", "factor": 2}},
    "rope_theta inside rope_scaling": {"rope_scaling": {"rope_type": "default", "rope_theta": 500000.0}},
    "rope_theta inside rope_scaling and above": {"rope_theta": 100.0, "rope_scaling": {"rope_type": "default", "rope_theta": 500000.0}},
    "rope_theta inside linear rope_scaling": {"rope_scaling": {"type": "linear", "factor": 4.0, "rope_theta": 1000.0}},
    "rope_theta inside llama3 rope_scaling": {"rope_scaling": LLAMA3 | {"rope_theta": 1000.0, "original_max_position_embeddings": 16}},
    "rope_scaling beside rope_parameters": {"rope_scaling": {"type": "linear", "factor": 4.0}, "rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
    "empty rope_scaling beside rope_parameters": {"rope_scaling": {}, "rope_parameters": {"rope_type": "default", "rope_theta": 100.0}},
    "original positions above llama3 parameters": {"original_max_position_embeddings": 8, "rope_parameters": LLAMA3 | {"rope_theta": 100.0, "original_max_position_embeddings": 32}},
}
HEAD_CASES = {
    "equal lm_head beside tied embeddings": ({"tie_word_embeddings": True}, "embedding"),
    "no lm_head beside tied embeddings": ({"tie_word_embeddings": True}, "right"),
    "other lm_head beside tied embeddings": ({"tie_word_embeddings": True}, "own"),
    "equal lm_head beside untied embeddings": ({"tie_word_embeddings": False}, "embedding"),
    "no lm_head beside untied embeddings": ({"tie_word_embeddings": False}, "none"),
    "equal lm_head, tied by default or not": ({}, "embedding"),
    "no lm_head, tied by default or not": ({}, "none"),
}


def cases(family):
    for name, change in ROPE_CASES.items():
        if family not in LATER or family == "qwen3_moe":
            yield name, base(family) | change, "right"
    if family != "llama-reward":
        for name, (change, head) in HEAD_CASES.items():
            yield name, base(family) | change, head
    for seed in range(VARIANTS):
        yield (f"seed {seed}", *variant(family, seed))


def main():
    transformers.logging.set_verbosity_error()
    for name in ARCHITECTURES.values():
        getattr(transformers, name)
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    for family in sys.argv[1:] or ARCHITECTURES:
        lines, refused = [], 0
        for name, config, head in cases(family):
            text = json.dumps(config)
            with contextlib.redirect_stderr(io.StringIO()):
                result = expected(text, head, family == "llama-reward")
            refused += "refused" in result
            lines.append(json.dumps({"name": name, "config": text, "head": head} | result))
        data = ("\n".join(lines) + "\n").encode()
        (OUT / f"{family}.jsonl.gz").write_bytes(gzip.compress(data, 9, mtime=0))
        print(f"{family}: {len(lines)} variants, {refused} refused by transformers {transformers.__version__}")


if __name__ == "__main__":
    main()
