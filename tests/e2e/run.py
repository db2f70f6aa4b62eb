#!/usr/bin/python3
"""End-to-end tests: the real binary, real sockets, the official clients.

    run.py [-v] [NAME ...]     all tests, or those whose name contains one of NAME

SALLYPORT names the program under test (else the first of build/dev, build/release); SALLY_E2E_KEEP
keeps the folder of a gate whose test failed; SALLY_CORPORA is where the conformance corpora lie.
Ends with a line `N passed, N failed, N skipped`.
"""

import argparse
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rig.gate import binary  # noqa: E402


class Result(unittest.TextTestResult):
    """Counts a subtest as a test, and tells how long each took."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.passed = 0
        self.bad = 0
        self.began = 0.0

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        if self.showAll:
            self.stream.write(f"{time.monotonic() - self.began:.1f} s ")
        super().addSuccess(test)

    def addSubTest(self, test, subtest, error):
        self.passed += error is None
        self.bad += error is not None
        super().addSubTest(test, subtest, error)

    def addFailure(self, test, error):
        self.bad += 1
        super().addFailure(test, error)

    def addError(self, test, error):
        self.bad += 1
        super().addError(test, error)


def chosen(suite, names):
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from chosen(one, names)
        elif not names or any(name in one.id() for name in names):
            yield one


def main():
    parser = argparse.ArgumentParser(description="End-to-end tests of the real binary.")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    print(f"testing {binary()}")
    suite = unittest.defaultTestLoader.discover(str(Path(__file__).parent), "test_*.py")
    runner = unittest.TextTestRunner(verbosity=2 if options.verbose else 1, resultclass=Result)
    result = runner.run(unittest.TestSuite(chosen(suite, options.names)))
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    print(f"{result.passed} passed, {result.bad} failed, {len(result.skipped)} skipped")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
