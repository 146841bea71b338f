"""Renders conversations with tools, reasoning, arguments and final messages by transformers' apply_chat_template.

usage: chat_requests.py   (needs transformers 5.23, jinja2 3.1.6, trl 1.16; writes model/src/test/resources/parity/chat-requests.json.gz)
The templates are those of open models that trl ships (Apache 2.0). "assistant" is the text that the template marks as
generated ({% generation %}), where it marks any: what supervised training learns.
"""

import datetime
import gzip
import json
import pathlib

import trl
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from transformers.utils.chat_template_utils import _alias_reasoning_fields, _compile_jinja_template, _render_with_assistant_indices

OUT = pathlib.Path(__file__).parents[2] / "model/src/test/resources/parity/chat-requests.json.gz"
TEMPLATES = ["qwen3", "qwen3_training", "qwen2_5", "qwen2_5_training", "llama3", "llama3_training", "llama3_2", "deepseek_r1_distill", "deepseekv3", "glm4moe", "phi3", "cohere",
             "gemma", "gemma_training", "gemma3", "gptoss", "nemotron_3_nano", "qwen3_5_think", "lfm2", "smolvlm"]
TOOL = {"type": "function", "function": {"name": "multiply", "description": "Multiply \"two\" numbers & more", "parameters": {
    "type": "object", "properties": {"a": {"type": "integer", "description": "first"}, "b": {"type": "number", "description": "second", "enum": [1, 2.5]}}, "required": ["a"]}}}
USER = {"role": "user", "content": "What is 3*4?"}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "call12345", "type": "function", "function": {"name": "multiply", "arguments": {"b": 4.0, "a": 3}}}]}
RESULT = {"role": "tool", "name": "multiply", "tool_call_id": "call12345", "content": "12"}
ANSWER = {"role": "assistant", "content": "It is 12."}
PARTS = {"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "3*4?"}]}
THOUGHT = {"role": "assistant", "content": "12", "reasoning_content": "3*4 is 12"}
OLD_THOUGHT = {"role": "assistant", "content": "12", "thinking": "3*4 is 12", "reasoning": None, "refusal": None}
SYSTEM = {"role": "system", "content": "Be brief."}

CASES = [
    ("tools", [SYSTEM, USER], [TOOL], {}, "GENERATION_PROMPT"),
    ("calls", [USER, CALL, RESULT], [TOOL], {}, "GENERATION_PROMPT"),
    ("calls without tools", [USER, CALL, RESULT, ANSWER, USER], None, {}, "GENERATION_PROMPT"),
    ("no tools", [USER], [], {}, "GENERATION_PROMPT"),
    ("parts", [PARTS], None, {}, "GENERATION_PROMPT"),
    ("reasoning", [USER, THOUGHT, USER, THOUGHT], None, {}, "CONVERSATION"),
    ("older reasoning", [USER, OLD_THOUGHT], None, {}, "CONVERSATION"),
    ("no thinking", [USER], None, {"enable_thinking": False}, "GENERATION_PROMPT"),
    ("thinking", [SYSTEM, USER], None, {"enable_thinking": True, "reasoning_effort": "low", "xs": [1, 2.5, None]}, "GENERATION_PROMPT"),
    ("continued", [USER, {"role": "assistant", "content": "It is "}], None, {}, "FINAL_MESSAGE"),
    ("continued blank", [USER, {"role": "assistant", "content": "It is\n\n"}], None, {}, "FINAL_MESSAGE"),
    ("continued parts", [USER, {"role": "assistant", "content": [{"type": "text", "text": "It is"}]}], None, {}, "FINAL_MESSAGE"),
    ("continued user", [{"role": "user", "content": "3*4 is"}], None, {}, "FINAL_MESSAGE"),
    ("continued thought", [USER, {"role": "assistant", "content": "<think>\nhm"}], None, {}, "FINAL_MESSAGE"),
    ("continued call", [USER, CALL], None, {}, "FINAL_MESSAGE"),
    ("demonstration", [SYSTEM, USER, ANSWER], None, {}, "CONVERSATION"),
    ("multi-turn demonstration", [USER, ANSWER, USER, ANSWER], None, {}, "CONVERSATION"),
    ("thoughtful demonstration", [USER, {"role": "assistant", "content": "<think>\nhm\n</think>\n\n12"}], None, {}, "CONVERSATION"),
    ("demonstration without thinking", [USER, ANSWER], None, {"enable_thinking": False}, "CONVERSATION"),
]

# The text of every key that a message may have.
CALLS = (
    "{% for m in messages %}<|turn|>{{ m['role'] }}: {{ m['content'] }}{% if m.tool_calls %}{% for c in m.tool_calls %}[call {{ c.function.name }} {{ c.function.arguments | tojson }}]"
    "{% endfor %}{% endif %}{% if m.reasoning_content %}[thought {{ m.reasoning_content }}]{% endif %}{% if m.name %}[by {{ m.name }}]{% endif %}\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant: {% endif %}"
)
CASES.append(("field", [
    {"role": "user", "content": "3*4?"},
    {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": {"name": "multiply", "arguments": {"a": 3, "b": 4}}}]},
    {"role": "tool", "name": "multiply", "content": "12"}, {"role": "user", "content": "and twice that?"}], None, {}, "GENERATION_PROMPT"))


def main():
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>")
    cases, sources = [], {"calls": CALLS}
    for name in TEMPLATES:
        sources[name] = (pathlib.Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8")
    for name, source in sources.items():
        for case, messages, tools, arguments, end in CASES:
            found = {"template": name, "case": case, "messages": messages, "tools": tools, "arguments": arguments, "end": end}
            try:
                found["text"] = tokenizer.apply_chat_template(
                    json.loads(json.dumps(messages)), tools=tools, chat_template=source, tokenize=False, add_generation_prompt=end == "GENERATION_PROMPT",
                    continue_final_message=end == "FINAL_MESSAGE", **arguments)
            except Exception as e:
                found["error"] = f"{type(e).__name__}: {e}"
            if "text" in found and "demonstration" in case:
                found["prompt"] = tokenizer.apply_chat_template(messages[:-1], chat_template=source, tokenize=False, add_generation_prompt=True, **arguments)
                text, spans = _render_with_assistant_indices(_compile_jinja_template(source), _alias_reasoning_fields(messages), None, None, False, **tokenizer.special_tokens_map, **arguments)
                assert text == found["text"]
                if spans:
                    found["assistant"] = text[spans[-1][0]:spans[-1][1]]
            cases.append(found)
    with gzip.GzipFile(OUT, "wb", mtime=0) as out:
        out.write(json.dumps({"date": str(datetime.date.today()), "templates": sources, "cases": cases}, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
    print(len(cases), "cases,", sum("error" in c for c in cases), "errors")
    for c in cases:
        if "error" in c:
            print(c["template"], c["case"], c["error"][:100])


main()
