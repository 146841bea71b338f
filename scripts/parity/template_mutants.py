"""Renders seeded mutants of chat templates as transformers does and stores template, variables and result.

usage: template_mutants.py [--cases N] [--seed S] [--out FILE.json.gz]
Needs transformers 5.23, jinja2 3.1.6 and trl 1.16, whose chat templates of open models (Apache 2.0) are the valid inputs
beside the snippets of jinja/src/test/resources. Default: 3000 cases of seed 1 into jinja/src/test/resources/parity.
A larger file is checked with: mvn -pl jinja test -Dtest=TemplateMutantsTest -Dkelpie.mutants=FILE.json.gz

A case is [base, edits, variables, result]: base is an index of "bases" or the template itself, edits are
[begin, end, text] applied one after the other, variables an index of "variables", result the text, the first 16
hex digits of its SHA-256 where it is longer than 80 characters ({"sha256": ...}), or null where jinja2 fails.
"""

import argparse
import datetime
import gzip
import hashlib
import json
import pathlib
import random
import re
import resource
import signal
import sys

import trl
from transformers.utils.chat_template_utils import _compile_jinja_template

HERE = pathlib.Path(__file__).parents[2]
OUT = HERE / "jinja/src/test/resources/parity/template-mutants.json.gz"
NOW = datetime.datetime(2024, 7, 26, 15, 4, 5)
TOKEN = re.compile(r"\{%[-+]?|[-+]?%\}|\{\{-?|-?\}\}|\{#|#\}|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w+|\s+|[^\w\s]", re.S)

NAMES = "s t u e n i z neg big f g b c l ls ld d m x y nope ns loop messages".split()
STRINGS = ["", "a", "l", " ", "\n", ", ", "Hello", "ab", "{", "é", "🐕", "'", "\"", "0", "12", "1.5", "-3", "x\ty", "<think>", "role"]
METHODS = ("strip lstrip rstrip split rsplit splitlines startswith endswith replace upper lower capitalize find count join isdigit removeprefix "
           "removesuffix title items keys values get index append format center zfill isalpha").split()
FILTERS = ("abs capitalize count d default dictsort first float indent int items join last length list lower map max min reject rejectattr replace "
           "reverse select selectattr sort string sum tojson trim unique upper title safe batch").split()
TESTS = "boolean callable defined divisibleby eq even false float ge gt in integer iterable le lower lt mapping ne none number odd sameas sequence string true undefined upper".split()
TOOL = {"type": "function", "function": {"name": "multiply", "description": "Multiply \"two\" numbers & more", "parameters": {
    "type": "object", "properties": {"a": {"type": "integer", "description": "first"}, "b": {"type": ["number", "null"], "enum": [1, 2.5], "default": None},
                                     "list": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]}}}
VALUES = {
    "s": "Hello, World", "t": "  a b\tc\n\nd \u00a0", "u": "naïve 🐕 ß Zürich\u2028x", "e": "", "n": None, "i": 7, "z": 0, "neg": -3, "big": 12345678901234567890, "f": 2.5,
    "g": 1e16, "b": True, "c": False, "l": [3, 1, 2], "ls": ["b", "A", "a", "B"], "ld": [{"a": 2, "b": "x"}, {"a": 1, "b": "y"}, {"b": "z"}],
    "d": {"b": 1, "a": "x", "items": "own", "C": None}, "m": [[1, [2, "q"]], {"k": {"k": [True]}}],
}
USER = {"role": "user", "content": "What is 2+2?"}
CONVERSATIONS = [
    [USER],
    [{"role": "system", "content": "Be brief.\n"}, USER, {"role": "assistant", "content": "<think>\nhm\n</think>\n\n4"}, {"role": "user", "content": " And\n<b>3+3</b>? "}],
    [USER, {"role": "assistant", "content": "", "tool_calls": [{"id": "call_1ab", "type": "function", "function": {"name": "multiply", "arguments": {"a": 2, "b": 2.5}}}]},
     {"role": "tool", "name": "multiply", "tool_call_id": "call_1ab", "content": "{\"r\": 4}"}, {"role": "assistant", "reasoning_content": "easy", "thinking": "easy", "content": "4"}],
    [{"role": "user", "content": [{"type": "text", "text": "naïve 🐕"}, {"type": "text", "text": "more"}]}, {"role": "assistant", "content": "Ok."}],
]


