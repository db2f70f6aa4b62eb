#!/usr/bin/python3
"""Runs clang-tidy 19 over the sources that changed, or over all.

usage: tidy.py [--all] [--base REVISION] [FILE...]

Changed means: against the merge base with REVISION (default: origin/main, or main; on main itself the
previous commit), and what is not committed. A change of .clang-tidy changes everything. Tests are
looked at with --all only: they are half of the tree and none of the program. A file whose
preprocessed text and checks were clean before is not read again (build/tidy). Exit status 1 when
there is a warning.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

CACHE = Path("build/tidy")
DATABASE = Path("build/dev/compile_commands.json")
TIDY = "clang-tidy-19"
TEST = re.compile(r"_(test|fuzz|bench)\.cc$|^tests/")


def git(*args):
    done = subprocess.run(["git", *args], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def base_revision(asked):
    for name in [asked] if asked else ["origin/main", "main"]:
        base = git("merge-base", "HEAD", name)
        if base:
            return base if base != git("rev-parse", "HEAD") else git("rev-parse", "HEAD~1")
    return ""


def changed_files(base):
    names = git("diff", "--name-only", "--diff-filter=d", base).splitlines() if base else []
    return set(names) | set(git("ls-files", "--others", "--exclude-standard").splitlines())


def affected(entries, changed):
    """The sources that changed, and one source for each header that did: its own, by name."""
    out = {}
    for name, entry in entries.items():
        path = Path(name)
        if TEST.search(name):
            continue
        if name in changed or str(path.with_suffix(".h")) in changed:
            out[name] = entry
    return out


def fingerprint(entry, checks):
    """Of everything the verdict depends on; empty when the file does not preprocess."""
    command = shlex.split(entry["command"])
    if "ccache" in command[0]:
        command = command[1:]
    cut = command.index("-o")
    command = command[:cut] + command[cut + 2:]
    command[command.index("-c")] = "-E"
    done = subprocess.run(command, cwd=entry["directory"], capture_output=True)
    if done.returncode != 0:
        return ""
    return hashlib.sha256(checks + done.stdout).hexdigest()


def run(name, entry, checks):
    """The warnings in `name`; empty when it is clean."""
    key = fingerprint(entry, checks)
    known = CACHE / key
    if key and known.exists():
        return ""
    done = subprocess.run([TIDY, "--quiet", "-p", str(DATABASE.parent), name],
                          capture_output=True, text=True)
    if done.returncode == 0:
        if key:
            known.touch()
        return ""
    return done.stdout or done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--base", default="")
    parser.add_argument("files", nargs="*")
    asked = parser.parse_args()

    here = Path.cwd()
    entries = {}
    for entry in json.loads(DATABASE.read_text()):
        path = Path(entry["file"])
        if path.is_relative_to(here) and not path.is_relative_to(here / "build"):
            entries[str(path.relative_to(here))] = entry
    if asked.files:
        entries = {name: entries[name] for name in asked.files}
    elif not asked.all:
        base = base_revision(asked.base)
        changed = changed_files(base)
        if ".clang-tidy" in changed:
            changed = set(entries)
        entries = affected(entries, changed)

    CACHE.mkdir(parents=True, exist_ok=True)
    checks = Path(".clang-tidy").read_bytes()
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(run, name, entry, checks): name for name, entry in entries.items()}
        for job in concurrent.futures.as_completed(jobs):
            if job.result():
                bad += 1
                print(job.result())
    print(f"{len(entries)} files, {bad} with warnings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
