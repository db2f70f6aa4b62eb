"""`sallyport scan`, as somebody uses it who has only its help: made files, every output, every exit
status, waivers and baselines."""

import datetime
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

from rig import schemas
from rig.gate import binary
from rig.scan import as_expected, made_cases, report, scan, severities, write_cases


def safetensors(*spans, size):
    header = json.dumps({f"t{n}": {"dtype": "U8", "shape": [end - begin], "data_offsets": [begin, end]}
                         for n, (begin, end) in enumerate(spans)}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


GOOD = safetensors((0, 8), (8, 16), size=16)
BAD = safetensors((0, 8), (4, 12), size=12)  # two tensors overlap: high
# Names that end a string, a tag, a line or a terminal's patience; and one that is no UTF-8.
NAMES = [b"a]]>.safetensors", b"b\x1b[2J\x1b]0;owned\x07.safetensors", b"c\xff\xfe.safetensors",
         b"d&<x y=\"z\">.safetensors", b"e\nf.safetensors", b"g%00\\u0000'.safetensors",
         "h\u202e\uffff.safetensors".encode(), b"--help.safetensors", b"c:d.safetensors"]


class InFolder(unittest.TestCase):
    """A folder with a good model and a bad one."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sally-scan-", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "models").mkdir()
        self.good = self.folder / "models/good.safetensors"
        self.bad = self.folder / "models/bad.safetensors"
        self.good.write_bytes(GOOD)
        self.bad.write_bytes(BAD)

    def scan(self, *arguments, status=None):
        done = scan(*arguments, cwd=self.folder)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
        return done

    def waiver(self, **more):
        row = {"rule": "safetensors-layout", "path": "models/*.safetensors", "owner": "alice",
               "reason": "made by us", "expires": "2999-12-31"} | more
        (self.folder / "waivers.yaml").write_text(
            "waivers:\n  - " + "\n    ".join(f"{key}: '{value}'" for key, value in row.items()) + "\n")


class FirstUse(InFolder):
    def test_a_folder_with_something_bad_ends_with_1_and_says_what_to_do(self):
        text = self.scan("models", status=1).stdout.decode()
        self.assertIn("models/bad.safetensors: malicious", text)
        self.assertIn("safetensors-layout", text)
        self.assertIn("to do", text)
        self.assertIn("2 files", text)
        self.assertNotIn("good.safetensors", text)

    def test_a_good_file_ends_with_0(self):
        self.assertIn("1 clean", self.scan("models/good.safetensors", status=0).stdout.decode())

    def test_what_cannot_be_read_ends_with_3_and_is_a_finding(self):
        text = self.scan("models/good.safetensors", "models/none", status=3).stdout.decode()
        self.assertIn("models/none: unreadable", text)
        self.assertIn("no-file", text)

    def test_a_pipe_and_a_folder_without_permission_do_not_hold_it_up(self):
        os.mkfifo(self.folder / "pipe")
        self.scan("pipe", status=3)

    def test_wrong_usage_ends_with_2_and_a_hint(self):
        for arguments in ([], ["models", "--fail-on", "terrible"], ["models", "--format", "pdf"],
                          ["models", "--waivers", "models/good.safetensors"],
                          ["models", "--baseline", "models/good.safetensors"],
                          ["models", "--max-time", "soon"], ["models", "--max-unpacked", "much"],
                          ["models", "--output", "sarif="]):
            with self.subTest(arguments):
                self.assertIn(b"hint:", self.scan(*arguments, status=2).stderr)

    def test_nobody_waits_for_a_file_that_cannot_be_written(self):
        self.assertEqual(self.scan("models", "--output", "none/x.json", status=3).stdout, b"")

    def test_the_threshold_decides(self):
        self.scan("models", "--fail-on", "critical", status=0)
        self.scan("models", "--fail-on", "low", status=1)

    def test_quiet_says_nothing_of_what_is_well(self):
        self.assertEqual(self.scan("models/good.safetensors", "--quiet", status=0).stdout, b"")
        self.assertIn(b"bad.safetensors", self.scan("models", "--quiet", status=1).stdout)

    def test_globs_leave_files_and_folders_out(self):
        self.scan(".", "--exclude", "bad.*", status=0)
        self.scan(".", "--exclude", "models", status=0)
        self.scan(".", "--exclude", "models/good*", status=1)
        # Who names a file means it.
        self.scan("models/bad.safetensors", "--exclude", "bad.*", status=1)

    def test_rules_are_told(self):
        self.assertIn(b"safetensors-layout", self.scan("--list-rules", status=0).stdout)
        rules = json.loads(self.scan("--list-rules", "--format", "json", status=0).stdout)["rules"]
        self.assertTrue(all(rule["id"] and rule["help"] for rule in rules))

    def test_a_terminal_gets_a_bar_that_is_gone_in_the_end(self):
        for n in range(300):
            (self.folder / "models" / f"{n}.safetensors").write_bytes(GOOD + bytes(200_000))
        master, slave = pty.openpty()
        process = subprocess.Popen([binary(), "scan", "models"], cwd=self.folder, stderr=slave,
                                   stdout=subprocess.DEVNULL, env=os.environ | {"TERM": "xterm"})
        os.close(slave)
        seen = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        process.wait(60)
        os.close(master)
        if seen:  # it may be over before there is anything to show
            self.assertIn(b"files", seen)
            self.assertTrue(seen.endswith(b"\x1b[K"), seen[-80:])


class Waivers(InFolder):
    def test_a_waived_finding_does_not_fail_and_stays_visible(self):
        self.waiver()
        text = self.scan("models", "--waivers", "waivers.yaml", status=0).stdout.decode()
        self.assertIn("waived by alice until 2999-12-31: made by us", text)

    def test_a_waiver_that_is_over_fails(self):
        yesterday = datetime.date.today() - datetime.timedelta(days=2)
        self.waiver(expires=yesterday.isoformat())
        text = self.scan("models", "--waivers", "waivers.yaml", status=1).stdout.decode()
        self.assertIn("waiver-expired", text)
        self.scan("models/good.safetensors", "--waivers", "waivers.yaml", "--fail-on", "critical",
                  status=1)

    def test_a_waiver_for_other_content_does_not_count(self):
        self.waiver(sha256="0" * 64)
        self.scan("models", "--waivers", "waivers.yaml", status=1)

    def test_a_waiver_without_an_owner_is_refused(self):
        self.waiver(owner="")
        done = self.scan("models", "--waivers", "waivers.yaml", status=2)
        self.assertIn(b"`owner`", done.stderr)

    def test_an_unknown_key_is_refused_with_what_was_meant(self):
        self.waiver(expire="2999-12-31")
        done = self.scan("models", "--waivers", "waivers.yaml", status=2)
        self.assertIn(b"did you mean `expires`", done.stderr)


class Baselines(InFolder):
    def test_only_what_is_new_fails(self):
        self.scan("models", "--write-baseline", "baseline.json", status=0)
        self.scan("models", "--baseline", "baseline.json", status=0)
        (self.folder / "models/worse.safetensors").write_bytes(BAD)
        text = self.scan("models", "--baseline", "baseline.json", status=1).stdout.decode()
        self.assertIn("worse.safetensors", text)
        self.assertNotIn("bad.safetensors:", text)
        self.assertIn("1 known before", text)

    def test_a_finding_that_moved_is_known_all_the_same(self):
        self.scan("models", "--write-baseline", "baseline.json", status=0)
        self.bad.write_bytes(safetensors((0, 8), (8, 4000), (3000, 5000), size=5000))
        done = self.scan("./models", "--baseline", "baseline.json", "--format", "json")
        rules = {finding["rule"] for target in json.loads(done.stdout)["targets"]
                 for finding in target["findings"]}
        self.assertEqual(rules, {"safetensors-layout"})


class Outputs(InFolder):
    def test_json_is_the_contract(self):
        document = json.loads(self.scan("models", "--format", "json", status=1).stdout)
        bad = next(t for t in document["targets"] if t["path"] == "models/bad.safetensors")
        self.assertLessEqual({"path", "sha256", "format", "verdict", "findings"}, set(bad))
        self.assertEqual(bad["verdict"], "malicious")
        for finding in bad["findings"]:
            self.assertLessEqual({"rule", "severity", "offset", "message", "evidence", "references"},
                                 set(finding))
        self.assertEqual(document["summary"]["targets"], 2)

    def test_several_outputs_are_written_in_one_run(self):
        done = self.scan("models", "--output", "sarif=a.sarif", "--output", "cyclonedx=b.json",
                         "--output", "junit=c.xml", "--output", "spdx=d.json", "--output", "e.txt",
                         status=1)
        self.assertIn(b"malicious", done.stdout)
        self.assertEqual(json.loads((self.folder / "a.sarif").read_text())["version"], "2.1.0")
        self.assertEqual(json.loads((self.folder / "b.json").read_text())["specVersion"], "1.6")
        self.assertEqual(xml.etree.ElementTree.parse(self.folder / "c.xml").getroot().tag, "testsuites")
        self.assertIn("@graph", json.loads((self.folder / "d.json").read_text()))
        self.assertIn("malicious", (self.folder / "e.txt").read_text())

    def test_a_file_for_the_format_leaves_text_on_standard_output(self):
        done = self.scan("models", "--format", "sarif", "--output", "scan.sarif", status=1)
        self.assertIn(b"malicious", done.stdout)
        self.assertTrue((self.folder / "scan.sarif").exists())

    def test_waivers_are_suppressions_and_vex(self):
        self.waiver(decision="not_affected")
        with_waivers = ["models", "--waivers", "waivers.yaml", "--format"]
        sarif = json.loads(self.scan(*with_waivers, "sarif", status=0).stdout)
        self.assertTrue(all(result["suppressions"] for result in sarif["runs"][0]["results"]))
        vex = json.loads(self.scan(*with_waivers, "cyclonedx", status=0).stdout)
        self.assertEqual({one["analysis"]["state"] for one in vex["vulnerabilities"]},
                         {"not_affected"})

    def test_spdx_names_every_element_and_refers_to_none_that_is_not_there(self):
        graph = json.loads(self.scan("models", "--format", "spdx", status=1).stdout)["@graph"]
        ids = [one["spdxId"] for one in graph if "spdxId" in one]
        self.assertEqual(len(ids), len(set(ids)))
        for one in graph:
            for key in ("from", "to", "element", "rootElement", "createdBy", "createdUsing"):
                value = one.get(key, [])
                for other in [value] if isinstance(value, str) else value:
                    self.assertIn(other, ids, key)
        self.assertIn("ai_AIPackage", {one["type"] for one in graph})

    def hostile(self):
        folder = os.fsencode(self.folder / "hostile")
        os.mkdir(folder)
        for name in NAMES:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(BAD)

    def test_hostile_names_break_no_output(self):
        self.hostile()
        for form in ("text", "json", "sarif", "cyclonedx", "spdx", "junit"):
            with self.subTest(form):
                out = self.scan("hostile", "--format", form, status=1).stdout
                text = out.decode()  # is UTF-8
                self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text))
                if form == "junit":
                    suite = xml.etree.ElementTree.fromstring(out)
                    self.assertEqual(suite.get("failures"), str(len(NAMES)))
                elif form != "text":
                    json.loads(out)

    @schemas.needed
    def test_sarif_is_valid_by_its_official_schema(self):
        self.hostile()
        self.waiver()
        sarif = json.loads(self.scan(".", "--waivers", "waivers.yaml", "none", "--format", "sarif").stdout)
        self.assertGreater(len(sarif["runs"][0]["results"]), len(NAMES))
        self.assertEqual(schemas.sarif_problems(sarif), [])

    @schemas.needed
    def test_cyclonedx_is_valid_by_its_official_schema(self):
        self.hostile()
        self.waiver()
        bom = json.loads(self.scan(".", "--waivers", "waivers.yaml", "none", "--format",
                                   "cyclonedx").stdout)
        self.assertGreater(len(bom["vulnerabilities"]), len(NAMES))
        self.assertEqual(schemas.cyclonedx_problems(bom), [])

    @schemas.needed
    def test_the_schemas_can_say_no(self):
        self.assertTrue(schemas.sarif_problems({"version": "2.1.0", "runs": [{}]}))
        self.assertTrue(schemas.cyclonedx_problems({"bomFormat": "CycloneDX", "specVersion": "1.6",
                                                    "components": [{"type": "none"}]}))


EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "scan"


def scripts(node):
    """Every shell script in a tree of YAML: what stands under run, script and before_script."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "script", "before_script"):
                yield value if isinstance(value, str) else "\n".join(value)
            else:
                yield from scripts(value)
    elif isinstance(node, list):
        for item in node:
            yield from scripts(item)


@unittest.skipUnless(yaml, "python3-yaml is not installed")
class Examples(InFolder):
    def read(self, name):
        return yaml.safe_load((EXAMPLES / name).read_text())

    def run_scans_of(self, text):
        """Runs each line of `text` that is a scan, as it stands, where one model is bad."""
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("sallyport scan")]
        path = f"{binary().parent}:{os.environ['PATH']}"
        for line in lines:
            done = subprocess.run(["bash", "-c", line], cwd=self.folder, capture_output=True,
                                  env=os.environ | {"PATH": path}, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, done.stderr.decode())
        return len(lines)

    def test_the_set_ups_for_continuous_integration_run_as_they_stand(self):
        for name in ("github-actions.yml", "gitlab-ci.yml"):
            with self.subTest(name):
                found = list(scripts(self.read(name)))
                for script in found:
                    checked = subprocess.run(["bash", "-n", "-c", script], capture_output=True, check=False)
                    self.assertEqual(checked.returncode, 0, checked.stderr)
                self.assertEqual(self.run_scans_of("\n".join(found)), 1)

    def test_the_files_that_the_set_ups_hand_on_are_those_that_are_written(self):
        self.run_scans_of("\n".join(scripts(self.read("github-actions.yml"))))
        steps = self.read("github-actions.yml")["jobs"]["scan"]["steps"]
        for step in steps:
            for key in ("sarif_file", "path"):
                named = step.get("with", {}).get(key, "")
                if named.endswith((".sarif", ".json")):
                    self.assertTrue((self.folder / named).exists(), named)
        self.run_scans_of("\n".join(scripts(self.read("gitlab-ci.yml"))))
        artifacts = self.read("gitlab-ci.yml")["scan"]["artifacts"]
        for named in [*artifacts["paths"], *artifacts["reports"].values()]:
            self.assertTrue((self.folder / named).exists(), named)

    def test_the_hooks_of_pre_commit_run_on_the_files_they_are_given(self):
        own = self.read("pre-commit-config.yaml")["repos"][0]["hooks"][0]
        published = yaml.safe_load((EXAMPLES.parents[1] / ".pre-commit-hooks.yaml").read_text())[0]
        for hook in (own, published):
            self.assertEqual(hook["language"], "system")
            program, *arguments = hook["entry"].split()
            self.assertEqual(program, "sallyport")
            done = scan(*arguments[1:], self.good, self.bad)
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"bad.safetensors", done.stdout)
            self.assertEqual(scan(*arguments[1:], self.good).returncode, 0)

    def test_the_example_of_waivers_is_read(self):
        self.assertNotEqual(self.scan("models", "--waivers", EXAMPLES / "waivers.yaml").returncode, 2)


