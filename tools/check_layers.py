#!/usr/bin/python3
"""Refuses an #include that src/LAYERS does not allow.

usage: check_layers.py [ROOT]

Reads ROOT/src/LAYERS (default: the working directory) and every source file below ROOT/src. A room
may include its own headers, those of the rooms in its row, and a third-party header only where the
header's row names it. Prints `file:line: message` for each offence; exit status 1 when there is one,
2 when the table itself is wrong.
"""

import re
import sys
from pathlib import Path

SOURCES = {".h", ".cc", ".def", ".inc"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(.*)$')
LITERAL = re.compile(r'^([<"])([^>"]+)[>"]')
# Headers that only tests, benches and fuzz targets may include, whatever their room.
TEST_ONLY = ("gtest/", "gmock/", "benchmark/")
TEST_FILE = re.compile(r"_(test|bench|fuzz)\.cc$")


class Layers:
    """The table: which rooms a room may include, and who may include a third-party header."""

    def __init__(self, text):
        self.rooms = {}
        self.headers = []  # (prefix, rooms), the longest prefix first
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("<"):
                prefix, _, rooms = line[1:].partition(">")
                if not prefix or not rooms.split():
                    raise ValueError(f"line {number}: `{line}` is no `<header> room`")
                self.headers.append((prefix, rooms.split()))
                continue
            room, colon, allowed = line.partition(":")
            if not colon or not re.fullmatch(r"[a-z]+", room):
                raise ValueError(f"line {number}: `{line}` is no `room: rooms`")
            if room in self.rooms:
                raise ValueError(f"line {number}: room `{room}` stands twice")
            names = allowed.split()
            for name in names:
                # A room names only rooms above it: the table cannot hold a cycle.
                if name != "*" and name not in self.rooms:
                    raise ValueError(f"line {number}: `{room}` names `{name}`, which is not above it")
            self.rooms[room] = set(self.rooms) if names == ["*"] else set(names)
        for prefix, rooms in self.headers:
            for room in rooms:
                if room not in self.rooms:
                    raise ValueError(f"`<{prefix}>` names `{room}`, which is no room")
        self.headers.sort(key=lambda row: -len(row[0]))

    def offence(self, room, is_test, quote, header):
        """What is wrong with this include in `room`; None when it is allowed."""
        if quote == '"':
            target = header.partition("/")[0]
            if target == "support" and is_test:
                return None
            if "/" not in header or target not in self.rooms:
                return f'"{header}" names no room; write "room/file.h"'
            if target != room and target not in self.rooms[room]:
                allowed = " ".join(sorted(self.rooms[room])) or "nothing else"
                return f"`{room}` may not include `{header}`; its row allows: {allowed}"
            return None
        if header.startswith(TEST_ONLY) and not is_test:
            return f"`<{header}>` belongs in a test or a bench"
        if header.partition("/")[0] in self.rooms and "/" in header:
            return f"`<{header}>` is ours; include it with quotes"
        for prefix, rooms in self.headers:
            if header == prefix or (prefix.endswith("/") and header.startswith(prefix)):
                if room not in rooms:
                    return f"`<{header}>` may be included by {', '.join(rooms)} only"
                return None
        return None


def includes(text):
    """Yields (line number, quote, header); the quote is empty when the header is no literal."""
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            literal = LITERAL.match(found.group(1))
            yield (number, *literal.groups()) if literal else (number, "", found.group(1))


def check(root):
    """The offences of the tree at `root`, as text lines."""
    layers = Layers((root / "src" / "LAYERS").read_text())
    out = []
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in SOURCES or not path.is_file():
            continue
        relative = path.relative_to(root)
        room = relative.parts[1]
        if room not in layers.rooms:
            out.append(f"{relative}:1: `{room}` has no row in src/LAYERS")
            continue
        is_test = TEST_FILE.search(path.name) is not None
        for number, quote, header in includes(path.read_text(errors="replace")):
            what = (layers.offence(room, is_test, quote, header) if quote
                    else f"`{header}` is no literal header name")
            if what:
                out.append(f"{relative}:{number}: {what}")
    return out


def main(argv):
    root = Path(argv[1]) if len(argv) > 1 else Path(".")
    try:
        offences = check(root)
    except (OSError, ValueError) as error:
        print(f"src/LAYERS: {error}", file=sys.stderr)
        return 2
    for line in offences:
        print(line)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
