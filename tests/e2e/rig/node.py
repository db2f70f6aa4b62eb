"""Runs the scenarios of an official client in node."""

import json
import os
import subprocess
import unittest

from .wait import PATIENCE
from .world import NODE


def available():
    return (NODE.parent / "node_modules" / "openai").is_dir()


needed = unittest.skipUnless(available(), "the npm packages are not installed")


def scenarios(test, script, given, ca=None):
    """Runs node/SCRIPT; every scenario is a subtest of `test`."""
    environment = dict(os.environ) | {"E2E": json.dumps(given)}
    if ca:
        environment["NODE_EXTRA_CA_CERTS"] = str(ca)
    done = subprocess.run(["node", str(NODE / script)], capture_output=True, text=True,
                          env=environment, cwd=NODE, timeout=PATIENCE * 10)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    test.assertTrue(results, f"{script} told nothing:\n{done.stderr}")
    for result in results:
        with test.subTest(result["name"]):
            if not result["ok"]:
                test.fail(result["error"])
    test.assertEqual(done.returncode, 0, done.stderr)
