"""Writes rollout/src/test/resources/trl: rows of data files in TRL's forms, and the token ids that TRL makes of them.

    python scripts/parity/trl_rows.py rollout/src/test/resources/trl

Needs trl 1.16, transformers and tokenizers. The tokenizer is trained here on a few sentences. The ids come from the
trainers' own `_prepare_dataset` and collator; `extract_dialogue` is that of TRL's example script for HH-RLHF.
"""

import json
import logging
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
from trl.data_utils import maybe_extract_prompt
from trl.trainer.dpo_trainer import DataCollatorForPreference, DPOTrainer
from trl.trainer.kto_trainer import KTOTrainer
from trl.trainer.sft_trainer import SFTTrainer

logging.disable(logging.WARNING)
TEXTS = [
    "What color is the sky? It is blue. It is green. Is it not grey today?",
    "Name a number between one and ten. Seven is a number. So is three, and so is nine.",
    "Human: How do I boil an egg? Assistant: Put it into water and wait for ten minutes.",
    "The sun is in the sky. The sun is in the sea. A cat is an animal, a dog is another animal.",
]
CHATML = (
    "{% if tools %}{{ '<|im_start|>system\n# Tools\n' }}{% for t in tools %}{{ t | tojson }}{% endfor %}"
    "{{ '<|im_end|>\n' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + "
    "'<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}"
    "{% if think %}{{ '<think>' }}{% endif %}{% endif %}"
)
# As Gemma and DeepSeek: the opened turn is not what a turn of the conversation begins with.
THINKING = (
    "{{ bos_token }}{% for m in messages %}{{ '[' + m['role'] + ']' + m['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '[assistant]<think>\n' }}{% endif %}"
)


def tokenizer(template):
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>"]
    trained.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    trained.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", trained.token_to_id("<s>"))]
    )
    made = PreTrainedTokenizerFast(
        tokenizer_object=trained, bos_token="<s>", eos_token="<|endoftext|>", pad_token="<|endoftext|>"
    )
    made.chat_template = template
    return made


def common_start(a, b):
    end = 0
    while end < min(len(a), len(b)) and a[end] == b[end]:
        end += 1
    return a[:end]


def extract_dialogue(example):
    """TRL, examples/datasets/hh-rlhf-helpful-base.py."""
    prompt_text = common_start(example["chosen"], example["rejected"])
    if not prompt_text.endswith("\n\nAssistant: "):
        prompt_text = prompt_text[: prompt_text.rfind("\n\nAssistant: ")] + "\n\nAssistant: "
    chosen_line = example["chosen"][len(prompt_text) :]
    rejected_line = example["rejected"][len(prompt_text) :]
    prompt_text = prompt_text[: -len("\n\nAssistant: ")]
    prompt_lines = re.split(r"(\n\nAssistant: |\n\nHuman: )", prompt_text)[1:]
    prompt = []
    for idx in range(0, len(prompt_lines), 2):
        role = "user" if prompt_lines[idx] == "\n\nHuman: " else "assistant"
        prompt.append({"role": role, "content": prompt_lines[idx + 1]})
    return {
        "prompt": prompt,
        "chosen": [{"role": "assistant", "content": chosen_line}],
        "rejected": [{"role": "assistant", "content": rejected_line}],
    }


def flat_dialogue(example):
    """The same as text, split where the last common turn of the assistant is opened."""
    made = extract_dialogue(example)
    end = len(example["chosen"]) - len(made["chosen"][0]["content"]) - 1
    return {
        "prompt": example["chosen"][:end],
        "chosen": example["chosen"][end:],
        "rejected": example["rejected"][end:],
    }


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def prepared(trainer, rows, tok, max_length=None, truncation="keep_start"):
    owner = SimpleNamespace(_tokenizer=tok, calculate_KL=False, completion_only_loss=False)
    args = SimpleNamespace(
        dataset_num_proc=None,
        max_length=max_length,
        truncation_mode=truncation,
        dataset_text_field="text",
        assistant_only_loss=False,
        eos_token=None,
        dataset_kwargs=None,
        packing=False,
        shuffle_dataset=False,
        truncation_strategy=None,
    )
    out = []
    for row in rows:  # one at a time: a column of another row would fill the row with None
        data = Dataset.from_list([row])
        if trainer is SFTTrainer:
            owner._is_vlm = False
            owner.chat_template = None
            made = SFTTrainer._prepare_dataset(owner, data, tok, args, False, None, "train")
        else:
            made = trainer._prepare_dataset(owner, data, tok, args, "train")
        out.extend(list(made))
    return out


