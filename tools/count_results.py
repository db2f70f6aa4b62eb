#!/usr/bin/env python3
"""Counts what passed and what failed: prints `N passed, N failed` as the last line.

usage: count_results.py FOLDER STATUS

FOLDER holds `ctest.log` (ctest --output-log with --verbose), where each test binary's own count is
taken when it prints one (GoogleTest, TAP) and the binary counts as one when it does not, and
`checks.txt` (`ok NAME` or `failed NAME` a line). STATUS is the status so far: where it is not 0 and
nothing was seen to fail, one failure is counted for what never ran. Exit status 1 when any failed.
"""

import re
import sys
from pathlib import Path

START = re.compile(r"^\s*Start\s+\d+: ")
END = re.compile(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.+\**\s*(\S+)")
OUTPUT = re.compile(r"^(\d+): (.*)$")
PASSED = re.compile(r"^\[  PASSED  \] (\d+) tests?\.|^# pass (\d+)")
FAILED = re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below|^# fail (\d+)")
SKIPPED = re.compile(r"^\[  SKIPPED \] (\d+) tests?, listed below|^# skipped (\d+)")


def number(match):
    return int(next(group for group in match.groups() if group is not None))


def count_ctest(text):
    """(passed, failed, skipped, names of the tests that failed)."""
    counts = {}  # test number -> [passed, failed, skipped]
    passed = failed = skipped = 0
    bad = []
    for line in text.splitlines():
        output = OUTPUT.match(line)
        if output:
            row = counts.setdefault(output.group(1), [0, 0, 0])
            for column, pattern in enumerate((PASSED, FAILED, SKIPPED)):
                found = pattern.match(output.group(2))
                if found:
                    row[column] += number(found)
            continue
        end = END.match(line)
        if not end:
            continue
        test, name, verdict = end.groups()
        row = counts.get(test, [0, 0, 0])
        good = verdict == "Passed"
        if not good:
            bad.append(name)
        if verdict.startswith("***Skipped") or verdict == "Skipped":
            skipped += 1
            bad.pop()
            continue
        if not any(row):
            row = [1, 0, 0] if good else [0, 1, 0]
        passed += row[0]
        failed += row[1] if good or row[1] else 1
        skipped += row[2]
    return passed, failed, skipped, bad


def count_checks(text):
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    bad = [line[-1] for line in lines if line[0] != "ok"]
    return len(lines) - len(bad), len(bad), bad


def main(argv):
    folder, status = Path(argv[1]), int(argv[2])
    passed = failed = skipped = 0
    bad = []
    log = folder / "ctest.log"
    if log.exists():
        passed, failed, skipped, bad = count_ctest(log.read_text(errors="replace"))
    checks = folder / "checks.txt"
    if checks.exists():
        good, wrong, names = count_checks(checks.read_text())
        passed, failed, bad = passed + good, failed + wrong, bad + names
    if status != 0 and failed == 0:
        failed = 1
        bad.append("the run itself: it ended before its tests did")
    for name in bad:
        print(f"failed: {name}")
    if skipped:
        print(f"skipped: {skipped}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