class MadeCases(unittest.TestCase):
    """Files that the modules of scan_cases assemble by hand: each has to be seen as what it is."""

    @unittest.skipUnless(list(made_cases()), "no module of scan_cases has cases")
    def test_every_case_is_what_it_says(self):
        with tempfile.TemporaryDirectory(prefix="sally-cases-", dir="/tmp") as folder:
            written = write_cases(folder)
            targets = {target["path"]: target for target in report(folder)["targets"]}
            for path, module, case in written:
                with self.subTest(f"{module}: {case.technique}: {path.parent.name}/{case.name}"):
                    target = targets[str(path)]
                    self.assertTrue(as_expected(case, target),
                                    f"expected {case.expected}, found {severities(target)}: "
                                    f"{[f['rule'] for f in target['findings']]}")

    @unittest.skipUnless(list(made_cases()), "no module of scan_cases has cases")
    def test_there_are_enough_of_them(self):
        expected = [case.expected for _, case in made_cases()]
        self.assertGreaterEqual(len(expected) - expected.count("benign"), 100)
        self.assertGreaterEqual(expected.count("benign"), 60)

    @schemas.needed
    @unittest.skipUnless(list(made_cases()), "no module of scan_cases has cases")
    def test_all_that_is_found_in_them_keeps_every_output_valid(self):
        with tempfile.TemporaryDirectory(prefix="sally-cases-", dir="/tmp") as folder:
            write_cases(folder)
            out = Path(folder) / "out"
            out.mkdir()
            done = scan(folder, "--quiet", "--exclude", "out", "--output", f"sarif={out}/s",
                        "--output", f"cyclonedx={out}/c", "--output", f"junit={out}/j")
            self.assertNotEqual(done.returncode, 2, done.stderr)
            self.assertEqual(schemas.sarif_problems(json.loads((out / "s").read_text())), [])
            self.assertEqual(schemas.cyclonedx_problems(json.loads((out / "c").read_text())), [])
            xml.etree.ElementTree.parse(out / "j")


if __name__ == "__main__":
    unittest.main()