class Timeout(Exception):
    pass


def on_alarm(signum, frame):
    raise Timeout


def variables():
    sets = []
    for i, messages in enumerate(CONVERSATIONS):
        for tools in (None, [TOOL]):
            for prompt in (True, False):
                values = {**VALUES, "messages": messages, "tools": tools, "documents": None, "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>"}
                if i % 2:
                    values["enable_thinking"] = bool(tools)
                sets.append(values)
    return sets


class Grammar:
    """Random expressions and statements."""

    def __init__(self, rnd):
        self.rnd = rnd

    def literal(self):
        r = self.rnd
        kind = r.randrange(8)
        if kind < 3:
            return json.dumps(r.choice(STRINGS), ensure_ascii=False) if r.random() < 0.5 else "'" + r.choice(STRINGS).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
        if kind < 6:
            return r.choice(["0", "1", "2", "3", "10", "255", "1.5", "0.1", "1e3", "1e16", "12345678901", "true", "false", "none", "1_000", "-1"])
        items = [self.expr(2) for _ in range(r.randrange(4))]
        if kind == 6:
            return "[" + ", ".join(items) + "]" if r.random() < 0.7 else "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"
        return "{" + ", ".join(f"{self.literal() if r.random() < 0.1 else json.dumps(r.choice(STRINGS))}: {e}" for e in items) + "}"

    def args(self, names=()):
        r = self.rnd
        parts = [self.expr(1) for _ in range(r.choice([0, 0, 1, 1, 1, 2, 3]))]
        if names and r.random() < 0.4:
            parts.append(f"{r.choice(names)}={self.expr(1)}")
        return ", ".join(parts)

    def filter(self):
        r = self.rnd
        name = r.choice(FILTERS)
        if name in ("map", "select", "reject", "selectattr", "rejectattr"):
            argument = {"map": lambda: r.choice(["'upper'", "attribute='a'", "attribute='b', default='?'", "'length'", "'string'", "'default', 'x'", "attribute=0"]),
                        "select": lambda: r.choice(["", "'string'", "'odd'", "'gt', 1", "'defined'", "'equalto', 'a'", "'in', l"]),
                        "selectattr": lambda: r.choice(["'a'", "'a', 'defined'", "'b', 'equalto', 'x'", "'role', 'eq', 'user'", "'a', 'gt', 1"])}
            kind = "map" if name == "map" else "select" if name in ("select", "reject") else "selectattr"
            return f"{name}({argument[kind]()})" + r.choice(["|list", "|list", "|join(',')", ""])
        if r.random() < 0.45:
            return name
        return f"{name}({self.args(['width', 'first', 'indent', 'default', 'attribute', 'reverse', 'case_sensitive', 'd', 'boolean', 'sort_keys', 'separators', 'ensure_ascii', 'default_value', 'chars', 'count'])})"

    def expr(self, depth=0):
        r = self.rnd
        if depth > 3 or r.random() < 0.12 * (depth + 1):
            return r.choice(NAMES) if r.random() < 0.6 else self.literal()
        e = lambda: self.expr(depth + 1)  # noqa: E731
        kind = r.randrange(20)
        if kind < 4:
            return f"{e()}|{self.filter()}"
        if kind < 7:
            return f"{r.choice(NAMES) if r.random() < 0.7 else '(' + e() + ')'}.{r.choice(METHODS)}({self.args()})"
        if kind < 8:
            return f"{r.choice(NAMES)}.{r.choice(['a', 'b', 'items', 'role', 'content', 'k', 'x', 'length', '0', 'index', 'first', '_x'])}"
        if kind < 9:
            return f"{r.choice(NAMES)}[{e()}]"
        if kind < 10:
            part = lambda: r.choice(["", "", "0", "1", "-1", "2", "-2", "100", "n"])  # noqa: E731
            return f"{r.choice(NAMES)}[{part()}:{part()}" + r.choice(["]", "]", f":{part()}]", ":-1]", ":2]"])
        if kind < 11:
            return f"{e()} is {r.choice(['', 'not '])}{r.choice(TESTS)}" + (f"({e()})" if r.random() < 0.4 else "")
        if kind < 14:
            return f"{e()} {r.choice('+ - * / // % ** ~ ~ + +'.split())} {e()}"
        if kind < 16:
            return f"{e()} {r.choice(['==', '!=', '<', '<=', '>', '>=', 'in', 'not in', 'and', 'or'])} {e()}"
        if kind < 17:
            return r.choice(["not ", "-", "+"]) + e()
        if kind < 18:
            return f"({e()} if {e()}" + (f" else {e()})" if r.random() < 0.8 else ")")
        if kind < 19:
            return f"({e()})"
        return r.choice([f"range({self.args()})", f"dict({self.args(['a', 'b'])})", f"namespace(a={e()}).a", "strftime_now('%Y-%m-%d %B %H:%M')", "{'a': 1}.items()|list", "raise_exception('no')"])

    def open(self):
        return self.rnd.choice(["{%", "{%", "{%-", "{%+"])

    def close(self):
        return self.rnd.choice(["%}", "%}", "-%}"])

    def tag(self, text):
        return f"{self.open()} {text} {self.close()}"

    def text(self):
        return self.rnd.choice(["", "", " ", "\n", "x", "\n  ", "a\n\n", "  b ", "\t", "{ }", "\u00a0", "é\n"])

    def block(self, depth):
        return "".join(self.statement(depth + 1) + self.text() for _ in range(self.rnd.choice([1, 1, 2])))

    def statement(self, depth=0):
        r = self.rnd
        kind = r.randrange(14) if depth < 3 else 0
        if kind < 5:
            return r.choice(["{{", "{{-"]) + f" {self.expr(r.choice([1, 2, 2, 3]))} " + r.choice(["}}", "-}}"])
        if kind < 7:
            text = self.tag(f"if {self.expr(1)}") + self.text() + self.block(depth)
            if r.random() < 0.3:
                text += self.tag(f"elif {self.expr(1)}") + self.block(depth)
            if r.random() < 0.4:
                text += self.tag("else") + self.block(depth)
            return text + self.tag("endif")
        if kind < 9:
            items = r.choice(["l", "ls", "ld", "d", "messages", "s", "range(3)", "d.items()", "nope", "[]", self.expr(1)])
            target = "k, v" if items == "d.items()" or r.random() < 0.1 else "x"
            where = f" if {self.expr(2)}" if r.random() < 0.2 else ""
            body = self.text() + r.choice(["{{ loop.index }}{{ x }}", "{{ loop.first }}{{ loop.last }}", "{{ x }}", "{{ loop.previtem }}", ""]) + self.block(depth)
            if r.random() < 0.15:
                body += self.tag(f"if {self.expr(2)}") + self.tag(r.choice(["break", "continue"])) + self.tag("endif")
            tail = self.tag("else") + self.block(depth) if r.random() < 0.2 else ""
            return self.tag(f"for {target} in {items}{where}") + body + tail + self.tag("endfor")
        if kind < 11:
            target = r.choice(["x", "y", "x, y", "ns.a", "s"])
            prefix = self.tag("set ns = namespace(a=0)") if target == "ns.a" else ""
            if r.random() < 0.2:
                return self.tag(f"set {r.choice(['x', 'y'])}{r.choice(['', ' | upper', ' | trim'])}") + self.block(depth) + self.tag("endset") + "{{ x }}"
            return prefix + self.tag(f"set {target} = {self.expr(1)}") + "{{ x }}{{ ns.a if ns is defined }}"
        if kind < 12:
            return self.tag("macro f(p, q='d', r=p)") + "<{{ p }}{{ q }}{{ r }}>" + self.block(depth) + self.tag("endmacro") + "{{ f(" + self.args(["q", "p"]) + ") }}"
        if kind < 13:
            return self.tag(f"with x = {self.expr(1)}") + self.block(depth) + self.tag("endwith") + "{{ x }}"
        return r.choice([self.tag("filter " + self.filter()) + self.block(depth) + self.tag("endfilter"), "{# c" + r.choice(["#}", "-#}"]), self.tag("raw") + "{{ x }} " + self.tag("endraw"),
                         self.tag("generation") + self.block(depth) + self.tag("endgeneration")])


