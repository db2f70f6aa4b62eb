#!/usr/bin/python3
"""Differential testing of the Cedar engine against @cedar-policy/cedar-wasm 4.10.0.

usage: run.py [--cases N] [--seed S] [--first I] [--only I] [--keep FOLDER] [--no-reduce]

Answers N generated cases (from number I on) with both engines and compares every answer: what parses,
policies as JSON (both ways) and printed again, strict validation, entities, and for each request
decision, reasons and errors, without a schema and with one. Prints the first cases on which they differ,
shrunk, writes them to FOLDER, and last `N passed, N failed`. --only shows one case with all answers.
Exit status: 0 they agree; 1 they differ; 77 the oracle is not installed.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import engines
import generate
import reduce

CHUNK = 250
SHOWN = 5


def show(both, case, found, options):
    wanted = reduce.kinds(found)
    if not options.no_reduce:
        case = reduce.reduced(case, wanted, both)
        found = both.differences([generate.rendered(case)])[0]
    print(json.dumps(generate.rendered(case), indent=1, ensure_ascii=False))
    for part, oracle, ours in found:
        print(f"  {part}\n    oracle: {json.dumps(oracle)[:1500]}\n    ours:   {json.dumps(ours)[:1500]}")
    sys.stdout.flush()
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--no-reduce", action="store_true")
    parser.add_argument("--binary", type=Path, default=engines.BINARY)
    options = parser.parse_args()
    if not (engines.MODULES / "@cedar-policy" / "cedar-wasm").is_dir():
        print("skipped: the oracle is not installed: tools/install_packages.sh npm")
        return 77
    both = engines.Engines(options.binary)
    if options.only is not None:
        options.first, options.cases = options.only, 1
    started = time.monotonic()
    failed = 0
    seen = {}  # kinds of difference -> how many cases
    for begin in range(options.first, options.first + options.cases, CHUNK):
        numbers = range(begin, min(begin + CHUNK, options.first + options.cases))
        cases = [generate.case_of(options.seed, i) for i in numbers]
        for i, case, found in zip(numbers, cases, both.differences([generate.rendered(c) for c in cases])):
            if not found:
                continue
            failed += 1
            kinds = tuple(sorted(reduce.kinds(found)))
            seen[kinds] = seen.get(kinds, 0) + 1
            if seen[kinds] == 1 and len(seen) <= SHOWN:
                print(f"--- seed {options.seed} case {i}: {', '.join(kinds)}")
                case = show(both, case, found, options)
                if options.keep:
                    options.keep.mkdir(parents=True, exist_ok=True)
                    name = options.keep / f"{options.seed}-{i}.json"
                    name.write_text(json.dumps(generate.rendered(case), indent=1) + "\n")
    for kinds, count in sorted(seen.items(), key=lambda row: -row[1]):
        print(f"{count:6} cases differ in {', '.join(kinds)}")
    print(f"seed {options.seed}, cases {options.first} to {options.first + options.cases - 1}, "
          f"{time.monotonic() - started:.0f} s")
    print(f"{options.cases - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
