"""Who is calling: tokens of a real OpenID provider, its keys, agents that act for users."""

import shutil
import subprocess
import tempfile
import unittest

from rig import node, oidc, world
from rig.gate import ROOT, Gate, binary
from rig.upstream import Upstream, chat_chunk
from rig.wait import until
from rig.world import CHAT, ask

POLICIES = """
@id("sales") permit (principal in Group::"corp/sales", action, resource);
@id("emea") permit (principal is User, action, resource)
when { principal.hasTag("department") && principal.getTag("department").contains("emea") };
@id("bot-for-sales") permit (principal == Agent::"corp/travel-bot", action, resource)
when { principal has acts_for && principal.acts_for in Group::"corp/sales" };
"""
CLIENTS = {
    "alice": {"groups": ["sales"], "name": "Alice"},
    "bob": {"groups": ["legal"]},
    "carol": {"department": "emea"},
    "brief": {"groups": ["sales"]},
    "delegated": {"groups": ["sales"], "act": {"sub": "travel-bot"}},
    "legal-delegated": {"groups": ["legal"], "act": {"sub": "travel-bot"}},
}


def config(port, provider, **more):
    whole = world.simple(port)
    whole["identity"] = {"issuers": {"corp": provider.section(claims=["department"], **more)}}
    whole["policies"] = POLICIES
    return whole


@oidc.needed
class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = cls.enterClassContext(oidc.Provider(CLIENTS, ttl={"brief": 2}))
        cls.upstream = cls.enterClassContext(Upstream())
        cls.gate = cls.enterClassContext(Gate(config(cls.upstream.port, cls.provider),
                                              environment=world.ENVIRONMENT))

    def call(self, token):
        return self.gate.client(token).post(CHAT, ask())

    def test_a_user_may_what_its_groups_may(self):
        answer = self.call(self.provider.token("alice"))
        self.assertEqual(answer.status, 200)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual(event["principal"], "corp/alice")
        self.assertEqual(event["principal_kind"], "user")
        self.assertEqual(event["principal_name"], "Alice")
        self.assertEqual(event["decision"]["policies"], ["sales"])
        self.assertEqual(self.call(self.provider.token("bob")).status, 403)

    def test_a_claim_that_the_operator_listed_counts(self):
        self.assertEqual(self.call(self.provider.token("carol")).status, 200)

    def test_an_agent_is_told_from_the_user_it_acts_for(self):
        answer = self.call(self.provider.token("delegated"))
        self.assertEqual(answer.status, 200)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual(event["principal"], "corp/travel-bot")
        self.assertEqual(event["principal_kind"], "agent")
        self.assertEqual(event["acts_for"], "corp/delegated")
        self.assertEqual(event["decision"]["policies"], ["bot-for-sales"])
        self.assertEqual(self.call(self.provider.token("legal-delegated")).status, 403)

    def test_a_token_for_somebody_else_is_refused_with_a_challenge(self):
        answer = self.call(self.provider.token("alice", resource="https://other.example"))
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.fields["www-authenticate"],
                         'Bearer error="invalid_token", error_description="token_audience"')

    def test_a_changed_token_is_refused(self):
        token = self.provider.token("alice")
        head, payload, signature = token.split(".")
        other = self.provider.token("bob").split(".")
        self.assertEqual(self.call(f"{head}.{other[1]}.{signature}").status, 401)
        self.assertEqual(self.call(f"{head}.{payload}.").status, 401)
        self.assertEqual(self.call(token).status, 200)

    def test_nothing_of_a_token_is_in_the_record_or_the_log(self):
        token = self.provider.token("alice")
        self.call(token)
        self.call(token + "x")
        written = self.gate.log_text() + str(self.gate.events())
        for part in token.split(".")[1:]:
            self.assertNotIn(part[:24], written)

    def test_a_stream_ends_with_its_token(self):
        def endless(exchange):
            exchange.begin_events()
            while True:
                exchange.event(chat_chunk("again and again " * 20))
        with Upstream(endless) as upstream:
            with Gate(config(upstream.port, self.provider), environment=world.ENVIRONMENT) as gate:
                client = gate.client(self.provider.token("brief"))
                with client.open(CHAT, ask(stream=True)) as connection:
                    self.assertEqual(connection.read_head()[0], 200)
                    connection.drain()
                self.assertEqual(gate.events()[-1]["refusal"]["stage"], "identity")

    def test_a_client_cannot_say_who_it_is(self):
        answer = self.gate.client(self.provider.token("bob")).post(
            CHAT, ask(), **{"x-forwarded-user": "alice", "sallyport-principal": "corp/alice",
                            "x-api-key": self.provider.token("alice")})
        self.assertEqual(answer.status, 401)


@oidc.needed
class Possession(unittest.TestCase):
    def test_a_token_bound_to_a_key_needs_a_proof_for_every_request(self):
        with Upstream() as upstream, oidc.Provider(CLIENTS) as provider:
            whole = config(upstream.port, provider)
            whole["identity"]["dpop"] = {"nonce": True}
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                node.scenarios(self, "dpop.mjs", {
                    "url": gate.base_url(), "issuer": provider.issuer, "client": "alice",
                    "secret": oidc.secret("alice"), "planted": []})
                self.assertEqual({event["proofs"] for event in gate.events()
                                  if event["outcome"] == "allowed"}, {"corp dpop"})