def mutate(rnd, source, sources, grammar):
    """Edits of the template's tokens, most of which keep it a template."""
    edits = []
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        spans = [(m.start(), m.end()) for m in TOKEN.finditer(source)]
        if not spans:
            break
        begin, end = rnd.choice(spans)
        kind = rnd.randrange(9)
        token = source[begin:end]
        if kind == 0:
            new = ""
        elif kind == 1:
            new = token + token
        elif kind == 2:
            other = rnd.choice(sources)
            at = rnd.choice([(m.start(), m.end()) for m in TOKEN.finditer(other)] or [(0, 0)])
            new = other[at[0]:at[1]]
        elif kind == 3 and re.fullmatch(r"\w+", token):
            new = rnd.choice(NAMES + FILTERS + TESTS + METHODS + ["0", "1", "true", "none"])
        elif kind == 4 and re.fullmatch(r"\w+", token):
            new = token + "|" + grammar.filter()
        elif kind == 5 and token in ("{%", "{%-", "%}", "-%}", "{{", "{{-", "}}", "-}}"):
            new = token.strip("-") if "-" in token else (token + "-" if token[0] == "{" else "-" + token)
        elif kind == 6 and re.fullmatch(r"\w+", token):
            new = "(" + grammar.expr(1) + ")"
        elif kind == 7 and token[0] in "'\"":
            new = token[0] + rnd.choice(["", "a", "\\n", "é", "{{", token[1:-1] + " "]) + token[0]
        else:
            new = rnd.choice([" ", "\n", "x", "-", "not ", "|trim", "[0]", "[-1:]", ".a", "~ s", "+ 1", "\u00a0"])
            begin = end if rnd.random() < 0.5 else begin
        source = source[:begin] + new + source[end:]
        edits.append([begin, end, new])
    return source, edits


