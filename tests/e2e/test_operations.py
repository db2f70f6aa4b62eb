"""What an operator does: reload, drain, look, ask why."""

import json
import resource
import signal
import subprocess
import threading
import unittest

from rig import world
from rig.gate import ROOT, Gate, as_access, binary, explanation_id, permit
from rig.upstream import Upstream, chat_chunk
from rig.wait import PATIENCE, accepts, until
from rig.world import CHAT, ask


class Paced:
    """An upstream whose streams send an event and then wait for the test."""

    def __init__(self):
        self.more = threading.Semaphore(0)

    def __call__(self, exchange):
        exchange.begin_events()
        exchange.event(chat_chunk("first, long enough to be let out. " * 10))
        self.more.acquire(timeout=PATIENCE)
        exchange.event(chat_chunk("second"))
        exchange.event("[DONE]")
        exchange.end()


def rest_of(connection):
    body = b""
    while chunk := connection.read_chunk():
        body += chunk
    return body.decode()


class Life(unittest.TestCase):
    def test_a_reload_drops_no_stream_and_takes_force_at_once(self):
        paced = Paced()
        with Upstream(paced) as upstream:
            config = world.simple(upstream.port)
            gate = Gate(config, environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate, client.open(CHAT, ask(stream=True)) as connection:
                self.assertEqual(connection.read_head()[0], 200)
                connection.read_chunk()
                gate.reload(config | {"policies": permit("app", "app", when="context.request.stream")})
                self.assertEqual(client.post(CHAT, ask()).status, 403)
                paced.more.release()
                self.assertIn("second", rest_of(connection))

    def test_a_reload_that_is_wrong_leaves_the_old_in_force(self):
        with Upstream() as upstream:
            config = world.simple(upstream.port)
            gate = Gate(config, environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                gate.reload(config | {"modles": {}}, expect="config.refused")
                self.assertIn("modles", gate.log_text())
                self.assertEqual(client.post(CHAT, ask()).status, 200)
                gate.reload(config)
                self.assertEqual(client.post(CHAT, ask()).status, 200)

    def test_the_gate_drains_on_sigterm(self):
        paced = Paced()
        with Upstream(paced) as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate, client.open(CHAT, ask(stream=True)) as connection:
                self.assertEqual(connection.read_head()[0], 200)
                connection.read_chunk()
                gate.process.send_signal(signal.SIGTERM)
                until("no new connection is taken", lambda: not accepts(gate.port))
                self.assertIn("gate.draining", gate.log_text())
                paced.more.release()
                self.assertIn("[DONE]", rest_of(connection))
                self.assertEqual(gate.stop(None), 0)
                event = gate.events()[-1]
                self.assertEqual((event["outcome"], event["stream"]), ("allowed", True))

    def test_a_gate_that_was_killed_starts_again_with_keys_and_record(self):
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                self.assertEqual(client.post(CHAT, ask()).status, 200)
                gate.stop(signal.SIGKILL)
                gate.start()
                self.assertEqual(client.post(CHAT, ask()).status, 200)
                self.assertEqual([e["status"] for e in gate.events()], [200, 200])
                self.assertEqual(gate.run("audit", "verify").returncode, 0)

    def test_two_gates_do_not_write_one_ledger(self):
        with Upstream() as upstream:
            with Gate(world.simple(upstream.port), environment=world.ENVIRONMENT) as gate:
                done = gate.run("serve", check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn("another process writes the ledger", done.stderr)


class Record(unittest.TestCase):
    def test_what_cannot_be_recorded_is_refused(self):
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            # Without restored signals a write beyond the limit fails instead of killing.
            gate.start(restore_signals=False)
            with gate:
                self.assertEqual(client.post(CHAT, ask()).status, 200)
                pid = gate.process.pid
                limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, limits[1]))
                # The first goes into memory that outlives the gate; it cannot be written from there.
                until("the gate refuses", lambda: client.post(CHAT, ask()).status == 503)
                seen = len(upstream.seen())
                self.assertEqual(client.post(CHAT, ask()).status, 503)
                self.assertEqual(len(upstream.seen()), seen)
                self.assertNotEqual(gate.metrics("/readyz").status, 200)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
                until("the gate serves again", lambda: client.post(CHAT, ask()).status == 200)
                self.assertIn("ledger.recovered", gate.log_text())
                numbers = [event["seq"] for event in gate.events()]
                self.assertEqual(numbers, sorted(set(numbers)))

    def test_every_request_is_in_the_ledger_once(self):
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                ids = [client.post(CHAT, ask()).fields["sallyport-id"] for _ in range(300)]
                until("all are there", lambda: len(gate.events()) == 300)
                recorded = gate.events()
                numbers = [event["seq"] for event in recorded]  # changes may stand between them
                self.assertEqual(numbers, sorted(set(numbers)))
                self.assertEqual(sorted(e["id"] for e in recorded), sorted(ids))
                until("a full tile", lambda: (gate.ledger / "tile" / "0" / "000").exists())
                self.assertEqual(gate.run("audit", "verify").returncode, 0)


class Looking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.gate = Gate(world.simple(cls.upstream.port), environment=world.ENVIRONMENT)
        cls.key = cls.gate.create_key("app", "--team", "research")
        cls.stranger = cls.gate.create_key("stranger")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    def test_explain_tells_stage_rule_seen_expected_and_hint(self):
        answer = self.gate.client(self.stranger).post(CHAT, ask())
        id = explanation_id(answer)
        text = self.gate.run("explain", id).stdout
        for word in ("refused", "POST", CHAT, "stranger", "policy"):
            self.assertIn(word, text)
        told = json.loads(self.gate.run("explain", id, "--format", "json").stdout)
        self.assertIn(id, json.dumps(told))
        self.assertNotIn(self.stranger, text)

    def test_explain_tells_of_an_allowed_request_too(self):
        answer = self.client.post(CHAT, ask())
        text = self.gate.run("explain", answer.fields["sallyport-id"]).stdout
        self.assertIn("allowed", text)
        self.assertIn("app", text)

    def test_explain_of_an_unknown_id_says_so(self):
        done = self.gate.run("explain", "01ARZ3NDEKTSV4RRFFQ69G5FAV", check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        done = self.gate.run("explain", "nonsense", check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)

    def test_audit_shows_and_checks_the_record(self):
        self.client.post(CHAT, ask())
        self.assertEqual(self.gate.run("audit", "verify").returncode, 0)

    def test_watch_shows_requests_as_they_are_decided(self):
        process = subprocess.Popen(
            [str(binary()), "watch", "--format", "json", "--config", str(self.gate.config_file)],
            stdout=subprocess.PIPE, text=True, cwd=self.gate.folder)
        lines = []
        threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")),
                         daemon=True).start()
        try:
            # What others asked a moment ago may be shown before.
            until("watch shows a request", lambda: self.client.post(CHAT, ask()) and any(
                as_access(json.loads(line)).get("principal_name") == "app" for line in lines[:]))
        finally:
            process.terminate()
            process.wait(PATIENCE)
            process.stdout.close()

    def test_health_and_readiness(self):
        self.assertEqual(self.gate.metrics("/healthz").status, 200)
        self.assertEqual(self.gate.metrics("/readyz").status, 200)
        self.assertEqual(self.gate.metrics("/other").status, 404)

    def test_metrics_count_what_happened(self):
        self.client.post(CHAT, ask())
        self.gate.client(self.stranger).post(CHAT, ask())
        answer = self.gate.metrics()
        self.assertTrue(answer.fields["content-type"].startswith("text/plain"))
        samples = [line for line in answer.text.splitlines() if line and line[0] != "#"]
        for line in samples:
            self.assertRegex(line, r'^sallyport_[a-z0-9_]+(\{.*\})? [0-9.e+-]+(NaN|Inf)?$')
        for part in ("requests", "duration", "tokens", "upstream", "connections", "refus"):
            self.assertTrue(any(part in line for line in samples), part)

    def test_tokens_are_settled_from_usage_or_counted(self):
        answer = self.client.post(CHAT, ask())
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual((event["input_tokens"], event["output_tokens"]), (3, 4))
        self.assertFalse(event.get("tokens_estimated", False))
        answer = self.client.post(CHAT, ask(stream=True))
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertTrue(event["tokens_estimated"])
        self.assertGreater(event["output_tokens"], 0)


class CommandLine(unittest.TestCase):
    def run_program(self, *arguments):
        return subprocess.run([str(binary()), *arguments], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL)

    def test_help_of_every_command_has_an_example(self):
        for command in ("serve", "init", "config", "key", "explain", "audit", "watch", "witness",
                        "version", "completion"):
            with self.subTest(command):
                done = self.run_program(command, "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertRegex(done.stdout, r"(?i)example")

    def test_wrong_usage_is_2(self):
        for arguments in (["nonsense"], ["serve", "--nonsense"], ["explain"],
                          ["serve", "--config", "/no/such/file"]):
            with self.subTest(arguments):
                done = self.run_program(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_an_unknown_key_is_told_with_its_place_and_what_was_meant(self):
        gate = Gate(world.simple(1), environment=world.ENVIRONMENT)
        gate.write(gate.config | {"upstraems": {}})
        done = gate.run("config", "check", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr + done.stdout, r":\d+:\d+: .*`upstraems`.*`upstreams`")

    def test_version_names_itself(self):
        self.assertRegex(self.run_program("version").stdout, r"sallyport \d+\.\d+\.\d+")

    def test_the_examples_of_the_readme_are_there(self):
        for name in ("hello.json", "secret.json", "digit.json"):
            json.loads((ROOT / "examples" / name).read_text())
