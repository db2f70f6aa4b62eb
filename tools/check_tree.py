#!/usr/bin/python3
"""Refuses what does not belong in a tracked file.

usage: check_tree.py [ROOT]

Paths of somebody's machine, hosts of a package mirror in a lock file, unfinished work (TODO, FIXME),
white space at line ends, headings that a formatter broke, conflict markers, files over 1 MiB
(models: 4 MiB), keys in PEM form, and rooms without a README of 20 to 60 lines. Prints `file:line: message`; exit status 1 when there is one.
"""

import re
import subprocess
import sys
from pathlib import Path

MIB = 1024 * 1024
# (what, pattern, path pattern it is looked for in)
LINE_RULES = (
    ("a path of one machine", re.compile(r"(?<![\w.])/(?:work|home/\w+|root|Users/\w+)/"), r".*"),
    ("unfinished work", re.compile(r"\b(?:TODO|FIXME|XXX)\b"), r"(src|tools|tests|cmake|docs)/"),
    ("a conflict marker", re.compile(r"^(?:<<<<<<<|>>>>>>>) "), r".*"),
    ("white space at the line's end", re.compile(r"[ \t]+$"), r".*\.(h|cc|py|sh|cmake|yaml|json|js|ts)$"),
    ("a package host other than the registry",
     re.compile(r'"resolved": "(?!https://registry\.npmjs\.org/)'), r".*package-lock\.json$"),
    ("a heading that is none: no space", re.compile(r"^ *#+(?!include|define)[A-Za-z]"), r".*\.md$"),
    ("a private key", re.compile(r"^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"), r"(?!tests/).*"),
)
# What was trained comes whole, is part of the program and cannot be made in the build: its corpora are
# not kept here. Nothing but `models/<what>/<name>.model` may be so large.
MODEL = re.compile(r"models/\w+/\w+\.model")
MODEL_LIMIT = 4 * MIB
# This file and its test name what they look for.
OWN = {"tools/check_tree.py", "tools/check_tree_test.py"}
README_LINES = range(20, 61)


def tracked(root):
    out = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True)
    return [name for name in out.stdout.decode().split("\0") if name]


def offences_of(name, data):
    """The offences of one file, as text lines."""
    out = []
    limit = MODEL_LIMIT if MODEL.fullmatch(name) else MIB
    if len(data) > limit:
        out.append(f"{name}:1: {len(data)} bytes; nothing over {limit // MIB} MiB is kept here")
    if b"\0" in data or name in OWN:
        return out
    rules = [(what, rule) for what, rule, where in LINE_RULES if re.match(where, name)]
    for number, line in enumerate(data.decode(errors="replace").split("\n"), 1):
        for what, rule in rules:
            if rule.search(line):
                out.append(f"{name}:{number}: {what}")
    return out


def rooms_without_readme(names, read):
    rooms = {name.split("/")[1] for name in names if name.startswith("src/") and name.count("/") > 1}
    for room in sorted(rooms):
        readme = f"src/{room}/README.md"
        if readme not in names:
            yield f"{readme}:1: the room has none"
        elif read(readme).count(b"\n") not in README_LINES:
            lines = read(readme).count(b"\n")
            yield f"{readme}:1: {lines} lines; 20 to 60 are enough"


def check(root):
    names = [name for name in tracked(root) if (root / name).is_file()]
    out = []
    for name in names:
        out += offences_of(name, (root / name).read_bytes())
    return out + list(rooms_without_readme(names, lambda name: (root / name).read_bytes()))


def main(argv):
    offences = check(Path(argv[1]) if len(argv) > 1 else Path("."))
    for line in offences:
        print(line)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