@oidc.needed
class Resources(unittest.TestCase):
    def test_whoever_has_no_token_learns_where_to_get_one(self):
        with Upstream() as upstream, oidc.Provider(CLIENTS) as provider:
            whole = config(upstream.port, provider)
            whole["identity"]["resource"] = "https://gate.example"
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                answer = gate.client().post(CHAT, ask())
                self.assertEqual(answer.status, 401)
                where = "https://gate.example/.well-known/oauth-protected-resource"
                self.assertEqual(answer.fields["www-authenticate"],
                                 f'Bearer resource_metadata="{where}"')
                told = gate.client().get("/.well-known/oauth-protected-resource")
                self.assertEqual(told.json()["resource"], "https://gate.example")
                self.assertEqual(told.json()["authorization_servers"], [provider.issuer])
                told = gate.client().get("/.well-known/oauth-protected-resource/anthropic")
                self.assertEqual(told.json()["resource"], "https://gate.example/anthropic")
                self.assertEqual(
                    gate.client().get("/.well-known/oauth-protected-resource/none").status, 404)

    def test_a_token_for_one_resource_is_none_for_another(self):
        with Upstream() as upstream, oidc.Provider(CLIENTS) as provider:
            whole = config(upstream.port, provider)
            here = "https://gate.example/here"
            whole["identity"]["issuers"]["corp"]["audiences"].append(here)
            for route in whole["routes"]:
                route["audience"] = here
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                for_here = provider.token("alice", resource=here)
                self.assertEqual(gate.client(for_here).post(CHAT, ask()).status, 200)
                answer = gate.client(provider.token("alice")).post(CHAT, ask())
                self.assertEqual(answer.status, 401)
                self.assertIn("token_audience", answer.fields["www-authenticate"])


class Sessions(unittest.TestCase):
    def test_the_cases_of_the_example_for_agents_hold_beside_the_first_policies(self):
        with tempfile.TemporaryDirectory(prefix="sally-") as folder:
            config = f"{folder}/sallyport.yaml"
            subprocess.run([binary(), "init", folder], check=True, capture_output=True)
            shutil.copytree(ROOT / "examples" / "agents", f"{folder}/policies",
                            dirs_exist_ok=True)
            done = subprocess.run([binary(), "policy", "test", "--config", config],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout.splitlines()[-1]),
                             (0, "12 passed, 0 failed"), done.stdout)

    def test_what_a_session_has_seen_closes_the_way_out(self):
        entities = [{"uid": {"type": "Model", "id": "m"}, "attrs": {"labels": ["private"]},
                     "parents": []}]
        policies = """
            permit (principal, action, resource);
            @id("no-way-out") forbid (principal, action, resource == Model::"n")
            when { context.session.labels.contains("private") };"""
        with Upstream() as upstream:
            whole = world.simple(upstream.port)
            whole["models"]["n"] = {"targets": [{"upstream": "scripted", "model": "n"}]}
            for route in whole["routes"]:
                if "models" in route:
                    route["models"] = ["m", "n"]
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                gate.activate(policies, entities=entities)
                key, other = gate.create_key("a"), gate.create_key("b")
                until("the policies are in force",
                      lambda: gate.client(key).post(CHAT, ask(model="n")).status == 200)
                self.assertEqual(gate.client(key).post(CHAT, ask()).status, 200)
                answer = gate.client(key).post(CHAT, ask(model="n"))
                self.assertEqual(answer.status, 403)
                event = gate.event(answer.fields["sallyport-id"])
                self.assertEqual(event["refusal"]["rule"], "no-way-out")
                self.assertEqual(gate.client(other).post(CHAT, ask(model="n")).status, 200)


@oidc.needed
class Keys(unittest.TestCase):
    def test_the_keys_of_an_issuer_rotate_without_a_restart(self):
        with (oidc.Provider(CLIENTS) as provider, Upstream() as upstream,
              Gate(config(upstream.port, provider), environment=world.ENVIRONMENT) as gate):
            old = provider.token("alice")
            self.assertEqual(gate.client(old).post(CHAT, ask()).status, 200)
            provider.rotate()
            new = provider.token("alice")
            until("a token of the new key counts",
                  lambda: gate.client(new).post(CHAT, ask()).status == 200)
            self.assertEqual(gate.client(old).post(CHAT, ask()).status, 401)

    def test_without_its_issuer_the_answer_is_no_and_says_why(self):
        with oidc.Provider(CLIENTS) as provider:
            token = provider.token("alice")
            section = config(1, provider)
        with Upstream() as upstream:
            whole = world.simple(upstream.port) | {
                key: section[key] for key in ("identity", "policies")}
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                answer = gate.client(token).post(CHAT, ask())
                self.assertEqual(answer.status, 503)
                self.assertIn("issuer `corp`", answer.text)
                self.assertIn("issuer.away", gate.log_text())

    def test_keys_at_hand_count_while_the_issuer_is_away(self):
        with Upstream() as upstream, oidc.Provider(CLIENTS) as provider:
            with Gate(config(upstream.port, provider), environment=world.ENVIRONMENT) as gate:
                first, second = provider.token("alice"), provider.token("carol")
                self.assertEqual(gate.client(first).post(CHAT, ask()).status, 200)
                provider.stop()
                self.assertEqual(gate.client(second).post(CHAT, ask()).status, 200)

    def test_a_route_can_ask_for_more_than_a_token(self):
        with Upstream() as upstream, oidc.Provider(CLIENTS) as provider:
            whole = config(upstream.port, provider)
            for route in whole["routes"]:
                route["identity"] = ["corp+certificate", "key"]
            with Gate(whole, environment=world.ENVIRONMENT) as gate:
                answer = gate.client(provider.token("alice")).post(CHAT, ask())
                self.assertEqual(answer.status, 401)
                event = gate.event(answer.fields["sallyport-id"])
                self.assertEqual(event["refusal"]["expected"], "corp and certificate, or key")