def pairs(rows, tok, max_length=None, truncation="keep_start"):
    result = []
    for made in prepared(DPOTrainer, rows, tok, max_length, truncation):
        one = {"prompt": made["prompt_ids"], "responses": [made["chosen_ids"], made["rejected_ids"]]}
        if max_length:
            batch = DataCollatorForPreference(0, max_length, truncation).torch_call([made])
            ids = [
                [i for i, a in zip(row.tolist(), attention.tolist()) if a]
                for row, attention in zip(batch["input_ids"], batch["attention_mask"])
            ]
            masks = [m.tolist() for m in batch["completion_mask"]]
            one = {
                "prompt": [i for i, m in zip(ids[0], masks[0]) if not m],
                "responses": [[i for i, m in zip(row, mask) if m] for row, mask in zip(ids, masks)],
            }
        result.append(one)
    return result


def unpaired(rows, tok):
    return [
        {"prompt": made["prompt_ids"], "responses": [made["completion_ids"]]}
        for made in prepared(KTOTrainer, rows, tok)
    ]


def imitated(rows, tok):
    result = []
    for made in prepared(SFTTrainer, rows, tok):
        ids, mask = made["input_ids"], made["completion_mask"]
        start = mask.index(1)
        result.append({"prompt": ids[:start], "responses": [ids[start:]]})
    return result


SKY = "What color is the sky?"
EXPLICIT = [
    {"prompt": SKY, "chosen": " It is blue.", "rejected": " It is green."},
    {"prompt": SKY + " ", "chosen": "It is blue.", "rejected": "It is green."},  # tokens merge across the boundary
    {"prompt": "The s", "chosen": "un is in the sky.", "rejected": "ky is grey.<|endoftext|>"},
    {"prompt": "Gr\u00fc\u00dfe \U0001f600", "chosen": " \U0001f601 \u4f60\u597d", "rejected": ""},
    {"prompt": "a\r\n\tb", "chosen": "  c\n", "rejected": "\u00a0d"},
]
IMPLICIT = [
    {"chosen": SKY + " It is blue.", "rejected": SKY + " It is green."},
    {"chosen": SKY + " Blue.", "rejected": SKY + " Grey."},
    {"chosen": SKY + " It", "rejected": SKY + " It is"},  # one is the start of the other
    {"chosen": "x \U0001f600", "rejected": "x \U0001f601"},  # of one first half in UTF-16
    {"chosen": "The sun, red", "rejected": "The sun, rising"},
]
CONVERSATIONS = [
    {
        "prompt": [user(SKY)],
        "chosen": [assistant("It is blue.")],
        "rejected": [assistant("It is green.")],
    },
    {
        "prompt": [{"role": "system", "content": "Be short."}, user("Hi"), assistant("Hello."), user(SKY)],
        "chosen": [assistant(" Blue. ")],
        "rejected": [assistant("Green."), user("Really?"), assistant("No.")],
    },
    {"prompt": [user("One"), assistant("two")], "chosen": [assistant("three")], "rejected": [assistant("")]},
]
IMPLICIT_CONVERSATIONS = [
    {
        "chosen": [user(SKY), assistant("It is blue.")],
        "rejected": [user(SKY), assistant("It is green.")],
    },
    {
        "chosen": [user("Hi"), assistant("Hello."), user(SKY), assistant("Blue.")],
        "rejected": [user("Hi"), assistant("Hello."), user(SKY), assistant("Green."), user("No!"), assistant("Blue.")],
    },
    {"chosen": [user(SKY), assistant("Blue.")], "rejected": [user(SKY), assistant("Blue."), user("Yes?")]},
]
BINARIZED = [
    {
        "prompt": SKY,
        "chosen": [user(SKY), assistant("It is blue.")],
        "rejected": [user(SKY), assistant("It is green.")],
    }
]
TOOLS = [
    {
        "prompt": [user(SKY)],
        "chosen": [assistant("It is blue.")],
        "rejected": [assistant("It is green.")],
        "tools": '[{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]',
    }
]
ARGUMENTS = [dict(CONVERSATIONS[0], chat_template_kwargs={"think": True})]
TURNS = [
    {
        "chosen": "\n\nHuman: How do I boil an egg?\n\nAssistant: Put it into water.",
        "rejected": "\n\nHuman: How do I boil an egg?\n\nAssistant: Put it away.",
    },
    {
        "chosen": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: A number?\n\nAssistant: Seven",
        "rejected": "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: A number?\n\nAssistant: So is three",
    },
]
LABELLED = [
    {"prompt": SKY, "completion": " It is blue.", "label": True},
    {"prompt": SKY, "completion": " It is green.", "label": False},
]
LABELLED_CONVERSATIONS = [
    {"prompt": [user(SKY)], "completion": [assistant("It is blue.")], "label": True},
    {"prompt": [user("Hi"), assistant("Hello."), user("A?")], "completion": [assistant("B.")], "label": False},
]


