"""What is kept of requests, who may destroy it, and what nobody can: capture, holds, backups."""

import base64
import json
import secrets
import shutil
import subprocess
import unittest

from rig import world
from rig.gate import Gate, binary
from rig.upstream import Upstream
from rig.wait import until
from rig.world import CHAT, ask

PROMPT = "the patient is called Ada Lovelace"


def entries(folder):
    """Every entry that the newest checkpoint covers, from the files as the specification has them."""
    checkpoint = folder / "checkpoint"
    if not checkpoint.exists():
        return []
    size = int(checkpoint.read_text().splitlines()[1])
    pruned = folder / "pruned"
    first = int(pruned.read_text()) if pruned.exists() else 0
    out = []
    for index in range(first // 256, (size + 255) // 256):
        path = folder / "tile" / "entries" / f"{index:03}"
        if not path.exists():
            path = path.with_name(f"{index:03}.p") / str(size - index * 256)
        rest = path.read_bytes()
        while rest:
            length = int.from_bytes(rest[:2], "big")
            out.append(json.loads(rest[2:2 + length]))
            rest = rest[2 + length:]
    return out


def change(entry):
    return entry.get("unmapped", {}).get("change")


def contents(folder):
    """Every byte of every file below it."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


class Kept(unittest.TestCase):
    """A gate that keeps content."""

    def setUp(self):
        self.upstream = self.enterContext(Upstream())
        self.gate = Gate(world.simple(self.upstream.port, capture={
            "mode": "content", "folder": "capture", "key": {"file": "capture.key"},
            "end_user_field": "x-user"}), environment=world.ENVIRONMENT)
        self.addCleanup(shutil.rmtree, self.gate.folder, True)
        key_file = self.gate.folder / "capture.key"
        key_file.write_text(secrets.token_hex(32) + "\n")
        key_file.chmod(0o600)
        record = self.gate.create_key_record("app")
        self.key, self.key_id = record["key"], record["id"]
        self.gate.start()
        self.addCleanup(self.gate.stop)

    def ask(self, **fields):
        reply = self.gate.client(self.key).post(CHAT, ask(PROMPT), **fields)
        self.assertEqual(reply.status, 200)
        return reply.fields["sallyport-id"]

    def log(self):
        return entries(self.gate.ledger)

    def entry(self, id):
        return until("the entry is covered", lambda: next(
            (e for e in self.log() if e["metadata"]["uid"] == id), None))

    def changes(self, *names):
        return [change(entry) for entry in self.log() if change(entry) in names]

    def content(self, id):
        done = self.gate.run("audit", "content", id, "--format", "json", check=False)
        return json.loads(done.stdout)["bodies"] if done.returncode == 0 else None

    def officers(self, *names):
        for name in names:
            shown = self.gate_command("audit", "hold", "key", "--name", name, "--out", f"{name}.key")
            (self.gate.folder / f"{name}.pub").write_text(shown)
        return ",".join(f"{name}.pub" for name in names)

    def gate_command(self, *words):
        """A command that takes no configuration."""
        done = subprocess.run([str(binary()), *words], capture_output=True, text=True,
                              cwd=self.gate.folder, check=True, timeout=60)
        return done.stdout

    def place(self, *options):
        done = self.gate.run("audit", "hold", "place", "--matter", "Doe v. Example", "--officers",
                             self.officers("alice", "bob", "carol"), "--threshold", "2",
                             "--format", "json", *options)
        return json.loads(done.stdout)["hold"]

    # --- Capture and forgetting -----------------------------------------------------------------

    def test_content_is_shown_to_who_has_the_key_and_the_look_is_recorded(self):
        id = self.ask()
        bodies = until("the content is written", lambda: self.content(id))
        self.assertEqual([body["direction"] for body in bodies], ["request", "response"])
        self.assertNotIn(b"Lovelace", contents(self.gate.folder / "capture"))
        self.assertNotIn(b"Lovelace", contents(self.gate.ledger))
        entry = self.entry(id)
        self.assertIn("hmac-sha256:", json.dumps(entry))
        for name, body in (("request", bodies[0]), ("response", bodies[1])):
            file = self.gate.folder / name
            file.write_bytes(base64.b64decode(body["content_base64"]))
            self.gate.run("audit", "content", id, f"--{name}", name)
            file.write_bytes(file.read_bytes() + b" ")
            self.assertEqual(self.gate.run("audit", "content", id, f"--{name}", name,
                                           check=False).returncode, 1)
        self.assertIn("content.read", self.changes("content.read"))

    def test_a_forgotten_principal_is_gone_and_the_log_still_proves_itself(self):
        id = self.ask()
        until("the content is written", lambda: self.content(id))
        slot = (self.gate.folder / "capture" / "subjects").read_bytes()[128:256]
        before = self.entry(id)
        self.gate.run("audit", "forget", "--principal", self.key_id, "--reason", "request 4711")
        self.assertIsNone(self.content(id))
        left = contents(self.gate.folder / "capture")
        for place in range(44, 96):
            self.assertNotIn(slot[place:place + 8], left)
        self.assertEqual(self.entry(id), before, "the log is as it was")
        self.assertEqual(self.changes("subject.forget"), ["subject.forget"])
        self.entry(self.ask())
        self.gate.run("audit", "verify")

    def test_content_is_read_after_the_keys_were_wrapped_anew(self):
        id = self.ask()
        until("the content is written", lambda: self.content(id))
        refused = self.gate.run("audit", "rekey", check=False)
        self.assertNotEqual(refused.returncode, 0, "a gate is running")
        self.gate.stop()
        self.gate.process = None
        ring = (self.gate.folder / "capture" / "ring").read_bytes()
        self.gate.run("audit", "rekey")
        self.assertNotEqual((self.gate.folder / "capture" / "ring").read_bytes(), ring)
        self.assertIsNotNone(self.content(id))

    def test_an_end_user_is_forgotten_alone(self):
        ada = self.ask(**{"x-user": "ada@example.com"})
        bob = self.ask(**{"x-user": "bob@example.com"})
        until("the content is written", lambda: self.content(ada) and self.content(bob))
        self.gate.run("audit", "forget", "--subject", "ada@example.com")
        self.assertIsNone(self.content(ada))
        self.assertIsNotNone(self.content(bob))
        self.assertNotIn(b"ada@example.com", contents(self.gate.folder / "ledger"))
        done = self.gate.run("audit", "forget", "--subject", "nobody", check=False)
        self.assertEqual(done.returncode, 1)

    # --- Holds ----------------------------------------------------------------------------------

    def test_a_hold_is_lifted_by_two_of_three_and_not_by_the_administrator(self):
        id = self.ask()
        until("the content is written", lambda: self.content(id))
        hold = self.place()

        def forget():
            return self.gate.run("audit", "forget", "--principal", self.key_id, check=False)
        refused = forget()
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn(hold, refused.stderr)
        self.assertIsNotNone(self.content(id))

        statement = self.gate.folder / "release.txt"
        statement.write_text(self.gate.run("audit", "hold", "statement", hold).stdout)

        def sign(name):
            self.gate_command("audit", "hold", "sign", "release.txt", "--key", f"{name}.key",
                              "--name", name)

        def release():
            return self.gate.run("audit", "hold", "release", "release.txt", check=False)
        sign("alice")
        self.assertEqual(release().returncode, 1)
        self.assertEqual(forget().returncode, 1)
        sign("carol")
        self.assertEqual(release().returncode, 0)
        self.assertEqual(forget().returncode, 0)
        self.assertIsNone(self.content(id))
        released = [entry for entry in self.log() if change(entry) == "hold.release"]
        self.assertEqual([entry["status_id"] for entry in released], [2, 1])

    def test_no_file_beside_the_log_lifts_a_hold(self):
        self.ask()
        hold = self.place()
        self.gate.stop()
        self.gate.process = None
        folder = self.gate.folder
        for path in (folder / "state.db", folder / "state.db-wal", folder / "state.db-shm",
                     folder / "ledger" / "pruned"):
            path.unlink(missing_ok=True)
        for path in folder.glob("ledger/index*"):
            path.unlink()
        self.gate.run("key", "list")  # a new, empty state
        done = self.gate.run("audit", "forget", "--principal", self.key_id, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(hold, done.stderr)

    def test_an_altered_log_is_no_way_around_a_hold(self):
        self.ask()
        self.place()
        self.gate.stop()
        self.gate.process = None
        for path in (self.gate.ledger / "tile" / "entries").rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes().replace(b"hold.place", b"hold.plaid"))
        done = self.gate.run("audit", "forget", "--principal", self.key_id, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn("forgotten", done.stdout)

    def release(self, hold, *names):
        statement = self.gate.folder / "release.txt"
        statement.write_text(self.gate.run("audit", "hold", "statement", hold).stdout)
        for name in names:
            self.gate_command("audit", "hold", "sign", "release.txt", "--key", f"{name}.key",
                              "--name", name)
        self.gate.run("audit", "hold", "release", "release.txt")

    def test_what_is_older_than_the_policy_is_pruned_unless_a_hold_keeps_it(self):
        self.gate.stop()
        self.gate.process = None
        config = dict(self.gate.config)
        refused = self.gate.run("audit", "prune", check=False)
        self.assertEqual(refused.returncode, 2, "without a policy nothing is pruned")
        config["ledger"] = config["ledger"] | {"retention": "1s"}
        config["gate"] = config["gate"] | {"limits": {"burst_per_key": 1000}}
        self.gate.write(config)
        self.gate.start()
        for _ in range(260):
            self.ask()
        until("the entries are covered", lambda: len(self.log()) > 256)
        hold = self.place()

        def prune(*options):
            return json.loads(self.gate.run("audit", "prune", "--format", "json", *options).stdout)
        until("they are old enough to go, but held", lambda: prune()["held_by"] == [hold])
        self.assertEqual(prune()["minimum"], 0)
        self.release(hold, "bob", "carol")
        until("they are old enough", lambda: prune("--dry-run")["minimum"] == 256)
        self.assertEqual(len(list(self.gate.ledger.glob("tile/entries/000"))), 1, "only said")
        self.assertEqual(prune()["minimum"], 256)
        self.assertEqual(list(self.gate.ledger.glob("tile/entries/000")), [])
        self.gate.run("audit", "verify")
        self.assertEqual(self.changes("log.prune"), ["log.prune"])
        self.entry(self.ask())
        self.gate.run("audit", "verify")

    # --- Changes --------------------------------------------------------------------------------

    def test_every_change_is_in_the_log_once(self):
        other = self.gate.create_key_record("other")
        self.gate.run("key", "revoke", "other")
        self.gate.reload(dict(self.gate.config) | {"inspection": {"request": "annotate"}})
        until("the changes are in the log",
              lambda: "config.reload" in self.changes("config.reload"))
        self.gate.stop()
        self.gate.process = None
        self.gate.create_key_record("while-no-gate-runs")
        self.gate.start()
        until("the last change is in the log", lambda: len(self.changes("key.create")) == 3)
        self.assertEqual(self.changes("key.create", "key.revoke", "config.reload"),
                         ["key.create", "key.create", "key.revoke", "config.reload", "key.create"])
        by = {change(entry): entry for entry in self.log() if change(entry)}
        self.assertIn("uid=", by["key.revoke"]["actor"]["user"]["name"])
        self.assertEqual(by["key.revoke"]["entity"]["uid"], other["id"])
        self.assertIn("revoked", by["key.revoke"]["entity_result"]["data"])
        self.assertNotIn("revoked", by["key.revoke"]["entity"]["data"])
        self.assertIn("inspection.request", by["config.reload"]["entity_result"]["data"])
        whole = json.dumps(self.log())
        for secret in (self.key, other["key"]):
            self.assertNotIn(secret, whole)

    # --- Backup ---------------------------------------------------------------------------------

    def test_a_backup_is_restored_only_whole_and_only_to_a_new_place(self):
        id = self.ask()
        until("the content is written", lambda: self.content(id))
        key_file = self.gate.folder / "backup.key"
        key_file.write_text(secrets.token_hex(32) + "\n")
        key_file.chmod(0o600)
        self.gate.run("audit", "backup", "--to", "one.sealed", "--recipient-key", "backup.key")
        sealed = self.gate.folder / "one.sealed"
        self.assertNotIn(b"sallyport", sealed.read_bytes())

        def restore(name, to="restored"):
            return self.gate.run("audit", "restore", "--from", name, "--recipient-key",
                                 "backup.key", "--to", to, check=False)
        damaged = bytearray(sealed.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (self.gate.folder / "bad.sealed").write_bytes(damaged)
        (self.gate.folder / "cut.sealed").write_bytes(sealed.read_bytes()[:-1])
        for bad in ("bad.sealed", "cut.sealed"):
            self.assertNotEqual(restore(bad).returncode, 0)
            self.assertFalse((self.gate.folder / "restored").exists())
        done = restore("one.sealed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(restore("one.sealed").returncode, 0, "nothing is overwritten")
        restored = self.gate.folder / "restored"
        self.assertIn(id, [entry["metadata"]["uid"] for entry in entries(restored / "ledger")])

        # What was restored is a log that a gate goes on with.
        self.gate.stop()
        self.gate.process = None
        config = dict(self.gate.config) | {
            "state": "sqlite:restored/state.db",
            "ledger": {"folder": "restored/ledger", "key": {"file": "ledger.key"}},
            "capture": {"mode": "content", "folder": "restored/capture",
                        "key": {"file": "capture.key"}}}
        self.gate.write(config)
        self.gate.ledger = restored / "ledger"
        self.gate.start()
        self.assertIsNotNone(self.content(id))
        again = self.ask()
        self.entry(again)
        self.assertEqual(self.changes("log.restore"), ["log.restore"])


if __name__ == "__main__":
    unittest.main()
