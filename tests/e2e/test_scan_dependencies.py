"""`sallyport scan` with a database of advisories: where it is found, how old it may be, what it says."""

import datetime
import json
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from rig.gate import binary
from rig.scan import report, scan

CORPORA = Path(os.environ.get("SALLY_CORPORA", "../shared/corpora"))


def record(modified, severity="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"):
    return json.dumps({"id": "GHSA-0000-0000-0001", "aliases": ["CVE-2024-0001"], "modified": modified,
                       "summary": "runs code", "severity": [{"type": "CVSS_V3", "score": severity}],
                       "affected": [{"package": {"ecosystem": "PyPI", "name": "some-model"},
                                     "ranges": [{"type": "ECOSYSTEM",
                                                 "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}]})


class Advisories(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.project = self.folder / "project"
        self.project.mkdir()
        (self.project / "requirements.txt").write_text("Some_Model==1.0\n")
        self.database = self.folder / "db"
        archive = self.database / "osv-scanner" / "PyPI" / "all.zip"
        archive.parent.mkdir(parents=True)
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("GHSA-0000-0000-0001.json", record(today))

    def old(self):
        folder = self.folder / "old"
        folder.mkdir()
        (folder / "a.json").write_text(record("2020-01-01T00:00:00Z"))
        return folder

    def test_a_vulnerable_pin_fails_and_says_what_repairs_it(self):
        done = scan(self.project, "--advisories", self.database)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"fixed in 1.2", done.stdout)
        self.assertIn(b"CVE-2024-0001", json.dumps(report(self.project, "--advisories", self.database)).encode())
        self.assertIn(b"1 records", done.stderr)
        self.assertNotIn(b"warning", done.stderr)

    def test_without_a_database_packages_are_not_judged(self):
        self.assertEqual(scan(self.project).returncode, 0)

    def test_the_variable_of_osv_scanner_is_honoured(self):
        done = subprocess.run([os.fspath(binary()), "scan", os.fspath(self.project)], capture_output=True, check=False,
                              env=dict(os.environ) | {"OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY": os.fspath(self.database)})
        self.assertEqual(done.returncode, 1)

    def test_an_old_database_warns_or_fails(self):
        old = self.old()
        done = scan(self.project, "--advisories", old, "--fail-on", "critical", "--stale", "warn")
        self.assertIn(b"warning: the advisories of all ecosystems are older than 7 days", done.stderr)
        self.assertEqual(scan(self.project, "--advisories", old, "--stale", "fail").returncode, 3)
        self.assertEqual(scan(self.project, "--advisories", old, "--stale", "fail",
                              "--max-advisory-age", "100000").returncode, 1)

    def test_a_folder_without_records_is_wrong_usage(self):
        self.assertEqual(scan(self.project, "--advisories", self.project).returncode, 2)

    @unittest.skipUnless((CORPORA / "advisories").is_dir(), "no corpora")
    def test_the_snapshot_of_the_python_authority_is_read(self):
        (self.project / "requirements.txt").write_text("tensorflow==2.4.0\n")
        found = report(self.project, "--advisories", CORPORA / "advisories")
        self.assertGreater(len(found["targets"][0]["findings"]), 100)


if __name__ == "__main__":
    unittest.main()
