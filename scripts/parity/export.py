"""Checks a folder of `kelpie export`: transformers (and vLLM) write the same greedy tokens from it as Kelpie does.

    python scripts/parity/export.py EXPORTED PROMPTS.jsonl [--kelpie ./kelpie] [--rows 20] [--tokens 64] [--vllm PYTHON]

EXPORTED may be the folder of an adapter, which PEFT loads then; its base is the one that its settings name (not with --vllm).
PROMPTS.jsonl has a column `prompt`. Kelpie writes its tokens in one step of a run with top-k = 1 in float32, and they are
read from its rollouts/step-1.arrow. Where tokens differ, the two best logits must lie within 1e-3 at the first difference.
Needs torch, transformers, peft, pyarrow; --vllm names the python of an environment with vLLM. Exit code 1 on a difference.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CLOSE = 1e-3
EXPERIMENT = """
policy.path = "{model}"
policy.lora.path = "{adapter}"
data {{ path = "{data}", answer = "", chat = {chat}, shuffle = false, max-prompt-tokens = {longest} }}
rollout {{ prompts-per-step = {rows}, group-size = 1, top-k = 1, max-new-tokens = {tokens}, precision = fp32, threads = 2 }}
reward.any {{ type = length, limit = {tokens} }}
algorithm {{ preset = grpo, advantage {{ type = reinforce-return }}, kl.coef = 0 }}
reference.schedule = none
learner {{ learning-rate = 1e-6, minibatches = 1, threads = 2 }}
run {{ steps = 1, seed = 1 }}
"""
VLLM = """
import json, sys
from vllm import LLM, SamplingParams
model, tokens, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
prompts = json.load(sys.stdin)
if __name__ == "__main__":
    llm = LLM(model=model, dtype="float32", max_model_len=length, enforce_eager=True)
    made = llm.generate([{"prompt_token_ids": p} for p in prompts], SamplingParams(temperature=0, max_tokens=tokens))
    print("TOKENS " + json.dumps([list(m.outputs[0].token_ids) for m in made]))
"""


def kelpie_tokens(command, model, adapter, prompts, rows, tokens, chat, longest):
    """Token ids of prompts and responses, in the order of the file."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / "prompts.jsonl"
        with open(prompts) as lines:
            texts = [json.loads(line)["prompt"] for line in itertools.islice(lines, rows)]
        data.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in texts))
        conf = Path(work) / "greedy.conf"
        conf.write_text(
            EXPERIMENT.format(
                model=model, adapter=adapter, data=data, rows=rows, tokens=tokens, longest=longest, chat=str(chat).lower()
            )
        )
        run = Path(work) / "run"
        subprocess.run([*command.split(), "train", conf, "--run-dir", run], check=True, stdout=sys.stderr)
        with pa.memory_map(str(run / "rollouts/step-1.arrow")) as source:
            table = pa.ipc.open_file(source).read_all().to_pylist()
    table.sort(key=lambda row: row["prompt_index"])
    return [list(row["prompt_tokens"]) for row in table], [list(row["response_tokens"]) for row in table]


def compare(name, model, prompts, expected, found):
    """Counts rows that are equal; the logits decide about the others."""
    import torch

    equal, close = 0, 0
    for row, (prompt, ours, theirs) in enumerate(zip(prompts, expected, found)):
        if ours == theirs:
            equal += 1
            continue
        at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
        with torch.no_grad():
            best = model(torch.tensor([prompt + ours[:at]])).logits[0, -1].float().topk(2).values.tolist()
        if best[0] - best[1] > CLOSE:
            print(f"{name}: row {row}, token {at}: {ours[at:at + 4]} is {theirs[at:at + 4]}, logits {best}")
        else:
            close += 1
    print(f"{name}: {equal} of {len(prompts)} equal, {close} part where the two best logits lie within {CLOSE}")
    return equal + close == len(prompts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exported")
    parser.add_argument("prompts")
    parser.add_argument("--kelpie", default="./kelpie")
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--vllm")
    options = parser.parse_args()

    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = str(Path(options.exported).resolve())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    settings = Path(folder) / "adapter_config.json"
    if settings.exists():
        from peft import AutoPeftModelForCausalLM

        base, adapter = json.loads(settings.read_text())["base_model_name_or_path"], folder
        model = AutoPeftModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    else:
        base, adapter = folder, ""
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    limit = model.config.max_position_embeddings
    chat = tokenizer.chat_template is not None
    longest = min(1024, limit - options.tokens)
    prompts, ours = kelpie_tokens(
        options.kelpie, base, adapter, options.prompts, options.rows, options.tokens, chat, longest
    )
    with open(options.prompts) as lines:
        texts = [json.loads(line)["prompt"] for line in itertools.islice(lines, options.rows)]
    encoded = [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], add_generation_prompt=True, return_dict=True
        )["input_ids"]
        if chat
        else tokenizer(text)["input_ids"]
        for text in texts
    ]
    same = encoded == prompts
    print(f"prompts: {sum(a == b for a, b in zip(encoded, prompts))} of {len(prompts)} have the same tokens")
    theirs = []
    for prompt in prompts:
        with torch.no_grad():
            made = model.generate(
                input_ids=torch.tensor([prompt]), do_sample=False, max_new_tokens=options.tokens, attention_mask=torch.ones(1, len(prompt))
            )
        theirs.append(made[0, len(prompt) :].tolist())
    same &= compare("transformers", model, prompts, ours, theirs)
    if options.vllm:
        length = min(limit, max(map(len, prompts)) + options.tokens)
        made = subprocess.run(
            [options.vllm, "-c", VLLM, folder, str(options.tokens), str(length)],
            input=json.dumps(prompts),
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        )
        line = next(line for line in made.stdout.splitlines() if line.startswith("TOKENS "))
        same &= compare("vLLM", model, prompts, ours, json.loads(line[len("TOKENS ") :]))
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
