"""The log as people and other programs read it: query, tail, export."""

import csv
import io
import json
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from rig import world
from rig.gate import Gate, as_access, binary, explanation_id
from rig.upstream import Upstream
from rig.wait import PATIENCE, until
from rig.world import CHAT, SECRET, ask


class Audit(unittest.TestCase):
    """One gate, some requests of two keys, and what the commands tell of them."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.gate = Gate(world.simple(cls.upstream.port), environment=world.ENVIRONMENT)
        cls.key = cls.gate.create_key("app", "--team", "research")
        cls.stranger = cls.gate.create_key("stranger")
        cls.enterClassContext(cls.gate)
        cls.allowed = [cls.gate.client(cls.key).post(CHAT, ask()).fields["sallyport-id"]
                       for _ in range(3)]
        cls.refused = explanation_id(cls.gate.client(cls.stranger).post(CHAT, ask()))
        cls.found = explanation_id(cls.gate.client(cls.key).post(CHAT, ask(f"key {SECRET}")))
        cls.unknown = explanation_id(cls.gate.client("sp_nonsense").post(CHAT, ask()))
        cls.all = {*cls.allowed, cls.refused, cls.found, cls.unknown}
        until("the requests are in the log",
              lambda: cls.all <= {event["id"] for event in cls.gate.events()})

    def query(self, *options):
        done = self.gate.run("audit", "query", "--format", "json", *options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ids(self, *options):
        """Of the requests above, those that a query finds: requests of several workers stand in
        the log in the order in which they ended."""
        return {entry["metadata"]["uid"] for entry in self.query(*options)} & self.all

    def test_query_finds_by_every_part_of_an_event(self):
        by_app = {*self.allowed, self.found}
        self.assertEqual(self.ids("--principal", "app"), by_app)
        key = self.query("--principal", "app")[0]["actor"]["user"]["uid"]
        self.assertEqual(self.ids("--principal", key), by_app)
        self.assertEqual(self.ids("--outcome", "allowed"), set(self.allowed))
        self.assertEqual(self.ids("--outcome", "refused"),
                         {self.refused, self.found, self.unknown})
        self.assertEqual(self.ids("--finding", "anthropic-api-key"), {self.found})
        self.assertEqual(self.ids("--status", "401"), {self.unknown})
        self.assertEqual(self.ids("--principal", "app", "--outcome", "refused"), {self.found})
        self.assertEqual(self.ids("--text", "STRANGER"), {self.refused})
        self.assertEqual(len(self.query("--since", "1h", "--limit", "2")), 2)
        self.assertEqual(self.query("--until", "1h"), [])
        self.assertEqual(self.query("--model", "nobody"), [])
        self.assertEqual(self.ids("--limit", "0", "--action", "openai:chat.completions"), self.all)

    def test_no_text_is_a_query_language(self):
        for text in ('"', "research OR stranger", "NOT x", "a*", "path:v1", "') --"):
            done = self.gate.run("audit", "query", "--text", text, check=False)
            self.assertIn(done.returncode, (0, 2), done.stderr)
            self.assertNotIn("fts5", done.stderr)

    def test_an_identity_that_was_refused_is_an_authentication(self):
        entry = self.query("--status", "401")[0]
        self.assertEqual((entry["class_uid"], entry["type_uid"]), (3002, 300201))
        self.assertEqual(entry["unmapped"]["refusal"]["stage"], "identity")

    def test_the_index_is_made_again_when_it_is_lost(self):
        before = [entry["seq"] for entry in self.query("--principal", "app")]
        shutil.rmtree(self.gate.ledger / "index")
        done = self.gate.run("audit", "query", "--principal", "app", "--format", "json")
        self.assertRegex(done.stderr, r"indexed \d+ new events")
        self.assertEqual([json.loads(line)["seq"] for line in done.stdout.splitlines()], before)
        self.assertNotIn("indexed", self.gate.run("audit", "query").stderr)

    def test_tail_shows_the_last_events(self):
        def tail(count):
            done = self.gate.run("audit", "tail", "--count", str(count), "--format", "json")
            return [json.loads(line)["seq"] for line in done.stdout.splitlines()]
        every = tail(0)
        self.assertEqual(every, list(range(len(every))))
        self.assertEqual(tail(2), every[-2:])
        text = self.gate.run("audit", "tail", "--count", "0").stdout
        for id in self.all:
            self.assertIn(id, text)

    def export(self, *options):
        return self.gate.run("audit", "export", *options)

    def test_export_as_ocsf_is_the_entries_themselves(self):
        lines = self.export().stdout.splitlines()
        entries = [json.loads(line) for line in lines]
        for entry in entries:
            self.assertEqual(entry["type_uid"], entry["class_uid"] * 100 + entry["activity_id"])
            self.assertEqual(entry["class_uid"] // 1000, entry["category_uid"])
            self.assertNotIn("seq", entry)
        accesses = map(as_access, entries)
        self.assertEqual({e["id"] for e in accesses if e.get("outcome") == "allowed"},
                         set(self.allowed))
        self.assertNotIn(SECRET, "".join(lines))

    def test_export_as_csv_has_one_row_for_each_event(self):
        rows = list(csv.DictReader(io.StringIO(self.export("--format", "csv").stdout)))
        by_id = {row["id"]: row for row in rows}
        self.assertEqual(by_id[self.found]["findings"], "anthropic-api-key")
        self.assertEqual(by_id[self.found]["principal_name"], "app")
        self.assertEqual(by_id[self.refused]["refusal_stage"], "policy")
        self.assertEqual(by_id[self.allowed[0]]["input_tokens"], "3")

    def test_export_as_cef_names_each_request(self):
        lines = self.export("--format", "cef").stdout.splitlines()
        found = next(line for line in lines if self.found in line)
        self.assertTrue(found.startswith("CEF:0|Sallyport|Sallyport|"), found)
        self.assertIn("|request refused|", found)
        self.assertIn("cs5=anthropic-api-key cs5Label=findings", found)

    def test_export_goes_on_where_it_ended(self):
        position, output = self.gate.folder / "position", self.gate.folder / "out.csv"
        options = ("--format", "csv", "--output", str(output), "--position", str(position))
        self.export(*options)
        first = output.read_text()
        self.export(*options)
        self.assertEqual(output.read_text(), first)
        again = explanation_id(self.gate.client(self.stranger).post(CHAT, ask()))
        until("the new request is exported",
              lambda: self.export(*options) and again in output.read_text())
        rows = list(csv.DictReader(io.StringIO(output.read_text())))
        numbers = [int(row["seq"]) for row in rows]
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertEqual(int(position.read_text()), len(numbers))
        self.assertIn(f"--from {len(numbers)}", self.export(*options).stderr)

    def test_export_to_syslog_over_udp(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.settimeout(PATIENCE)
            count = len(self.export().stdout.splitlines())
            self.export("--format", "cef", "--syslog", f"127.0.0.1:{server.getsockname()[1]}")
            got = [server.recv(65536).decode() for _ in range(count)]
        self.assertTrue(any(self.found in message for message in got))
        allowed = next(one for one in got if any(name in one for name in self.allowed))
        self.assertRegex(allowed, r"^<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ sallyport - "
                                  r"access - CEF:0\|")

    def receive(self, context, *options):
        """What a syslog server reads from one connection of an export."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            received = []

            def serve():
                connection, _ = server.accept()
                if context:
                    connection = context.wrap_socket(connection, server_side=True)
                with connection:
                    while chunk := connection.recv(65536):
                        received.append(chunk)

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                self.export("--syslog", f"localhost:{server.getsockname()[1]}", *options)
            finally:
                thread.join(PATIENCE)
            return b"".join(received)

    def messages(self, stream):
        """The messages of a stream in which each is counted (RFC 6587 3.4.1)."""
        while stream:
            size, _, rest = stream.partition(b" ")
            yield rest[:int(size)].decode()
            stream = rest[int(size):]

    def test_export_to_syslog_over_tcp_counts_octets(self):
        got = list(self.messages(self.receive(None, "--transport", "tcp")))
        self.assertEqual(len(got), len(self.export().stdout.splitlines()))
        entry = json.loads(got[0].split(" - ", 2)[2])
        self.assertEqual(entry["class_uid"] * 100 + entry["activity_id"], entry["type_uid"])

    def test_export_to_syslog_over_tls_verifies_the_server(self):
        pki = world.pki()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki.certificate, pki.key)
        got = list(self.messages(self.receive(context, "--transport", "tls", "--format", "cef",
                                              "--ca", str(pki.ca))))
        self.assertTrue(any(self.found in message for message in got))
        with socket.create_server(("127.0.0.1", 0)) as server:
            def refuse():
                connection, _ = server.accept()
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()
            thread = threading.Thread(target=refuse)
            thread.start()
            done = self.gate.run("audit", "export", "--transport", "tls", "--syslog",
                                 f"localhost:{server.getsockname()[1]}", check=False)
            thread.join(PATIENCE)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("syslog", done.stderr)

    def test_export_follows(self):
        process = subprocess.Popen([str(binary()), "audit", "export", "--follow", "--config",
                                    str(self.gate.config_file)], stdout=subprocess.PIPE, text=True,
                                   cwd=self.gate.folder)
        lines = []
        threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")),
                         daemon=True).start()
        try:
            new = explanation_id(self.gate.client(self.stranger).post(CHAT, ask()))
            until("the new request is exported", lambda: any(new in line for line in lines))
        finally:
            process.terminate()
            self.assertEqual(process.wait(PATIENCE), 0)
            process.stdout.close()

    def test_a_log_of_another_machine_is_read_from_its_folder(self):
        copy = self.gate.folder / "copy"
        shutil.copytree(self.gate.ledger, copy)
        done = self.gate.run("audit", "query", "--folder", str(copy), "--principal", "app",
                             "--format", "json")
        self.assertEqual(len(done.stdout.splitlines()), 4)

    def test_a_live_index_has_nothing_left_to_take_in(self):
        config = world.simple(self.upstream.port)
        config["ledger"] = {"folder": "ledger", "key": {"file": "ledger.key"}, "index": "live"}
        gate = Gate(config, environment=world.ENVIRONMENT)
        key = gate.create_key("app")
        with gate:
            id = gate.client(key).post(CHAT, ask()).fields["sallyport-id"]
            until("the gate has indexed the request",
                  lambda: (gate.ledger / "index" / "events.sqlite").exists())

            def found_without_indexing():
                done = gate.run("audit", "query", "--principal", "app", "--format", "json")
                return id in done.stdout and "indexed" not in done.stderr
            until("a query finds it ready", found_without_indexing)


if __name__ == "__main__":
    unittest.main()
