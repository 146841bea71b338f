"""Renders the chat templates of tests as transformers does and stores the results beside them.

usage: chat_templates.py            (needs jinja2 3.1; writes model/src/test/resources/parity/chat-templates)
The templates are written for the tests: together they use every feature that chat templates of open models use.
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = pathlib.Path(__file__).parents[2] / "model/src/test/resources/parity/chat-templates"
NOW = datetime.datetime(2024, 7, 26, 15, 4, 5)
SPECIAL_TOKENS = {"turns": {"bos_token": None, "eos_token": "<eos>"}}  # of the others: <s>, </s>

QUESTION = {"role": "user", "content": "What is 2+2?"}
SYSTEM = {"role": "system", "content": "Be brief."}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a \"place\" <now> & later; it's é 🐕",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "city,\nor village"},
                "days": {"type": "array", "items": {"type": "integer"}, "default": [1, 2.0, 1e16, 0.1]},
                "unit": {"type": "string", "enum": ["C", "F"], "default": None},
                "where": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": ["number", "null"]}}},
            },
            "required": ["place"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock", "description": "", "parameters": {"type": "object", "properties": {}}}}
CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": {"place": "Zürich", "days": [1, 2], "unit": None}}},
        {"id": "c2", "type": "function", "function": {"name": "clock", "arguments": {}}},
    ],
}
RESULT = {"role": "tool", "name": "weather", "content": "{\"t\": 21.50}", "tool_call_id": "c1"}
THOUGHT = {"role": "assistant", "content": "<think>\nTwo and two.\n</think>\n\n4"}
ANSWER = {"role": "assistant", "content": "4"}

CONVERSATIONS = {
    "user": {"messages": [QUESTION], "add_generation_prompt": True},
    "system": {"messages": [SYSTEM, QUESTION], "add_generation_prompt": True},
    "turns": {"messages": [SYSTEM, QUESTION, ANSWER, {"role": "user", "content": "And 3+3?"}], "add_generation_prompt": True},
    "finished": {"messages": [QUESTION, ANSWER], "add_generation_prompt": False},
    "tools": {"messages": [QUESTION], "tools": [WEATHER, CLOCK], "add_generation_prompt": True},
    "tool_calls": {"messages": [QUESTION, CALL, RESULT, RESULT, THOUGHT], "tools": [WEATHER], "add_generation_prompt": False},
    "thinking": {"messages": [QUESTION, THOUGHT, QUESTION], "add_generation_prompt": True},
    "thinking_off": {"messages": [QUESTION], "add_generation_prompt": True, "enable_thinking": False},
    "thinking_on": {"messages": [SYSTEM, QUESTION, THOUGHT], "add_generation_prompt": False, "enable_thinking": True},
    "parts": {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Look: "}, {"type": "image"}, {"type": "text", "text": "what is it?"}]},
            ANSWER,
        ],
        "add_generation_prompt": True,
    },
    "unicode": {"messages": [{"role": "user", "content": "naïve 🐕 Zürich 日本 \u00a0x"}], "add_generation_prompt": True},
    "markup": {"messages": [{"role": "user", "content": "<b>&'\"{{ 1 + 1 }}{% raise %}{# x #}"}], "add_generation_prompt": True},
    "whitespace": {"messages": [{"role": "user", "content": "\n  two lines \n\n\tindented\n"}], "add_generation_prompt": True},
    "empty": {"messages": [{"role": "user", "content": ""}], "add_generation_prompt": True},
    "assistant_first": {"messages": [ANSWER, QUESTION], "add_generation_prompt": True},
    "unknown_role": {"messages": [{"role": "critic", "content": "No."}], "add_generation_prompt": False},
    "documents": {"messages": [QUESTION], "documents": [{"title": "A", "text": "a b"}, {"title": "B"}], "add_generation_prompt": False},
    "no_messages": {"messages": [], "add_generation_prompt": False},
}


class Refusal(Exception):
    pass


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("body"), [], [], body).set_lineno(line)

    def body(self, caller):
        return caller()


def raise_exception(message):
    raise Refusal(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def render(template, tokens, conversation):
    variables = {"tools": None, "documents": None, **{k: v for k, v in tokens.items() if v is not None}, **conversation}
    try:
        return {"text": template.render(**variables)}
    except Refusal as e:
        return {"error": "Refusal", "raised_by_template": True, "message": str(e)}
    except Exception as e:
        return {"error": type(e).__name__, "raised_by_template": False, "message": str(e)}


def write(file, value):
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    write(FOLDER / "conversations.json", CONVERSATIONS)
    for file in sorted(FOLDER.glob("*/chat_template.jinja")):
        name = file.parent.name
        tokens = SPECIAL_TOKENS.get(name, {"bos_token": "<s>", "eos_token": "</s>"})
        template = environment().from_string(file.read_text(encoding="utf-8"))
        renderings = {case: render(template, tokens, json.loads(json.dumps(c))) for case, c in CONVERSATIONS.items()}
        write(file.parent / "expected.json", {"template": name, **tokens, "now": NOW.isoformat(), "renderings": renderings})
        print(name, *(f"\n  {case}: {r}" for case, r in renderings.items() if "error" in r))


main()
