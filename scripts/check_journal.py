#!/usr/bin/env python3
"""Recounts the samples of a run from its journal and compares them with summary.json.

    python3 scripts/check_journal.py runs/RUN

The journal, events/NNNNNN.jsonl, has one line per event of a group of samples. Each line must have the
length and CRC-32C that it states; only the last line of a segment may be torn. Each attempt at a group
must be issued, received, rewarded and consumed in this order, once each, or be dropped on the way;
when a step is committed, none of its groups is open. A group is issued again only after its attempt
before was dropped. In the end each issued sample is in exactly one place: trained on, measured by an
evaluation, dropped, or in flight. A sample that a later step is trained on again (replayed) was consumed
before and stays so; replays are counted apart. All samples of an iteration have the version it began with.

Exit code: 0 clean, 1 violations, one line each, 2 not readable.
"""

import argparse
import bisect
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

FORMAT = 1
ORDER = ["issued", "received", "rewarded", "consumed"]
OPEN, CONSUMED, DROPPED = "open", "consumed", "dropped"
GROUP = {"purpose": str, "step": int, "index": int, "samples": int, "attempt": int}
FIELDS = {
    "started": {"format": int, "step": int},
    "split": {"step": int, "units": int},
    "refilled": {"step": int, "prompts": int},
    "issued": {**GROUP, "version": int},
    "received": GROUP,
    "rewarded": GROUP,
    "consumed": {**GROUP, "by-step": int},
    "dropped": {**GROUP, "reason": str},
    "replayed": {**GROUP, "by-step": int},
    "iteration-began": {"step": int, "iteration": int},
    "advanced": {"step": int, "operator": str},
    "branch-discarded": {"step": int, "to": int},
    "committed": {"step": int},
    "checkpointed": {"step": int},
    "evaluated": {"step": int},
    "scaled": {"step": int, "scales": dict},
    "best": {"step": int, "metric": str, "value": float},
    "promoted": {"step": int, "metric": str, "value": float},
    "rolled-back": {"step": int, "to": int},
    "rewound": {"step": int},
    "ended": {"status": str, "step": int},
}
MOST_SHOWN = 20


class Unreadable(Exception):
    """The journal cannot be judged at all."""


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


CRC32C = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    return f"{crc ^ 0xFFFFFFFF:08x}"


def event_of(line):
    """The event of a line, or None when the line is torn or was changed."""
    start, end = line.find(b'"event":') + 8, line.rfind(b"}")
    try:
        whole = json.loads(line)
        inner = line[start:end]
        fits = whole["bytes"] == len(inner) and whole["crc"] == crc32c(inner)
        return whole["event"] if fits and whole["event"] == json.loads(inner) else None
    except (ValueError, KeyError, TypeError):
        return None


class Attempt:
    """One attempt at a group: its samples and the events about them, by position in the journal."""

    def __init__(self, number):
        self.number = number
        self.events = []


