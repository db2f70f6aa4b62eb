#!/usr/bin/python3
"""Counts what passed and what failed: prints `N passed, N failed` as the last line.

usage: count_results.py FOLDER STATUS
       count_results.py --output-of-failed LOG

FOLDER holds `ctest.log` (what ctest --verbose printed), where each test binary's own count is
taken when it prints one (GoogleTest, TAP, `N passed, N failed`) and the binary counts as one when it does not, and
`checks.txt` (`ok NAME` or `failed NAME` a line). STATUS is the status so far: where it is not 0 and
nothing was seen to fail, one failure is counted for what never ran. Exit status 1 when any failed.

The second form prints what the tests that failed printed.
"""

import re
import sys
from pathlib import Path

START = re.compile(r"^\s*Start\s+\d+: ")
END = re.compile(r"^\s*\d+/\d+ Test\s+#(\d+): (\S+) \.+\**\s*(\S+)")
OUTPUT = re.compile(r"^(\d+): (.*)$")
# GoogleTest; TAP; the end-to-end tests.
PASSED = re.compile(r"^\[  PASSED  \] (\d+) tests?\.|^# pass (\d+)|^(\d+) passed, \d+ failed")
FAILED = re.compile(r"^\[  FAILED  \] (\d+) tests?, listed below|^# fail (\d+)"
                    r"|^\d+ passed, (\d+) failed")
SKIPPED = re.compile(r"^\[  SKIPPED \] (\d+) tests?, listed below|^# skipped (\d+)"
                     r"|^\d+ passed, \d+ failed, (\d+) skipped")


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


def output_of_failed(text):
    """What the tests that failed printed, as lines."""
    lines = {}
    bad = []
    for line in text.splitlines():
        output, end = OUTPUT.match(line), END.match(line)
        if output:
            lines.setdefault(output.group(1), []).append(output.group(2))
        elif end and end.group(3) != "Passed":
            bad.append((end.group(2), lines.get(end.group(1), [])))
    return [f"{name}: {line}" for name, printed in bad for line in printed]


def count_checks(text):
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    bad = [line[-1] for line in lines if line[0] != "ok"]
    return len(lines) - len(bad), len(bad), bad


def main(argv):
    if argv[1] == "--output-of-failed":
        print("\n".join(output_of_failed(Path(argv[2]).read_text(errors="replace"))))
        return 0
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
