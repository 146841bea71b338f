"""Loads variants of a checkpoint's tokenizer files with transformers and stores the ids and texts that it gives.

usage: token_files.py [COUNT [SEED]]   (needs transformers 5.23; writes model/src/test/resources/tokens/variants.json.gz)
A variant changes what tokenizer.json, tokenizer_config.json, special_tokens_map.json, added_tokens.json and config.json
say about tokens; the pipelines are those of model/src/test/resources/parity/tokenizers.zip. Named variants come first, then
COUNT (default 300) random ones.
"""

import copy
import gzip
import json
import os
import pathlib
import random
import sys
import tempfile
import zipfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
from transformers import AutoTokenizer  # noqa: E402

RESOURCES = pathlib.Path(__file__).parents[2] / "model/src/test/resources"
BASES = ["bytelevel-qwen", "bytelevel-llama3", "bytelevel-gpt2", "bytelevel-smollm", "metaspace-bpe", "metaspace-bpe-legacy", "unigram"]
MODEL_TYPES = ["llama", "mistral", "qwen2", "qwen3", "smollm3"]
CLASSES = ["PreTrainedTokenizerFast", "TokenizersBackend", "LlamaTokenizerFast", "LlamaTokenizer", "Qwen2Tokenizer", "Qwen2TokenizerFast", "GPT2Tokenizer", "UnheardOfTokenizer"]
NEW = ["<think>", "</think>", "<|tool|>", "<img>", "Straße", "ﬁx", "foo bar"]
TEXTS = [
    "<think>7</think>",
    "a <think> b</think>  c <|tool|> <img>x Straße ﬁx foo bar",
    "it's  1234  and 5 <|im_end|>\n<|im_start|>user </s> <s>x<unk> <pad> <|endoftext|> <|eot_id|>",
    "STRASSE fix strasse the.The words' .  , end !",
]
ZIP = zipfile.ZipFile(RESOURCES / "parity/tokenizers.zip")
FILES = {base: json.loads(ZIP.read(f"{base}/tokenizer.json")) for base in BASES}


def token(content, **flags):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}


def size(base):
    vocab = FILES[base]["model"]["vocab"]
    known = set(vocab) if isinstance(vocab, dict) else {piece for piece, _ in vocab}
    return len(known | {added["content"] for added in FILES[base]["added_tokens"]})


def decoder(base, extra):
    entries = {str(added["id"]): {k: v for k, v in added.items() if k != "id"} for added in FILES[base]["added_tokens"]}
    return {**entries, **extra}


