"""Revocation: idle streams and tunnels are cut, the next decision knows, the workers tell since when.
The admin API over the network: TLS, credentials, default deny. Security events of an issuer."""

import base64
import contextlib
import json
import subprocess
import time
import unittest

from rig import world
from rig.gate import Gate, permit
from rig.http import Client
from rig.upstream import Upstream, chat_chunk
from rig.wait import free_port, until
from rig.world import CHAT, ask


def idle(exchange):
    """Begins an answer of the kind that was asked for, and says nothing more."""
    if exchange.field("upgrade") == "websocket":
        exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                      b"connection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
                      b"\r\n\r\n")
    elif exchange.target == "/file":
        exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n"
                      b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n")
    else:
        exchange.begin_events()
        exchange.event(chat_chunk("one"))
    exchange.wait_until_gone()
    raise ConnectionError


def config(port, **sections):
    out = world.simple(port, **sections)
    out["routes"].insert(0, {"name": "live", "prefix": "/live", "protocol": "http",
                             "upstream": "scripted", "websocket": True})
    return out


class Socket(Client):
    """A client of the admin API on its unix socket."""

    def __init__(self, gate):
        super().__init__(0)
        self.path = gate.folder / "admin.sock"

    def get(self, path):
        done = subprocess.run(["curl", "-s", "--unix-socket", str(self.path),
                               f"http://localhost{path}"], capture_output=True, check=True)
        return json.loads(done.stdout)


def until_recorded(gate, text):
    """Waits until a change that says `text` is in the ledger."""
    until(f"`{text}` in the ledger",
          lambda: text in gate.run("audit", "query", "--change", "all", "--format", "json").stdout)


class Revocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(idle))
        cls.gate = cls.enterClassContext(Gate(config(cls.upstream.port),
                                              environment=world.ENVIRONMENT))

    def revoke(self, record):
        """Revokes a key; what the command says of it, once every worker has it in force."""
        done = self.gate.run("revoke", "key", record["id"], "--reason", "it leaked",
                             "--format", "json")
        said = json.loads(done.stdout)
        self.assertEqual(said["in_force"], "yes")
        return said

    def key(self):
        return self.gate.create_key_record("app")

    def assert_refused(self, record, said):
        answer = self.gate.client(record["key"]).post(CHAT, ask())
        self.assertEqual(answer.status, 401)
        self.assertIn(said["id"], answer.text)

    def test_an_idle_stream_is_cut(self):
        record = self.key()
        with self.gate.client(record["key"]).open(CHAT, ask(stream=True)) as connection:
            self.assertEqual(connection.read_head()[0], 200)
            self.assertIn(b"one", connection.read_chunk())
            began = time.monotonic()
            said = self.revoke(record)
            rest = b""
            while chunk := connection.read_chunk():
                rest += chunk
            took = time.monotonic() - began
        self.assertIn(b"revoked", rest)
        self.assertLess(took, 10, "the command and the cut together")
        self.assert_refused(record, said)
        cut = [e for e in self.gate.events() if e.get("stream") and "refusal" in e][-1]
        self.assertEqual(cut["refusal"]["stage"], "identity")
        self.assertEqual(cut["principal"], record["id"])

    def test_idle_bytes_are_broken_off(self):
        record = self.key()
        client = self.gate.client(record["key"])
        with client.connect() as connection:
            connection.send(client.head("GET", "/live/file", {}))
            self.assertEqual(connection.read_head()[0], 200)
            self.assertEqual(connection.read_chunk(), b"one")
            self.revoke(record)
            with self.assertRaises(EOFError):
                connection.read_chunk()

    def test_an_idle_websocket_is_closed(self):
        record = self.key()
        client = self.gate.client(record["key"])
        with client.connect() as connection:
            connection.send(client.head("GET", "/live/socket", {
                "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
                "sec-websocket-key": base64.b64encode(b"the sample nonce").decode()}))
            self.assertEqual(connection.read_head()[0], 101)
            self.revoke(record)
            self.assertTrue(connection.ended())

    def test_a_stream_of_somebody_else_goes_on(self):
        mine, other = self.key(), self.key()
        with self.gate.client(mine["key"]).open(CHAT, ask(stream=True)) as connection:
            connection.read_head()
            connection.read_chunk()
            said = self.revoke(other)
            self.assert_refused(other, said)
            again = self.revoke(mine)
            while connection.read_chunk():
                pass
            self.assertGreater(again["id"], said["id"])

    def test_every_worker_tells_since_when(self):
        record = self.key()
        said = self.revoke(record)
        told = Socket(self.gate).get(f"/v1/revocations/{said['id']}")
        self.assertEqual([one["worker"] for one in told["applied"]], [0, 1])
        for one in told["applied"]:
            self.assertGreaterEqual(one["at"], told["requested_at"])
            self.assertLessEqual(one["at"], told["in_force_everywhere_since"])
        self.assertEqual(told["in_force_everywhere_since"], said["in_force_everywhere_since"])

    def test_a_revocation_is_listed_lifted_and_recorded(self):
        record = self.key()
        said = self.revoke(record)
        self.assertIn(said["id"], self.gate.run("revoke", "list").stdout)
        self.gate.run("revoke", "lift", said["id"], "--reason", "it was somebody else's")
        self.assertNotIn(said["id"], self.gate.run("revoke", "list").stdout)
        self.assertIn("lifted", self.gate.run("revoke", "list", "--all").stdout)
        with self.gate.client(record["key"]).open(CHAT, ask(stream=True)) as connection:
            self.assertEqual(connection.read_head()[0], 200)
        until_recorded(self.gate, "it was somebody else's")
        entries = self.gate.run("audit", "query", "--change", "revocation").stdout
        for what in ("revocation.create", "revocation.lift"):
            self.assertIn(f"{what} {said['id'][:10]}", entries)

    def test_a_key_that_does_not_exist_is_told(self):
        done = self.gate.run("revoke", "key", "key_AAAAAAAAAAAA", "--reason", "x", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("there is no key", done.stderr)


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        pki = world.pki()
        policies = (permit("app", "app", scope='action in [Action::"call", Action::"read"], resource')
                    + permit("officer", "officer", scope='action in Action::"admin", resource')
                    + permit("reader", "reader",
                             scope='action == Action::"admin:revocations.read", resource'))
        cls.upstream = cls.enterClassContext(Upstream(idle))
        cls.gate = cls.enterClassContext(Gate(config(
            cls.upstream.port, policies=policies,
            admin={"socket": "admin.sock", "listen": f"127.0.0.1:{cls.port}",
                   "tls": {"certificate": {"file": str(pki.certificate)},
                           "key": {"file": str(pki.key)}}}), environment=world.ENVIRONMENT))

    def admin(self, key=None):
        return Client(self.port, key=key, ca=world.pki().ca)

    def body(self, target):
        return {"kind": "key", "target": target, "reason": "by the API"}

    def test_nobody_may_without_a_credential_and_nobody_without_a_policy(self):
        record = self.gate.create_key_record("app")
        for key, status in ((None, 401), ("sally_nonsense", 401), (record["key"], 403)):
            for answer in (self.admin(key).post("/v1/revocations", self.body(record["id"])),
                           self.admin(key).get("/v1/keys"), self.admin(key).get("/v1/status")):
                self.assertEqual(answer.status, status, answer)
        until_recorded(self.gate, f"key:{record['id']}")  # the attempt at a change

    def test_what_a_policy_permits_is_done_and_recorded(self):
        record = self.gate.create_key_record("app")
        officer = self.gate.create_key_record("officer")
        reader = self.gate.create_key("reader")
        with self.gate.client(record["key"]).open(CHAT, ask(stream=True)) as connection:
            connection.read_head()
            connection.read_chunk()
            made = self.admin(officer["key"]).post("/v1/revocations", self.body(record["id"]))
            self.assertEqual(made.status, 201, made)
            while connection.read_chunk():
                pass
        told = made.json()
        self.assertEqual(told["by"], f"key:{officer['id']}")
        self.assertIsNotNone(told["in_force_everywhere_since"])
        self.assertEqual(self.admin(reader).get(f"/v1/revocations/{told['id']}").status, 200)
        self.assertEqual(self.admin(reader).get("/v1/revocations").status, 403)
        lifted = self.admin(officer["key"]).request(
            "DELETE", f"/v1/revocations/{told['id']}?reason=done")
        self.assertEqual(lifted.json()["state"], "lifted")
        until_recorded(self.gate, f"key:{officer['id']}")

    def test_keys_are_made_by_the_api(self):
        officer = self.admin(self.gate.create_key("officer"))
        made = officer.post("/v1/keys", {"name": "app", "expires_in": "1h"}).json()
        with self.gate.client(made["key"]).open(CHAT, ask(stream=True)) as connection:
            self.assertEqual(connection.read_head()[0], 200)
        rotated = officer.post(f"/v1/keys/{made['record']['id']}/rotate", {}).json()
        self.assertEqual(self.gate.client(made["key"]).post(CHAT, ask()).status, 401)
        self.assertEqual(officer.request("DELETE", f"/v1/keys/{rotated['record']['id']}").status, 200)
        self.assertEqual(self.gate.client(rotated["key"]).post(CHAT, ask()).status, 401)

    def test_other_addresses_need_tls(self):
        with Upstream() as upstream:
            gate = Gate(config(upstream.port), environment=world.ENVIRONMENT)
            gate.write(gate.config | {"admin": {"socket": "admin.sock", "listen": "0.0.0.0:0"},
                                      "policies": None})
            done = gate.run("config", "check", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("admin.tls", done.stdout + done.stderr)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Signs security events with a key of its own."""

    iss = "https://idp.example"

    def __init__(self, folder):
        self.key = folder / "issuer.key"
        subprocess.run(["openssl", "genrsa", "-out", str(self.key), "2048"], check=True,
                       capture_output=True)
        modulus = subprocess.run(["openssl", "rsa", "-in", str(self.key), "-noout", "-modulus"],
                                 check=True, capture_output=True, text=True).stdout
        number = bytes.fromhex(modulus.strip().partition("=")[2])
        self.jwks = {"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig",
                               "n": base64url(number), "e": "AQAB"}]}

    def sign(self, payload, kind):
        text = ".".join(base64url(json.dumps(part).encode())
                        for part in ({"alg": "RS256", "kid": "one", "typ": kind}, payload))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", str(self.key)],
                                   input=text.encode(), check=True, capture_output=True).stdout
        return f"{text}.{base64url(signature)}"

    def token(self, subject, **more):
        now = int(time.time())
        return self.sign({"iss": self.iss, "sub": subject, "aud": "https://gate.example",
                          "iat": now - 5, "exp": now + 600} | more, "at+jwt")

    def event(self, jti, kind, event, subject):
        return self.sign({"iss": self.iss, "aud": "https://gate.example/events", "jti": jti,
                          "iat": int(time.time()), "sub_id": subject, "events": {
                              f"https://schemas.openid.net/secevent/caep/event-type/{kind}": event}},
                         "secevent+jwt")


class Events(unittest.TestCase):
    def test_a_session_that_its_issuer_revokes_is_cut(self):
        issuer = Issuer(world.folder())
        jwks = world.folder() / "issuer.jwks"
        jwks.write_text(json.dumps(issuer.jwks))
        port = free_port()
        policies = 'permit (principal is User, action, resource);'
        with Upstream(idle) as upstream, Gate(config(
                upstream.port, policies=policies,
                admin={"socket": "admin.sock", "listen": f"127.0.0.1:{port}"},
                identity={"issuers": {"corp": {
                    "issuer": issuer.iss, "audiences": ["https://gate.example"],
                    "jwks": {"file": str(jwks)}, "events": "https://gate.example/events"}}}),
                environment=world.ENVIRONMENT) as gate:
            admin = Client(port)

            def push(text):
                return admin.request("POST", "/v1/events", text.encode(),
                                     {"content-type": "application/secevent+jwt"})
            token = issuer.token("alice", sid="s1", jti="t1")
            with gate.client(token).open(CHAT, ask(stream=True)) as connection:
                self.assertEqual(connection.read_head()[0], 200)
                connection.read_chunk()
                event = issuer.event("e1", "session-revoked", {},
                                     {"format": "complex",
                                      "user": {"format": "iss_sub", "iss": issuer.iss,
                                               "sub": "alice"},
                                      "session": {"format": "opaque", "id": "s1"}})
                self.assertEqual(push(event).status, 202)
                rest = b""
                while chunk := connection.read_chunk():
                    rest += chunk
                self.assertIn(b"revoked", rest)
            self.assertEqual(gate.client(token).post(CHAT, ask()).status, 401)
            other = issuer.token("alice", sid="s2", jti="t2")
            self.assertIn("session corp/s1", gate.run("revoke", "list").stdout)
            with gate.client(other).open(CHAT, ask(stream=True)) as connection:
                self.assertEqual(connection.read_head()[0], 200)

            self.assertEqual(push(issuer.event(
                "e2", "credential-change", {"credential_type": "password", "change_type": "update"},
                {"format": "iss_sub", "iss": issuer.iss, "sub": "alice"})).status, 202)
            self.assertEqual(gate.client(other).post(CHAT, ask()).status, 401)
            later = issuer.token("alice", sid="s3", jti="t3", iat=int(time.time()) + 2)
            with gate.client(later).open(CHAT, ask(stream=True)) as connection:
                self.assertEqual(connection.read_head()[0], 200, "issued after the change")

            refused = push(event[:-8] + "AAAAAAAA")
            self.assertEqual(refused.status, 400)
            self.assertEqual(refused.json()["err"], "authentication_failed")
            self.assertEqual(admin.get("/v1/revocations").status, 401)


class Changes(unittest.TestCase):
    """What comes in force decides streams that are open, too."""

    def rest_of(self, connection):
        rest = b""
        while chunk := connection.read_chunk():
            rest += chunk
        return rest

    @contextlib.contextmanager
    def stream(self, gate, credential):
        with gate.client(credential).open(CHAT, ask(stream=True)) as connection:
            self.assertEqual(connection.read_head()[0], 200)
            self.assertIn(b"one", connection.read_chunk())
            yield connection

    def test_a_stream_is_cut_that_other_policies_deny(self):
        both = permit("app", "app") + permit("other", "other")
        with Upstream(idle) as upstream, Gate(config(upstream.port, policies=both),
                                              environment=world.ENVIRONMENT) as gate:
            mine, other = gate.create_key("app"), gate.create_key("other")
            with self.stream(gate, mine) as cut, self.stream(gate, other) as spared:
                gate.activate(permit("other", "other"))
                self.assertIn(b"not allowed by policy", self.rest_of(cut))
                event = until("the event of the stream", lambda: next(
                    (e for e in gate.events() if "refusal" in e), None))
                self.assertEqual(event["refusal"]["stage"], "policy")
                self.assertEqual(event["decision"]["decision"], "deny")
                gate.activate(permit("app", "app"))
                self.assertIn(b"not allowed by policy", self.rest_of(spared))

    def test_a_stream_is_cut_whose_issuer_is_taken_out(self):
        issuer = Issuer(world.folder())
        jwks = world.folder() / "issuer.jwks"
        jwks.write_text(json.dumps(issuer.jwks))
        with Upstream(idle) as upstream:
            plain = config(upstream.port, policies="permit (principal is User, action, resource);")
            trusting = plain | {"identity": {"issuers": {"corp": {
                "issuer": issuer.iss, "audiences": ["https://gate.example"],
                "jwks": {"file": str(jwks)}}}}}
            with Gate(trusting, environment=world.ENVIRONMENT) as gate:
                with self.stream(gate, issuer.token("alice")) as connection:
                    gate.reload(plain)
                    self.assertIn(b"revoked or expired", self.rest_of(connection))


if __name__ == "__main__":
    unittest.main()
