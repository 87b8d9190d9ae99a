#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: check_openmetrics.py FILE

A strict reader of the text format of OpenMetrics 1.0. Prints "name{label="value",...} value" for
each sample, labels sorted; exit status 1 and a sentence when a rule of the format is broken.
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([^ ]+)")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN")
SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",),
            "summary": ("", "_count", "_sum", "_created")}


class Bad(Exception):
    """A rule of the format is broken."""


def expect(condition, words):
    if not condition:
        raise Bad(words)


def read_labels(text):
    labels, at = {}, 0
    while text and at < len(text):
        found = LABEL.match(text, at)
        expect(found, f"labels {text!r}")
        expect(found[1] not in labels, f"{found[1]} twice")
        labels[found[1]] = found[2]
        at = found.end()
        expect(at == len(text) or (text[at] == "," and at + 1 < len(text)), f"labels {text!r}")
        at += 1
    return labels


class Reader:
    """Families in their order, each with what was said of it."""

    def __init__(self):
        self.family = None
        self.families = {}
        self.samples = {}

    def metadata(self, line):
        words = line.split(" ", 3)
        expect(len(words) == 4 and words[1] in ("TYPE", "UNIT", "HELP"), "metadata")
        _, kind, name, text = words
        expect(re.fullmatch(NAME, name), f"name {name!r}")
        if name != self.family:
            expect(name not in self.families, f"{name} is interleaved")
            for other in self.families:
                kind_of = self.families[other].get("TYPE", "unknown")
                clash = {other + suffix for suffix in SUFFIXES.get(kind_of, ("",))}
                expect(name not in clash, f"{name} clashes with {other}")
            self.family, self.families[name] = name, {"points": [], "ended": set()}
        entry = self.families[name]
        expect(kind not in entry, f"{kind} of {name} twice")
        expect(not entry["points"], f"{kind} of {name} after its samples")
        entry[kind] = text
        if kind == "TYPE":
            expect(text in SUFFIXES, f"type {text}")
        if kind == "UNIT":
            expect(name.endswith("_" + text), f"{name} does not end with its unit")
        if kind == "HELP":
            expect(not re.search(r"\\[^\\n\"]", text), "an escape that there is not")

    def sample(self, line):
        found = SAMPLE.fullmatch(line)
        expect(found, f"sample {line!r}")
        name, value = found[1], found[3]
        labels = read_labels(found[2])
        entry = self.families.get(self.family)
        expect(entry is not None and "TYPE" in entry and "HELP" in entry, f"{name}: no metadata")
        kind = entry["TYPE"]
        expect(name in {self.family + suffix for suffix in SUFFIXES[kind]},
               f"{name} is not of {self.family}, a {kind}")
        expect(NUMBER.fullmatch(value), f"value {value!r}")
        number = float(value)
        if name.endswith(("_total", "_count", "_sum", "_bytes")) or kind == "counter":
            expect(number >= 0, f"{name} is negative")
        if name.endswith("_count"):
            expect(re.fullmatch(r"\d+", value), "a count is whole")
        if kind == "summary" and name == self.family:
            expect(0 <= float(labels.get("quantile", "-1")) <= 1, "a quantile from 0 to 1")
        else:
            expect("quantile" not in labels, "a quantile where none may be")
        key = (name, tuple(sorted(labels.items())))
        expect(key not in self.samples, f"{key} twice")
        self.samples[key] = value
        point = tuple(sorted(item for item in labels.items() if item[0] != "quantile"))
        expect(point not in entry["ended"], f"{point} of {self.family} is interleaved")
        if entry["points"] and entry["points"][-1] != point:
            entry["ended"].add(entry["points"][-1])
        entry["points"].append(point)


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read().decode("utf-8", "strict")
    reader = Reader()
    expect(data.endswith("# EOF\n"), "the end is missing")
    lines = data[:-1].split("\n")
    for line in lines[:-1]:
        expect(line and line != "# EOF", "an empty line, or an end before the end")
        expect("\r" not in line and "\t" not in line, "white space")
        if line.startswith("#"):
            reader.metadata(line)
        else:
            reader.sample(line)
    for (name, labels), value in reader.samples.items():
        text = ",".join(f'{key}="{label}"' for key, label in labels)
        print(f"{name}{{{text}}} {value}" if text else f"{name} {value}")


try:
    main()
except (Bad, UnicodeDecodeError) as bad:
    print("check_openmetrics:", bad, file=sys.stderr)
    sys.exit(1)