def named():
    base = "bytelevel-qwen"
    n = size(base)
    think = {str(n): token("<think>", special=False), str(n + 1): token("</think>", special=False)}
    fast = {"tokenizer_class": "PreTrainedTokenizerFast"}
    yield "only added_tokens_decoder knows them", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, think)}, None, None
    yield "a gap in the ids", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {str(n): token("<think>"), str(n + 7): token("</think>")})}, None, None
    yield "an id behind the vocabulary", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {str(n + 5000): token("<think>")})}, None, None
    yield "the id of another token", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {"1": token("<think>")})}, None, None
    yield "special token that strips", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {str(n): token("<think>", lstrip=True, rstrip=True)})}, None, None
    yield "single word", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {str(n): token("think", single_word=True)})}, None, None
    yield "normalised added token", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {str(n): token("Å ", normalized=True, special=False)})}, None, None
    yield "other flags than in tokenizer.json", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {"1": token("<|im_start|>", rstrip=True)})}, None, None
    yield "eos only in tokenizer_config", base, "llama", {}, {**fast, "eos_token": "<|end|>"}, None, None
    yield "eos that is in the vocabulary", base, "llama", {}, {**fast, "eos_token": "the"}, None, None
    yield "eos as an object", base, "llama", {}, {**fast, "eos_token": {"__type": "AddedToken", **token("<|end|>", rstrip=True)}}, None, None
    yield "added_tokens.json", base, "llama", {}, {**fast}, None, {"<think>": n, "</think>": n + 1}
    yield "special_tokens_map.json", base, "llama", {}, {**fast}, {"pad_token": token("<think>", rstrip=True), "additional_special_tokens": ["</think>", "<img>"]}, None
    yield "special_tokens_map.json beside added_tokens_decoder", base, "llama", {}, {**fast, "added_tokens_decoder": decoder(base, {})}, {"pad_token": "<think>"}, None
    yield "additional_special_tokens", base, "llama", {}, {**fast, "additional_special_tokens": ["<think>", "</think>"]}, None, None
    yield "extra_special_tokens by name", base, "llama", {}, {**fast, "extra_special_tokens": {"image_token": "<img>"}}, None, None
    yield "a token of a name of its own", base, "llama", {}, {**fast, "image_token": "<img>"}, None, None
    yield "add_bos_token", "metaspace-bpe", "llama", {}, {**fast, "add_bos_token": False, "add_eos_token": True}, None, None
    yield "Llama's own pipeline, legacy", "metaspace-bpe-legacy", "llama", {}, {"tokenizer_class": "LlamaTokenizer", "legacy": True}, None, None
    yield "Llama's own pipeline", "metaspace-bpe-legacy", "llama", {}, {"tokenizer_class": "LlamaTokenizerFast", "legacy": False}, None, None
    yield "Llama's own pipeline without prefix", "metaspace-bpe", "llama", {}, {"tokenizer_class": "LlamaTokenizerFast", "add_prefix_space": False}, None, None
    yield "Llama's name for bytes", "bytelevel-llama3", "llama", {}, {"tokenizer_class": "LlamaTokenizerFast"}, None, None
    yield "Qwen2's own pipeline", "bytelevel-gpt2", "qwen2", {}, {**fast}, None, None
    yield "GPT-2's own pipeline", "bytelevel-smollm", "llama", {}, {"tokenizer_class": "GPT2Tokenizer"}, None, None
    yield "class of config.json", "metaspace-bpe-legacy", "llama", {"tokenizer_class": "LlamaTokenizer"}, {}, None, None
    yield "class of Python code", base, "llama", {}, {"tokenizer_class": "ByT5Tokenizer"}, None, None
    yield "no tokenizer_config", base, "llama", {}, None, None, None
    yield "clean-up, BPE", base, "llama", {}, {**fast, "clean_up_tokenization_spaces": True}, None, None
    yield "clean-up, Unigram", "unigram", "llama", {}, {**fast, "clean_up_tokenization_spaces": True}, None, None
    code = {"auto_map": {"AutoTokenizer": ["tokenization_own.OwnTokenizer", None]}}
    yield "path in config.json that other checkpoints have", "metaspace-bpe-legacy", "llama", {"_name_or_path": "deepseek-ai/deepseek-coder-1.3b-base"}, {"tokenizer_class": "LlamaTokenizer"}, None, None
    yield "model name that overrules", "bytelevel-llama3", "llama", {"model_name": "phi3"}, {"tokenizer_class": "LlamaTokenizerFast"}, None, None
    yield "model type that overrules", "bytelevel-gpt2", "qwen2", {}, {"tokenizer_class": "LlamaTokenizerFast"}, None, None
    yield "code beside the class of the file", base, "llama", {}, {**fast, **code}, None, None
    yield "code beside Llama's pipeline", "metaspace-bpe", "llama", {}, {"tokenizer_class": "LlamaTokenizer", **code}, None, None
    yield "code beside Llama's name for bytes", "bytelevel-llama3", "llama", {}, {"tokenizer_class": "LlamaTokenizerFast", **code}, None, None
    yield "code beside a model type that overrules", "bytelevel-gpt2", "qwen2", {}, {**fast, **code}, None, None
    yield "code beside Mistral", "metaspace-bpe", "mistral", {}, {"tokenizer_class": "LlamaTokenizer", **code}, None, None
    yield "split_special_tokens", base, "llama", {}, {**fast, "split_special_tokens": True}, None, None


