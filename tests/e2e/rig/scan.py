"""`sallyport scan` on files that a test makes."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

from .gate import binary

E2E = Path(__file__).resolve().parents[1]
SEVERITIES = ["info", "low", "medium", "high", "critical"]


def scan(*arguments, cwd=None, program=None, timeout=600):
    """Runs it; the process that has ended, its output as bytes."""
    return subprocess.run([os.fspath(program or binary()), "scan", *map(os.fspath, arguments)], cwd=cwd,
                          capture_output=True, timeout=timeout,
                          env=dict(os.environ) | {"NO_COLOR": "1"}, check=False)


def report(*arguments, **more):
    """What it says as JSON."""
    return json.loads(scan(*arguments, "--format", "json", **more).stdout)


def severities(target):
    """The severities of what was found in it."""
    return [finding["severity"] for finding in target["findings"]]


def worst(target):
    """The worst of them, as a number; -1: there is none."""
    return max((SEVERITIES.index(one) for one in severities(target)), default=-1)


def as_expected(case, target):
    """Whether `target` is what `case` has to be."""
    if case.expected == "benign":
        return worst(target) < SEVERITIES.index("high")
    return worst(target) >= SEVERITIES.index(case.expected)


def made_cases():
    """Every case of scan_cases/*.py, with the module it is of."""
    folder = E2E / "scan_cases"
    for place in (E2E, folder):  # modules say `from .case` or `from case`
        if str(place) not in sys.path:
            sys.path.insert(0, str(place))
    for file in sorted(folder.glob("*.py")):
        module = importlib.import_module(f"scan_cases.{file.stem}")
        if hasattr(module, "cases"):
            for case in module.cases():
                yield file.stem, case


def write_cases(folder):
    """Writes each case into a folder of its own below `folder`; pairs of its path and the case."""
    written = []
    for number, (module, case) in enumerate(made_cases()):
        path = Path(folder) / module / f"{number:04}" / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.content)
        written.append((path, module, case))
    return written