class Recount:
    """Reads the journal first, then judges each attempt by all that was written about it."""

    def __init__(self, run):
        self.run = run
        self.violations = []
        self.notes = []
        self.places = []  # of each event: segment:line
        self.groups = defaultdict(dict)  # (purpose, step, index): {attempt: Attempt}
        self.marks = []  # commits and rewinds: (position, kind, step, evaluations that are complete)
        self.last = None
        self.iterations = []  # those under way or done: (number, step before it)
        self.counts = Counter()
        self.dropped_by = Counter()
        self.max_lag = 0
        self.max_staleness = max_staleness(run)

    def violation(self, text):
        self.violations.append(text)

    # Reading

    def read(self):
        segments = sorted(
            (path for path in (self.run / "events").glob("*.jsonl") if re.fullmatch(r"\d{6,}", path.stem)),
            key=lambda path: int(path.stem),
        )
        if not segments:
            raise Unreadable(f"{self.run / 'events'}: no journal (expected: 000001.jsonl)")
        evaluated, step = set(), 0
        for expected, segment in enumerate(segments, start=1):
            if int(segment.stem) != expected:
                self.violation(f"events/{expected:06d}.jsonl is missing")
                break
        for segment in segments:
            for place, event in self.events_of(segment):
                if not self.places:
                    step = self.first(place, event)
                self.places.append(place)
                if self.has_fields(place, event):
                    step = self.take(len(self.places) - 1, event, evaluated, step)
                    self.last = event

    def events_of(self, segment):
        lines = segment.read_bytes().split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        for number, line in enumerate(lines, start=1):
            place = f"{segment.name}:{number}"
            event = event_of(line)
            if event is not None:
                yield place, event
            elif number == len(lines):
                self.notes.append(f"{place}: torn last line, not counted")
            else:
                self.violation(f"{place}: damaged line (expected: its length and CRC to fit)")

    def first(self, place, event):
        """Checks the format; returns the step that the journal begins after."""
        if event.get("kind") != "started":
            self.violation(f"{place}: the journal begins with {event.get('kind')} (expected: started)")
            return 0
        if event.get("format") != FORMAT:
            raise Unreadable(f"{place}: format {event.get('format')} (expected: {FORMAT})")
        return event.get("step")

    def has_fields(self, place, event):
        kind = event.get("kind")
        if kind not in FIELDS:
            self.violation(f"{place}: {kind} (expected: a known kind of event)")
            return False
        wrong = [name for name, type_ in FIELDS[kind].items() if not isinstance(event.get(name), type_)]
        for name in wrong:
            self.violation(f"{place}: {kind}: {name} {event.get(name)} (expected: {FIELDS[kind][name].__name__})")
        return not wrong

    def take(self, position, event, evaluated, step):
        """Sorts an event in; returns the last committed step."""
        kind, place = event["kind"], self.places[position]
        if kind == "iteration-began":
            self.begin(place, event, step)
        elif kind == "advanced" and event["step"] != step:
            self.violation(f"{place}: advanced after step {event['step']}, but step {step} is the last one")
        elif kind in ORDER or kind in ("dropped", "replayed"):
            if kind == "issued" and event["purpose"] == "rollout" and self.iterations:
                self.same_version(place, event)
            key = (event["purpose"], event["step"], event["index"])
            number = event["attempt"]
            attempt = self.groups[key].setdefault(number, Attempt(number))
            attempt.events.append((position, event))
        elif kind == "committed":
            if event["step"] != step + 1:
                self.violation(f"{place}: step {event['step']} committed after step {step}")
            self.marks.append((position, kind, event["step"], frozenset()))
            return event["step"]
        elif kind == "evaluated":
            evaluated.add(event["step"])
        elif kind == "rewound":
            evaluated -= {one for one in evaluated if one > event["step"]}
            self.iterations = [one for one in self.iterations if one[1] <= event["step"]]
            self.marks.append((position, kind, event["step"], frozenset(evaluated)))
            return event["step"]
        return step

    def begin(self, place, event, step):
        """Begins an iteration, which must be the next one, after the last committed step."""
        number = self.iterations[-1][0] + 1 if self.iterations else event["iteration"]
        if event["iteration"] != number or event["step"] != step:
            self.violation(
                f"{place}: iteration {event['iteration']} begins after step {event['step']}"
                f" (expected: {number} after step {step})"
            )
        self.iterations.append((event["iteration"], event["step"]))

    def same_version(self, place, event):
        number, start = self.iterations[-1]
        if event["version"] != start:
            self.violation(
                f"{place}: rollout {event['step']}/{event['index']} is sampled with version"
                f" {event['version']} (expected: {start}, with which iteration {number} began)"
            )

    # Judging

    def judge(self):
        for key, attempts in sorted(self.groups.items()):
            settled = -1  # position at which the attempt before was given up; None: it was not
            for expected, number in enumerate(sorted(attempts)):
                attempt = attempts[number]
                name = f"{key[0]} {key[1]}/{key[2]} attempt {number}"
                position, event = attempt.events[0]
                if number != expected:
                    self.violation(f"{self.places[position]}: {name}: no attempt {expected} before it")
                if event["kind"] == "issued" and (settled is None or position < settled):
                    self.violation(
                        f"{self.places[position]}: {name} is issued while the attempt before is not dropped"
                    )
                settled = self.follow(key, name, attempt)

    def follow(self, key, name, attempt):
        """Follows one attempt from event to event; returns where it was given up, or None."""
        expected, state, given_up = 0, OPEN, None
        replays = []  # steps that were trained on it again
        samples, issued = 0, None
        mark = bisect.bisect(self.marks, (attempt.events[0][0],))
        for position, event in attempt.events + [(len(self.places), None)]:
            while mark < len(self.marks) and self.marks[mark][0] < position:
                at, kind, step, evaluated = self.marks[mark]
                mark += 1
                if kind == "committed":
                    if issued and state == OPEN and key[:2] == ("rollout", step):
                        self.violation(f"{self.places[at]}: step {step} committed without {name}")
                    continue
                replays = [by for by in replays if by <= step]
                if issued and self.is_undone(key, state, step, evaluated):
                    state, given_up = DROPPED, at
                    self.dropped_by["restart"] += samples
            if event is None:
                break
            kind, place = event["kind"], self.places[position]
            if issued and event["samples"] != samples:
                self.violation(f"{place}: {name} has {event['samples']} samples (expected: {samples})")
            if kind == "replayed":
                if state != CONSUMED or event["by-step"] <= key[1]:
                    self.violation(f"{place}: {name} is replayed by step {event['by-step']}, but it was {state}")
                replays.append(event["by-step"])
            elif kind == "dropped" and issued and state == OPEN:
                state, given_up = DROPPED, position
                self.dropped_by[event["reason"]] += samples
            elif state == OPEN and kind == ORDER[expected]:
                expected += 1
                if kind == "issued":
                    samples, issued = event["samples"], event
                elif kind == "consumed":
                    state = CONSUMED
                    self.lag(place, key, name, issued, event)
            else:
                before = state if state != OPEN else ORDER[expected - 1] if issued else "never issued"
                self.violation(f"{place}: {name} is {kind} after it was {before}")
        if issued:
            self.count(key, state, samples)
            self.counts["replayed"] += samples * len(replays)
        return given_up

    @staticmethod
    def is_undone(key, state, step, evaluated):
        """Whether going back to the weights after a step undoes an attempt that was in this state."""
        if state != CONSUMED:
            return state == OPEN
        return key[1] > step or (key[0] == "eval" and key[1] not in evaluated)

    def lag(self, place, key, name, issued, event):
        if key[0] == "eval":
            return
        lag = event["by-step"] - 1 - issued["version"]
        self.max_lag = max(self.max_lag, lag)
        if lag < 0 or lag > self.max_staleness:
            most = "" if self.max_staleness == float("inf") else f" to {self.max_staleness}"
            self.violation(f"{place}: {name} lags {lag} versions when trained on (expected: 0{most})")

    def count(self, key, state, samples):
        consumed = "measured" if key[0] == "eval" else "consumed"
        place = {OPEN: "in-flight", CONSUMED: consumed, DROPPED: "dropped"}[state]
        self.counts["issued"] += samples
        self.counts[place] += samples

    # Comparing

    def compare(self):
        file = self.run / "summary.json"
        if not self.last or self.last.get("kind") != "ended":
            self.notes.append("the journal has no end, so summary.json is not compared")
            return
        if not file.is_file():
            self.notes.append("no summary.json to compare with")
            return
        try:
            said = json.loads(file.read_text(encoding="utf-8"))["ledger"]
        except (ValueError, KeyError, TypeError) as problem:
            raise Unreadable(f"{file}: {problem!r} (expected: JSON with a ledger)") from problem
        counted = {name: self.counts[name] for name in ("issued", "consumed", "measured", "dropped", "in-flight")}
        if self.counts["replayed"] or "replayed" in said:
            counted["replayed"] = self.counts["replayed"]
        counted["max-lag"] = self.max_lag
        counted["dropped-by"] = {reason: count for reason, count in self.dropped_by.items() if count}
        for name, value in counted.items():
            if said.get(name) != value:
                self.violation(f"summary.json: {name} {said.get(name)} (the journal says {value})")
        for violation in said.get("violations", []):
            self.violation(f"summary.json: the run itself found: {violation}")


