"""Workloads: who calls by the certificate of its trust domain, and what goes up in whose name."""

import base64
import json
import ssl
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from rig import oidc, spiffe, world
from rig.gate import Gate
from rig.upstream import Upstream
from rig.wait import until
from rig.world import CHAT, ask

POLICIES = """
@id("agent") permit (principal == Workload::"spiffe://a.example/agent", action, resource);
@id("domain-b") permit (principal is Workload, action, resource)
when { principal.trust_domain == "b.example" };
"""


class Workloads(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sally-")))
        self.a = spiffe.Domain(self.folder / "a", "a.example")
        self.b = spiffe.Domain(self.folder / "b", "b.example")
        self.bundle = self.folder / "a.bundle"
        self.bundle.write_text(self.a.authority.read_text())
        (self.folder / "b.json").write_text(self.b.bundle_json())
        self.upstream = self.enterContext(Upstream())
        config = world.simple(self.upstream.port) | {"policies": POLICIES, "identity": {"spiffe": {
            "a.example": {"bundle": str(self.bundle)},
            "b.example": {"bundle": str(self.folder / "b.json")}}}}
        self.gate = self.enterContext(Gate(config, pki=world.pki(), environment=world.ENVIRONMENT))

    def call(self, certificate=None):
        """The status, or `refused` where the handshake ends it."""
        try:
            return self.gate.client(certificate=certificate).post(CHAT, ask())
        except (ssl.SSLError, EOFError, ConnectionError):
            return None

    def status(self, certificate=None):
        answer = self.call(certificate)
        return "refused" if answer is None else answer.status

    def test_a_workload_calls_by_its_certificate(self):
        answer = self.call(self.a.svid("/agent"))
        self.assertEqual(answer.status, 200)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual(event["principal"], "spiffe://a.example/agent")
        self.assertEqual(event["principal_kind"], "workload")
        self.assertEqual(event["decision"]["policies"], ["agent"])
        self.assertEqual(self.status(self.b.svid("/any/thing")), 200)
        self.assertEqual(self.status(self.a.svid("/other")), 403)
        self.assertIn(self.status(), (401, 403))

    def test_a_domain_names_its_own_workloads_alone(self):
        own, forged = self.a.svid("/agent"), self.b.svid("/agent", of="a.example")
        self.assertTrue(spiffe.verifies(own[0], self.a.authority))
        self.assertTrue(spiffe.verifies(forged[0], self.b.authority))
        self.assertFalse(spiffe.verifies(forged[0], self.a.authority))
        self.assertEqual(self.status(own), 200)
        self.assertEqual(self.status(forged), "refused")
        self.assertEqual(self.status(spiffe.Domain(self.folder / "c", "c.example").svid("/agent")),
                         "refused")

    def test_a_bundle_is_rotated_without_a_restart(self):
        old = self.a.svid("/agent")
        self.assertEqual(self.status(old), 200)
        renewed = spiffe.Domain(self.folder / "renewed", "a.example")
        new = renewed.svid("/agent")
        self.assertEqual(self.status(new), "refused")
        spiffe.replace(self.bundle, self.a.authority.read_text() + renewed.authority.read_text())
        until("workloads of the new authority are let in", lambda: self.status(new) == 200)
        self.assertEqual(self.status(old), 200)
        spiffe.replace(self.bundle, renewed.bundle_json())
        until("those of the old one are not any more", lambda: self.status(old) == "refused")
        self.assertEqual(self.status(new), 200)
        self.assertEqual(self.gate.log_text().count("bundle.loaded"), 2)

    def test_a_bundle_that_cannot_be_read_leaves_the_one_before_in_force(self):
        own = self.a.svid("/agent")
        spiffe.replace(self.bundle, "-----BEGIN CERTIFICATE-----\nno certificate\n")
        until("the log says so", lambda: "bundle.refused" in self.gate.log_text())
        self.assertEqual(self.status(own), 200)
        self.bundle.unlink()
        self.assertEqual(self.status(own), 200)


EXCHANGED = "narrower.token.for-tools"


@oidc.needed
class Exchange(unittest.TestCase):
    """What goes up is never the caller's own token."""

    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(oidc.Provider({"alice": {}, "denied": {}}))

    def setUp(self):
        self.server = self.enterContext(Upstream(self.exchange))
        self.upstream = self.enterContext(Upstream())
        config = world.simple(self.upstream.port) | {
            "policies": '@id("all") permit (principal, action, resource);',
            "identity": {"issuers": {"corp": self.provider.section()}}}
        config["upstreams"]["scripted"] = {
            "url": f"http://127.0.0.1:{self.upstream.port}",
            "exchange": {"endpoint": self.server.url + "/token", "client": "gate",
                         "secret": {"env": "UPSTREAM_KEY"}, "audience": "https://tools.example",
                         "resource": "https://tools.example/v1", "scope": "chat"}}
        self.gate = self.enterContext(Gate(config, environment=world.ENVIRONMENT))

    def exchange(self, exchange):
        """The authorisation server."""
        form = dict(urllib.parse.parse_qsl(exchange.body.decode()))
        claims = form["subject_token"].split(".")[1]
        subject = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
        if subject == "denied":
            return exchange.reply(400, {"error": "invalid_target"})
        return exchange.reply(body={
            "access_token": EXCHANGED, "token_type": "Bearer", "expires_in": 300,
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    def test_the_callers_token_is_exchanged_and_never_goes_up(self):
        token = self.provider.token("alice")
        for _ in range(3):
            self.assertEqual(self.gate.client(token).post(CHAT, ask()).status, 200)
        for seen in self.upstream.seen():
            self.assertEqual(seen.field("authorization"), f"Bearer {EXCHANGED}")
            self.assertNotIn(token, str(seen.fields) + seen.body.decode())
        asked = self.server.seen()
        self.assertEqual(len(asked), 1, "one question for all of them")
        form = dict(urllib.parse.parse_qsl(asked[0].body.decode()))
        self.assertEqual(form["grant_type"], "urn:ietf:params:oauth:grant-type:token-exchange")
        self.assertEqual(form["subject_token"], token)
        self.assertEqual(form["audience"], "https://tools.example")
        self.assertEqual(form["resource"], "https://tools.example/v1")
        self.assertEqual(form["scope"], "chat")
        user = base64.b64decode(asked[0].field("authorization").removeprefix("Basic ")).decode()
        self.assertEqual(user, f"gate:{world.UPSTREAM_KEY}")
        written = self.gate.log_text() + str(self.gate.events())
        self.assertNotIn(EXCHANGED, written)

    def test_without_the_new_token_nothing_goes_up(self):
        answer = self.gate.client(self.provider.token("denied")).post(CHAT, ask())
        self.assertEqual(answer.status, 502)
        refusal = self.gate.event(answer.fields["sallyport-id"])["refusal"]
        self.assertEqual(refusal["stage"], "upstream")
        self.assertIn("invalid_target", str(refusal))
        self.server.close()
        other = self.gate.client(self.provider.token("alice")).post(CHAT, ask())
        self.assertEqual(other.status, 503)
        key = self.gate.create_key("app")
        self.assertEqual(self.gate.client(key).post(CHAT, ask()).status, 502)
        self.assertEqual(self.upstream.seen(), [])