def render(env, source, values):
    signal.alarm(5)
    try:
        text = env.from_string(source).render(**json.loads(json.dumps(values)))
        text.encode("utf-8")
        # an address of Python's is nothing that anybody can render again
        return None if re.search(r"<[^<>]* (?:object )?at 0x[0-9a-f]+>|<(?:bound|built-in) method |<function \w", text) else text
    except Timeout:
        raise
    except (Exception, RecursionError, MemoryError):
        return None
    finally:
        signal.alarm(0)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=3000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=pathlib.Path, default=OUT)
    arguments = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    signal.signal(signal.SIGALRM, on_alarm)
    sys.setrecursionlimit(1000)
    rnd = random.Random(arguments.seed)
    grammar = Grammar(rnd)
    files = sorted((pathlib.Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))
    bases = [f.read_text(encoding="utf-8") for f in files]
    bases += [f.read_text(encoding="utf-8") for f in sorted((HERE / "model/src/test/resources/parity/chat-templates").glob("*/chat_template.jinja"))]
    snippets = [s["template"] for s in json.loads((HERE / "jinja/src/test/resources/parity/chat-templates/jinja.json").read_text(encoding="utf-8"))["snippets"]]
    env = _compile_jinja_template("x").environment
    env.globals["strftime_now"] = NOW.strftime
    sets = variables()
    cases = []
    for i in range(arguments.cases):
        which = rnd.randrange(len(sets))
        edits = []
        if i < len(bases) * 4:
            base = i // 4
            source = bases[base]
        elif rnd.random() < 0.5:
            base = source = "".join(grammar.text() + grammar.statement() for _ in range(rnd.choice([1, 1, 2, 3])))
        elif rnd.random() < 0.25:
            source, _ = mutate(rnd, rnd.choice(snippets), snippets, grammar)
            base = source
        else:
            base = rnd.randrange(len(bases))
            source, edits = mutate(rnd, bases[base], bases, grammar)
        try:
            text = render(env, source, sets[which])
        except Timeout:
            continue
        if text is not None and len(text) > 80:
            text = {"sha256": hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]}
        cases.append([base, edits, which, text])
    result = {"now": NOW.isoformat(), "bases": bases, "variables": sets, "cases": cases}
    with gzip.GzipFile(arguments.out, "wb", mtime=0) as out:
        out.write(json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))
    print(len(cases), "cases,", sum(c[3] is None for c in cases), "of them errors")


main()
