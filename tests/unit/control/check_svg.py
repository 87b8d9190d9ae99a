#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: check_svg.py REPLY.json PICTURE.svg [PICTURE.png]

Reads a picture back with an XML parser and compares its texts with the entries that it was drawn
from; looks at its pixels. Exit status 1 and a sentence when something is wrong.
"""
import json
import struct
import sys
import unicodedata
import xml.etree.ElementTree as ET
import zlib

SVG = "{http://www.w3.org/2000/svg}"
SIDES = {"phone": "phone", "ap": "access point", "cloud": "cloud"}
TITLE_MAX = 1024


def shown(text):
    """What is expected of a text: what cannot be shown is U+FFFD."""
    def one(char):
        code = ord(char)
        if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs") and code != 0xAD:
            return "\ufffd"
        return "\ufffd" if code & 0xFFFE == 0xFFFE else char
    return "".join(one(char) for char in text)


def fail(words):
    print("check_svg:", words, file=sys.stderr)
    sys.exit(1)


def expect(condition, words):
    if not condition:
        fail(words)


def row_title(entry, start):
    side_from, side_to = (SIDES.get(entry.get(key, ""), "device") for key in ("from", "to"))
    offset = entry["t_us"] - start
    way = side_from if side_from == side_to else side_from + " to " + side_to
    return f"+{offset // 1000000}.{offset // 1000 % 1000:03} s, {way}: {shown(entry['event'])}"


def check_entry(entry, start, group, texts):
    title = group.find(SVG + "title").text
    front = row_title(entry, start)
    expect(title.startswith(front) or len(front) >= TITLE_MAX, f"{title!r} is not {front!r}")
    detail = entry.get("detail", {})
    reason = detail.get("reason", "")
    failed = reason not in ("", "OK")
    length = 0
    for key, value in detail.items():
        length += len(key.encode()) + len(value.encode()) + 3
        if key in ("reason", "text") or not value or length > 1000:
            continue
        expect(f"{shown(key)}={shown(value)}" in title, f"no {key}={value!r} in {title!r}")
    if failed:
        expect(shown(reason)[:20] in title, f"no {reason} in {title!r}")
        lines = [element.text or "" for element in group.iter(SVG + "text")]
        expect(any(line.startswith(shown(reason)[:20]) for line in lines), f"{reason} is not told")
        expect(any(element.get("stroke") == "#d93025" for element in group.iter()), "no cross")
    words = [element.text or "" for element in group.iter(SVG + "text")]
    event = shown(entry["event"]).strip()
    cut = [word[:-1].rstrip() for word in words if word.endswith("\u2026")]
    # a picture of many rows has the details behind the words
    expect(not event or any(word == event or word.startswith(event) for word in words)
           or any(part and event.startswith(part) for part in cut),
           f"{event!r} is not among {words!r}")
    texts.extend(words)


def check_tree(reply, path):
    tree = ET.parse(path).getroot()
    expect(tree.tag == SVG + "svg" and tree.get("version") == "1.1", "this is no SVG 1.1")
    for element in tree.iter():
        expect(element.tag.startswith(SVG), f"{element.tag} is of another namespace")
        expect(element.tag[len(SVG):] in
               ("svg", "title", "rect", "text", "path", "g", "circle"), f"{element.tag}: why?")
        for name in element.attrib:
            expect(not name.startswith("on") and "href" not in name, f"{name} is not passive")
    width = int(tree.get("viewBox").split()[2])
    for element in tree.iter(SVG + "text"):
        expect(0 <= int(element.get("x")) <= width, "a text is outside")
        expect(len(element.text) < 200, "a text is too long")
    entries = reply["entries"]
    groups = tree.findall(SVG + "g")
    expect(len(groups) == len(entries), f"{len(groups)} rows of {len(entries)} entries")
    texts = []
    for entry, group in zip(entries, groups):
        check_entry(entry, entries[0]["t_us"], group, texts)
    heads = [element.text for element in tree.findall(SVG + "text")]
    for side, name in SIDES.items():
        there = any(side in (entry.get("from"), entry.get("to")) for entry in entries)
        expect((name in heads) == there, f"{name}: {there} was expected")
    expect(heads[0].startswith(f"session {reply['session']}: "), f"the title is {heads[0]!r}")
    return tree


def unfilter(kind, line, before, step):
    """One line of a PNG (RFC 2083, 6)."""
    if kind == 0:
        return line
    if kind == 2 and not any(line):
        return bytearray(before)
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        up = before[i]
        if kind == 1:
            add = left
        elif kind == 2:
            add = up
        elif kind == 3:
            add = (left + up) // 2
        else:
            corner = before[i - step] if i >= step else 0
            guess = left + up - corner
            add = min((left, up, corner), key=lambda one, at=guess: abs(at - one))
        line[i] = (line[i] + add) & 255
    return line


def read_png(path):
    with open(path, "rb") as file:
        data = file.read()
    expect(data[:8] == b"\x89PNG\r\n\x1a\n", "this is no PNG")
    at, packed, header = 8, b"", None
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        header = struct.unpack(">IIBBBBB", body) if name == b"IHDR" else header
        packed += body if name == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour = header[:4]
    expect(depth == 8 and colour in (2, 6), f"depth {depth}, colour type {colour}")
    return width, height, 3 if colour == 2 else 4, zlib.decompress(packed)


def check_pixels(reply, tree, path):
    width, height, step, raw = read_png(path)
    expect((width, height) == (int(tree.get("width")), int(tree.get("height"))),
           f"the picture is {width} x {height}")
    if width * height > 3000000:
        expect(len(set(raw[:width * step * 4000])) > 20, "the picture is blank")
        return
    before, colours, red, edge = bytearray(width * step), set(), 0, 0
    for y in range(height):
        at = y * (width * step + 1)
        line = unfilter(raw[at], bytearray(raw[at + 1:at + 1 + width * step]), before, step)
        pixels = set(zip(line[0::step], line[1::step], line[2::step]))
        red += any(r > 200 and g < 70 and b < 60 for r, g, b in pixels)
        edge += any(max(line[x * step:x * step + 3]) < 128 for x in range(width - 4, width))
        colours |= pixels
        before = line
    failed = any(entry.get("detail", {}).get("reason", "OK") not in ("OK", "")
                 or entry["state"] == "failed" for entry in reply["entries"])
    expect(len(colours) > 20, "the picture is blank")
    expect((red > 8) == failed, f"red in {red} lines, failed: {failed}")
    expect(edge == 0, "something reaches the right edge")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        reply = json.load(file)["parameters"]
    tree = check_tree(reply, sys.argv[2])
    if len(sys.argv) > 3:
        check_pixels(reply, tree, sys.argv[3])


main()
