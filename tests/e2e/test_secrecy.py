"""Planted keys: whatever happens, they stand nowhere but where they must."""

import resource
import shutil
import signal
import unittest
from pathlib import Path

from rig import world
from rig.gate import Gate
from rig.upstream import Upstream
from rig.wait import until
from rig.world import CHAT, ask

CANARY = "planted-canary-7c1f9b52e6d84a03"


class Secrecy(unittest.TestCase):
    """Drives a gate through everything that can go wrong and greps all that it wrote."""

    def test_no_planted_key_stands_in_anything_that_is_written(self):
        outputs = []

        def angry(exchange):
            """An upstream that gives back whatever it was sent, in every way it can."""
            given = exchange.field("authorization") or ""
            exchange.reply(401 if "chat" in exchange.target else 200,
                           {"error": {"message": f"bad key {given}"}},
                           {"x-echo": given, "www-authenticate": given, "set-cookie": given,
                            "x-request-id": "r"})

        with Upstream(angry) as upstream:
            config = world.simple(upstream.port, log={"level": "debug", "format": "json"},
                                  inspection={"canaries": [
                                      {"name": "c", "value": {"env": "CANARY"}}]})
            config["upstreams"]["dead"] = world.upstream(1)
            config["routes"].insert(0, {"name": "dead", "prefix": "/dead", "protocol": "http",
                                        "upstream": "dead"})
            gate = Gate(config, environment=world.ENVIRONMENT | {"CANARY": CANARY})
            key = gate.create_key("app")
            stranger = gate.create_key("stranger")
            revoked = gate.create_key("revoked")
            pepper = (gate.folder / "pepper").read_text().strip()
            with gate:
                gate.run("key", "revoke", "revoked")
                for who in (key, stranger, revoked, key[:-3] + "abc"):
                    client = gate.client(who)
                    outputs += [
                        client.post(CHAT, ask()),
                        client.post(CHAT, ask(f"my key {who} and {CANARY}")),
                        client.post(CHAT, ask(model=who)),
                        client.post(CHAT, b'{"' + who.encode(), **{
                            "content-type": "application/json"}),
                        client.post(CHAT, ask(), **{"content-type": who}),
                        client.post(CHAT, ask(stream=who)),
                        client.get(f"/dead/x?key={who}"),
                        client.get("/dead/y"),
                        client.get("/plain/z"),
                        client.get(f"/nothing/at/all?{who}"),
                        client.request("GET", "/v1/models", fields={"user-agent": who, "cookie": who}),
                    ]
                    with client.connect() as connection:  # no HTTP at all
                        connection.send(f"GET / {who}\r\nauthorization {who}\r\n\r\n".encode())
                        connection.ended()
                        outputs.append(connection.buffer.decode("latin1"))
                ids = [event["id"] for event in gate.events()]
                outputs += [gate.run("explain", id, check=False).stdout for id in ids[:20]]
                outputs += [gate.run("audit", "verify", check=False).stdout,
                            gate.run("key", "list").stdout, gate.metrics().text]
                gate.reload(config | {"nonsense": key}, expect="config.refused")
                written = {f: f.read_bytes() for f in gate.folder.rglob("*")
                           if f.is_file() and f.name not in ("pepper", "sallyport.yaml")}
            written[Path("outputs")] = "\n".join(map(str, outputs)).encode()
            self.assertGreater(len(ids), 30)
            for name, planted in (("the caller's key", key), ("a stranger's key", stranger),
                                  ("a revoked key", revoked), ("the pepper", pepper),
                                  ("the upstream's key", world.UPSTREAM_KEY),
                                  ("the canary", CANARY)):
                for file, content in written.items():
                    for form in (planted, planted[8:-8]):
                        with self.subTest(what=name, file=file.name):
                            self.assertNotIn(form.encode(), content)

    def test_a_crash_leaves_no_core(self):
        pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
        if pattern.startswith("|") or "/" in pattern:
            self.skipTest(f"cores go elsewhere here: {pattern}")
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            key = gate.create_key("app")
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            gate.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
            gate.client(key).post(CHAT, ask())
            gate.process.send_signal(signal.SIGABRT)
            until("the gate is gone", lambda: gate.process.poll() is not None)
            self.assertEqual(list(gate.folder.glob("core*")), [])
            shutil.rmtree(gate.folder)
