# SPDX-License-Identifier: Apache-2.0
"""Reads a Varlink interface text (varlink.org, "Interface Definition") and checks values by it.

Types become tuples: ("string",), ("maybe", T), ("list", T), ("map", T), ("struct", {name: T}),
("enum", [names]), ("name", "Entry"). Knows nothing of any service.
"""
import re

PLAIN = ("bool", "int", "float", "string", "object")
TOKEN = re.compile(r"#[^\n]*|\s+|\[string\]|\[\]|->|[?:,()]|[A-Za-z][A-Za-z0-9._-]*")


class Faulty(Exception):
    """The text is no interface, or a value is not of its type."""


def tokens_of(text):
    at = 0
    found = []
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Faulty("cannot read %r" % text[at : at + 20])
        word = match.group()
        if not word.isspace() and not word.startswith("#"):
            found.append(word)
        at = match.end()
    return found


class Interface:
    def __init__(self, text):
        self.tokens = tokens_of(text)
        self.at = 0
        self.types, self.methods, self.errors = {}, {}, {}
        self.expect("interface")
        self.name = self.take()
        if not re.fullmatch(r"[a-z][a-z0-9]*(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+", self.name):
            raise Faulty("interface name %r" % self.name)
        while self.at < len(self.tokens):
            self.member()
        for struct in list(self.types.values()) + list(self.errors.values()):
            self.resolve(struct)
        for given, returned in self.methods.values():
            self.resolve(given)
            self.resolve(returned)

    def take(self):
        if self.at >= len(self.tokens):
            raise Faulty("the text ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def expect(self, word):
        found = self.take()
        if found != word:
            raise Faulty("expected %r, got %r" % (word, found))

    def member(self):
        kind, name = self.take(), self.take()
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
            raise Faulty("name %r" % name)
        if name in self.types or name in self.methods or name in self.errors:
            raise Faulty("%s is there twice" % name)
        if kind == "type":
            self.types[name] = self.brackets()
        elif kind == "error":
            self.errors[name] = self.struct_here()
        elif kind == "method":
            given = self.struct_here()
            self.expect("->")
            self.methods[name] = (given, self.struct_here())
        else:
            raise Faulty("%r is no member" % kind)

    def struct_here(self):
        found = self.brackets()
        if found[0] != "struct":
            raise Faulty("expected fields")
        return found

    def brackets(self):
        """Fields, or the names of an enum."""
        self.expect("(")
        fields, names = {}, []
        while self.peek() != ")":
            name = self.take()
            if not re.fullmatch(r"[A-Za-z](_?[A-Za-z0-9])*", name):
                raise Faulty("field name %r" % name)
            if name in fields or name in names:
                raise Faulty("%s is there twice" % name)
            if self.peek() == ":":
                self.take()
                fields[name] = self.type_here()
            else:
                names.append(name)
            if self.peek() != ")":
                self.expect(",")
        self.expect(")")
        if fields and names:
            raise Faulty("fields and names are mixed")
        return ("enum", names) if names else ("struct", fields)

    def type_here(self, after_maybe=False):
        word = self.peek()
        if word == "(":
            return self.brackets()
        self.take()
        if word == "?":
            if after_maybe:
                raise Faulty("? twice")
            return ("maybe", self.type_here(True))
        if word == "[]":
            return ("list", self.type_here())
        if word == "[string]":
            return ("map", self.type_here())
        if word in PLAIN:
            return (word,)
        return ("name", word)

    def resolve(self, kind):
        if kind[0] == "name" and kind[1] not in self.types:
            raise Faulty("there is no type %s" % kind[1])
        if kind[0] in ("maybe", "list", "map"):
            self.resolve(kind[1])
        if kind[0] == "struct":
            for inner in kind[1].values():
                self.resolve(inner)

    def check(self, value, kind, where):
        """Raises Faulty unless the value is of the type, to its last member."""
        name = kind[0]
        if name == "name":
            return self.check(value, self.types[kind[1]], where)
        if name == "maybe":
            return None if value is None else self.check(value, kind[1], where)
        if name == "struct":
            return self.check_struct(value, kind[1], where)
        if name == "enum":
            good = value in kind[1] if isinstance(value, str) else False
        elif name == "list":
            good = isinstance(value, list)
            for i, inner in enumerate(value if good else []):
                self.check(inner, kind[1], "%s[%d]" % (where, i))
        elif name == "map":
            good = isinstance(value, dict)
            for key, inner in value.items() if good else []:
                self.check(inner, kind[1], "%s.%s" % (where, key))
        else:
            is_bool = isinstance(value, bool)
            good = {
                "bool": is_bool,
                "int": isinstance(value, int) and not is_bool,
                "float": isinstance(value, (int, float)) and not is_bool,
                "string": isinstance(value, str),
                "object": isinstance(value, dict),
            }[name]
        if not good:
            raise Faulty("%s: %r is no %s" % (where, value, name))
        return None

    def check_struct(self, value, fields, where):
        if not isinstance(value, dict):
            raise Faulty("%s: %r is no object" % (where, value))
        for name in value:
            if name not in fields:
                raise Faulty("%s: %s is not declared" % (where, name))
        for name, kind in fields.items():
            if name in value:
                self.check(value[name], kind, "%s.%s" % (where, name))
            elif kind[0] != "maybe":
                raise Faulty("%s: %s is missing" % (where, name))

    def sample(self, kind):
        """Some value of the type."""
        name = kind[0]
        if name == "name":
            return self.sample(self.types[kind[1]])
        if name == "struct":
            return {key: self.sample(inner) for key, inner in kind[1].items()}
        return {
            "maybe": lambda: self.sample(kind[1]),
            "list": lambda: [self.sample(kind[1])],
            "map": lambda: {"key": self.sample(kind[1])},
            "enum": lambda: kind[1][0],
            "bool": lambda: True,
            "int": lambda: 1,
            "float": lambda: 1.5,
            "string": lambda: "61",
            "object": dict,
        }[name]()

    def wrong(self, kind):
        """Values of every JSON type that is not this one."""
        inner = kind[1] if kind[0] == "maybe" else kind
        found = []
        for value in (None, True, 7, 1.5, "no such word", [], [None], [[7]], {}, {"a": 7}):
            try:
                self.check(value, kind, "")
            except Faulty:
                # A whole number may stand for a float, and an empty list is a list.
                if not (inner[0] == "float" and value == 7):
                    found.append(value)
        return found
