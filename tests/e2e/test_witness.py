"""The log as an auditor and a witness see it: proofs, damage, forks."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from rig import world
from rig.gate import ROOT, Gate, binary
from rig.http import Client
from rig.wait import PATIENCE, accepts, free_port, until
from rig.world import CHAT, ask

CORPORA = Path(os.environ.get("SALLY_CORPORA", ROOT.parent / "shared" / "corpora"))


def newest_of(folder):
    """The widest partial file below the folder: older ones are not part of the tree any more."""
    return max((file for file in folder.rglob("*") if file.is_file()), key=lambda f: int(f.name))


def size_of(gate):
    file = gate.ledger / "checkpoint"
    return int(file.read_text().splitlines()[1]) if file.exists() else 0


class Witness:
    """`sallyport witness` as a process of its own."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sally-witness-", dir="/tmp"))
        self.port = free_port()
        self.command = [str(binary()), "witness", "--name", "witness.test/w1",
                        "--key", str(self.folder / "key"), "--state", str(self.folder / "state"),
                        "--listen", f"127.0.0.1:{self.port}"]
        self.key = subprocess.run([*self.command, "--print-key"], check=True, text=True,
                                  capture_output=True, timeout=PATIENCE).stdout.strip()
        self.process = None

    def start(self, log):
        self.process = subprocess.Popen([*self.command, "--log", log], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the witness listens", lambda: accepts(self.port))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None

    def configured(self):
        return {"url": f"http://127.0.0.1:{self.port}", "key": self.key}

    def end(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Witnessed(unittest.TestCase):
    """A gate whose log one witness cosigns."""

    def setUp(self):
        self.witness = Witness()
        self.addCleanup(self.witness.end)
        config = world.simple(world.chat_port())
        config["ledger"] = {"folder": "ledger", "key": {"file": "ledger.key"},
                            "origin": "gate.test/log",
                            "witnesses": [self.witness.configured()], "witness_quorum": 1}
        self.gate = Gate(config, environment={"UPSTREAM_KEY": world.UPSTREAM_KEY})
        self.addCleanup(shutil.rmtree, self.gate.folder, True)
        self.gate.start()
        self.addCleanup(self.gate.stop)
        self.app = self.gate.create_key("app")
        self.key = self.gate.run("audit", "key").stdout.strip()
        until("the key's event is below a checkpoint", lambda: size_of(self.gate) >= 1)

    def call(self, times=1):
        """So many requests, all of them below a checkpoint."""
        client = self.gate.client(self.app)
        before = size_of(self.gate)
        for _ in range(times):
            client.post(CHAT, ask())
        until("a checkpoint over them", lambda: size_of(self.gate) >= before + times)

    def cosigned(self):
        text = (self.gate.ledger / "checkpoint").read_text()
        return "— witness.test/w1 " in text

    def audit(self, *arguments):
        return subprocess.run([str(binary()), "audit", *arguments], capture_output=True, text=True,
                              timeout=PATIENCE)

    def verify(self, *arguments):
        return self.audit("verify", str(self.gate.ledger), "--key", self.key, *arguments)

    def test_cosigns_and_is_counted_by_the_auditor(self):
        self.witness.start(self.key)
        self.call(3)
        until("a cosignature", self.cosigned)
        self.gate.stop()
        done = self.verify("--witness", self.witness.key)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^\d+ entries, checkpoint signed \d+ s ago, cosigned by 1 "
                                      r"of 1 witness, all proofs good\n")
        done = self.gate.run("audit", "verify")  # key, witness and folder of the configuration
        self.assertIn("cosigned by 1 of 1 witness, all proofs good", done.stdout)

    def test_away_holds_nothing_up_and_catches_up(self):
        self.call(2)
        until("the log names the witness", lambda: "witness.away" in self.gate.log_text())
        self.assertEqual(self.gate.metrics("/readyz").status, 200)
        self.witness.start(self.key)
        until("a cosignature", self.cosigned)
        until("the log says that it is back", lambda: "witness.back" in self.gate.log_text())
        self.assertEqual(self.gate.log_text().count("witness.away"), 1)
        self.gate.stop()

    def test_refuses_a_log_that_was_rolled_back_and_rewritten(self):
        self.witness.start(self.key)
        self.call(2)
        self.gate.stop()
        backup = self.gate.folder / "backup"
        shutil.copytree(self.gate.ledger, backup)
        self.gate.start()
        self.call(6)
        until("a cosignature", self.cosigned)
        self.gate.stop()
        remembered = {file.name: file.read_bytes()
                      for file in (self.witness.folder / "state").glob("*.checkpoint")}

        shutil.rmtree(self.gate.ledger)
        shutil.copytree(backup, self.gate.ledger)
        self.gate.start()
        until("the gate says that it was rolled back",
              lambda: "witness.contradicts" in self.gate.log_text())
        until("it is not ready", lambda: self.gate.metrics("/readyz").status == 503)
        self.assertIn('sallyport_witness_contradicts{witness="witness.test/w1"} 1',
                      self.gate.metrics().text)
        size = size_of(self.gate)
        answer = self.gate.client(self.app).post(CHAT, ask("after the fork"))
        self.assertEqual(answer.status, 503, answer.text)
        self.gate.stop()
        self.assertEqual(size_of(self.gate), size, "nothing more was signed")
        self.assertEqual(remembered, {file.name: file.read_bytes() for file in
                                      (self.witness.folder / "state").glob("*.checkpoint")})


class WitnessOverHttp(unittest.TestCase):
    """The statuses of c2sp.org/tlog-witness, with a checkpoint that somebody else's log signed."""

    FOLDER = CORPORA / "tlog" / "tessera_sample_log"
    KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

    def setUp(self):
        if not self.FOLDER.exists():
            self.skipTest(f"there is no {self.FOLDER}")
        self.witness = Witness()
        self.addCleanup(self.witness.end)
        self.witness.start(self.KEY)

    def add(self, old, size, edit=str):
        text = edit((self.FOLDER / f"checkpoint.{size}").read_text())
        return Client(self.witness.port).post("/add-checkpoint", f"old {old}\n\n{text}".encode())

    def test_every_answer_has_its_status(self):
        self.assertEqual(Client(self.witness.port).get("/add-checkpoint").status, 405)
        self.assertEqual(Client(self.witness.port).post("/other", b"").status, 404)
        self.assertEqual(Client(self.witness.port).post("/add-checkpoint", b"old\n").status, 400)
        stranger = self.add(0, 7, lambda text: text.replace("example.com/log", "example.org/log"))
        self.assertEqual(stranger.status, 404, stranger.text)
        forged = self.add(0, 7, lambda text: text.replace("\n7\n", "\n8\n"))
        self.assertEqual(forged.status, 403, forged.text)
        good = self.add(0, 7)
        self.assertEqual(good.status, 200, good.text)
        self.assertRegex(good.text, r"^— witness\.test/w1 [A-Za-z0-9+/]+=*\n$")
        conflict = self.add(0, 9)
        self.assertEqual((conflict.status, conflict.text), (409, "7\n"))
        self.assertEqual(conflict.fields["content-type"], "text/x.tlog.size")
        self.assertEqual(self.add(7, 9).status, 422)
        self.assertEqual(self.add(7, 7).status, 200)
        self.witness.stop()
        self.witness.start(self.KEY)
        self.assertEqual(self.add(0, 9).text, "7\n", "it remembers")


class Audited(Witnessed):
    """The same log, without its witness, in the hands of an auditor."""

    test_cosigns_and_is_counted_by_the_auditor = None
    test_away_holds_nothing_up_and_catches_up = None
    test_refuses_a_log_that_was_rolled_back_and_rewritten = None

    def setUp(self):
        super().setUp()
        self.call(5)
        self.gate.stop()

    def test_damage_is_found_with_its_place(self):
        self.assertEqual(self.verify().returncode, 0)
        bundle = newest_of(self.gate.ledger / "tile/entries")
        good = bundle.read_bytes()
        at = good.index(b'"app"') + 1
        bundle.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        done = self.verify("--format", "json")
        self.assertEqual(done.returncode, 1, done.stderr)
        problem = json.loads(done.stdout)["problems"][0]
        self.assertEqual(problem["file"], str(bundle.relative_to(self.gate.ledger)))
        self.assertLessEqual(problem["offset"], at)
        self.assertIn("is not the one in the tree", problem["what"])
        bundle.write_bytes(good)
        self.assertEqual(self.verify().returncode, 0)

    def test_one_entry_is_proved_to_somebody_who_has_only_the_key(self):
        event = next(event for event in self.gate.events() if event.get("principal_name") == "app")
        by_id = self.audit("prove", event["id"], "--folder", str(self.gate.ledger))
        self.assertEqual(by_id.returncode, 0, by_id.stderr)
        self.assertEqual(self.gate.run("audit", "prove", event["id"]).stdout, by_id.stdout)
        with tempfile.TemporaryDirectory() as elsewhere:
            file = Path(elsewhere) / "entry.tlog-proof"
            file.write_text(by_id.stdout)
            done = self.audit("verify", "--proof", str(file), "--key", self.key)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(event["id"], done.stdout)
            file.write_text(re.sub("^index .*$", "index 99", by_id.stdout, flags=re.M))
            done = self.audit("verify", "--proof", str(file), "--key", self.key)
            self.assertEqual(done.returncode, 1, done.stdout)

    def test_a_page_of_python_verifies_the_log_too(self):
        script = [str(ROOT / "docs/verify_log.py"), str(self.gate.ledger), self.key]
        done = subprocess.run(["/usr/bin/python3", *script], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("good", done.stdout)
        tile = newest_of(self.gate.ledger / "tile/0")
        good = tile.read_bytes()
        tile.write_bytes(bytes([good[0] ^ 1]) + good[1:])
        done = subprocess.run(["/usr/bin/python3", *script], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stdout)
        tile.write_bytes(good)

    def test_the_commands_by_hand_do_what_the_document_says(self):
        text = (ROOT / "docs/verification.md").read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
        self.assertEqual(len(blocks), 2)
        with tempfile.TemporaryDirectory() as out:
            environment = {"PATH": "/usr/bin:/bin", "VKEY": self.key, "OUT": out}
            done = [subprocess.run(["bash", "-e", "-c", block], cwd=self.gate.ledger, text=True,
                                   env=environment, capture_output=True) for block in blocks]
        self.assertEqual(done[0].returncode, 0, done[0].stdout + done[0].stderr)
        leaf, stored = done[1].stdout.split()
        self.assertEqual(leaf, stored)


if __name__ == "__main__":
    unittest.main()