def scored(rows):
    return [
        {"prompt": r["prompt"], "responses": [r["chosen"], r["rejected"]], "scores": [0.5, -2]} for r in rows
    ]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    templates = {"chatml": CHATML, "thinking": THINKING}
    toks = {name: tokenizer(template) for name, template in templates.items()}
    plain = toks["chatml"]
    cases = []

    def case(name, form, rows, expected, template="", **options):
        cases.append(
            {"name": name, "form": form, "template": template, "options": options, "rows": rows, "expected": expected}
        )

    case("explicit", "pairs", EXPLICIT, pairs(EXPLICIT, plain))
    case("implicit", "pairs", IMPLICIT, pairs(IMPLICIT, plain))
    case("turns", "turns", TURNS, pairs([flat_dialogue(r) for r in TURNS], plain))
    case("scored", "scored", scored(EXPLICIT), pairs(EXPLICIT, plain))
    case("unpaired", "unpaired", LABELLED, unpaired(LABELLED, plain))
    demos = [{k: v for k, v in row.items() if k != "label"} for row in LABELLED]
    case("demonstrations", "demonstrations", demos, imitated(demos, plain))
    for most in (12, 16, 20):
        case(
            f"keep-start-{most}",
            "pairs",
            EXPLICIT,
            pairs(EXPLICIT, plain, most),
            max_length=most,
            truncation="keep-start",
        )
    for name, tok in toks.items():
        case(f"{name}-explicit", "pairs", CONVERSATIONS, pairs(CONVERSATIONS, tok), name)
        case(f"{name}-implicit", "pairs", IMPLICIT_CONVERSATIONS, pairs(IMPLICIT_CONVERSATIONS, tok), name)
        binarized = pairs([maybe_extract_prompt(r) for r in BINARIZED], tok)
        case(f"{name}-binarized", "pairs", BINARIZED, binarized, name)
        case(f"{name}-turns", "turns", TURNS, pairs([extract_dialogue(r) for r in TURNS], tok), name)
        case(f"{name}-scored", "scored", scored(CONVERSATIONS), pairs(CONVERSATIONS, tok), name)
        case(f"{name}-unpaired", "unpaired", LABELLED_CONVERSATIONS, unpaired(LABELLED_CONVERSATIONS, tok), name)
        talks = [{k: v for k, v in row.items() if k != "label"} for row in LABELLED_CONVERSATIONS]
        case(f"{name}-demonstrations", "demonstrations", talks, imitated(talks, tok), name)
        spoken = [{"messages": row["prompt"] + row["completion"]} for row in talks]
        case(f"{name}-messages", "demonstrations", spoken, imitated(talks, tok), name)
    case("tools", "pairs", TOOLS, pairs(TOOLS, toks["chatml"]), "chatml", tools="tools")
    case("arguments", "pairs", ARGUMENTS, pairs(ARGUMENTS, toks["chatml"]), "chatml")
    plain.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<s>",
                "eos_token": "<|endoftext|>",
                "pad_token": "<|endoftext|>",
                "clean_up_tokenization_spaces": False,
            }
        )
        + "\n"
    )
    with open(folder / "rows.json", "w") as out:
        json.dump({"templates": templates, "cases": cases}, out, ensure_ascii=True)
        out.write("\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