def max_staleness(run):
    """The experiment's bound on the lag; without the file there is none. Samples of an iteration may lag by
    all its steps but one."""
    try:
        text = (run / "experiment.conf").read_text(encoding="utf-8")
    except OSError:
        return float("inf")
    found = re.search(r"^\s*max-staleness\s*=\s*(\d+)\s*$", text, re.MULTILINE)
    steps = re.search(r"^\s*iterations\s*\{\s*steps\s*=\s*(\d+)", text, re.MULTILINE)
    return max(int(found.group(1)), int(steps.group(1)) - 1 if steps else 0) if found else float("inf")


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, with events/ in it")
    recount = Recount(parser.parse_args(arguments).run)
    try:
        recount.read()
        recount.judge()
        recount.compare()
    except (Unreadable, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    for note in recount.notes:
        print(note)
    for violation in recount.violations[:MOST_SHOWN]:
        print(violation)
    hidden = len(recount.violations) - MOST_SHOWN
    if hidden > 0:
        print(f"... and {hidden} more")
    counts = recount.counts
    print(
        f"{'clean' if not recount.violations else 'not clean'}: {len(recount.places)} events, issued"
        f" {counts['issued']} samples: consumed {counts['consumed']}, measured {counts['measured']},"
        f" dropped {counts['dropped']}, in flight {counts['in-flight']}"
        + (f", replayed {counts['replayed']}" if counts["replayed"] else "")
    )
    return 1 if recount.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