def some(rng, base):
    n = size(base)
    own = [added["content"] for added in FILES[base]["added_tokens"]]
    vocab = FILES[base]["model"]["vocab"]
    pieces = list(vocab) if isinstance(vocab, dict) else [piece for piece, _ in vocab]

    def flags():
        return {flag: rng.random() < p for flag, p in (("lstrip", 0.2), ("rstrip", 0.2), ("single_word", 0.1), ("normalized", 0.3), ("special", 0.6))}

    def text():
        return rng.choice(NEW + own + [rng.choice(pieces)])

    def value():
        content = text()
        return rng.choice([content, content, {"__type": "AddedToken", **token(content, **flags())}])

    config = {}
    if rng.random() < 0.8:
        config["tokenizer_class"] = rng.choice(CLASSES)
    if rng.random() < 0.5:
        entries = decoder(base, {}) if rng.random() < 0.8 else {}
        for key in list(entries):
            if rng.random() < 0.15:
                entries[key].update(flags())
        at = n
        for content in rng.sample(NEW, rng.randrange(4)):
            at += rng.random() < 0.1
            entries[str(at)] = token(content, **flags())
            at += 1
        if rng.random() < 0.2:
            i = rng.randrange(len(pieces))
            entries[str(vocab[pieces[i]] if isinstance(vocab, dict) else i)] = token(pieces[i], **flags())
        config["added_tokens_decoder"] = entries
    for key, p in (("bos_token", 0.3), ("eos_token", 0.6), ("pad_token", 0.4), ("unk_token", 0.3), ("sep_token", 0.1), ("mask_token", 0.1), ("image_token", 0.1)):
        if rng.random() < p:
            config[key] = value() if rng.random() < 0.9 else None
    for key, p in (("additional_special_tokens", 0.25), ("extra_special_tokens", 0.2)):
        if rng.random() < p:
            config[key] = [value() for _ in range(rng.randrange(3))]
    if rng.random() < 0.1:
        config["extra_special_tokens"] = {"audio_token": text(), "video_token": text()}
    for key, values in (("add_prefix_space", [True, False, None]), ("legacy", [True, False, None]), ("add_bos_token", [True, False]), ("add_eos_token", [True]),
                        ("model_max_length", [64, 1e30]), ("padding_side", ["left", "right"]), ("clean_up_tokenization_spaces", [True, False, False, False])):
        if rng.random() < 0.25:
            config[key] = rng.choice(values)
    special_map, added = None, None
    if rng.random() < 0.4:
        special_map = {}
        for key in ("bos_token", "eos_token", "pad_token", "image_token"):
            if rng.random() < 0.4:
                special_map[key] = rng.choice([text(), token(text(), **{k: v for k, v in flags().items() if k != "special"})])
        if rng.random() < 0.4:
            special_map["additional_special_tokens"] = [text(), text()]
    if rng.random() < 0.3:
        added = {content: n + i for i, content in enumerate(rng.sample(NEW, rng.randrange(1, 4)))}
    model = rng.choice(MODEL_TYPES)
    changes = {"tokenizer_class": rng.choice(CLASSES)} if rng.random() < 0.1 else {}
    return base, model, changes, config, special_map, added


def reference(base, config, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"tokenizer.json": FILES[base], "config.json": config, **files}.items():
            (pathlib.Path(folder) / name).write_text(json.dumps(content))
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            return {
                "size": max(tokenizer.get_vocab().values()) + 1,
                "strings": [
                    {
                        "text": text,
                        "plain": (plain := tokenizer.encode(text, add_special_tokens=False)),
                        "ids": tokenizer.encode(text),
                        "decoded": tokenizer.decode(plain, skip_special_tokens=True),
                        "with_specials": tokenizer.decode(plain),
                    }
                    for text in TEXTS
                ],
            }
        except Exception as e:
            return {"error": f"{type(e).__name__}: {e}"[:200]}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    variants = list(named()) + [(f"random {i}", *some(rng, rng.choice(BASES))) for i in range(count)]
    cases = []
    for name, base, model, changes, tokenizer_config, special_map, added in variants:
        config = {"model_type": model, **changes}
        files = {
            name: content
            for name, content in (("tokenizer_config.json", tokenizer_config), ("special_tokens_map.json", special_map), ("added_tokens.json", added))
            if content is not None
        }
        cases.append({"name": name, "base": base, "config": config, "files": files, **reference(base, config, copy.deepcopy(files))})
    target = RESOURCES / "tokens/variants.json.gz"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(json.dumps(cases, ensure_ascii=False).encode(), mtime=0))
    print(f"{len(cases)} variants, of which transformers refuses {sum('error' in case for case in cases)}; {target.stat().st_size} bytes")


main()
