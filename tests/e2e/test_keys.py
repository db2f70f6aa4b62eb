"""Who is calling: keys, their scopes, their end."""

import unittest

from rig import world
from rig.gate import Gate, explanation_id
from rig.upstream import Upstream, chat_chunk
from rig.wait import until
from rig.world import CHAT, ask


def config(port):
    both = world.simple(port)
    both["models"]["n"] = {"targets": [{"upstream": "scripted", "model": "n"}]}
    for route in both["routes"]:
        if "models" in route:
            route["models"] = ["m", "n"]
    both["policies"] = 'permit (principal in Team::"research", action, resource);'
    return both


class Keys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.gate = cls.enterClassContext(Gate(config(cls.upstream.port),
                                              environment=world.ENVIRONMENT))

    def key(self, name, *options):
        return self.gate.create_key(name, "--team", "research", *options)

    def status(self, key, path=CHAT, body=None):
        return self.gate.client(key).post(path, body or ask()).status

    def test_a_key_works_as_soon_as_it_is_created(self):
        self.assertEqual(self.status(self.key("fresh")), 200)

    def test_a_revoked_key_is_refused_at_once_also_on_an_open_connection(self):
        key = self.key("revoked")
        client = self.gate.client(key)
        with client.open(CHAT, ask()) as connection:
            self.assertEqual(connection.read_answer().status, 200)
            self.gate.run("key", "revoke", "revoked")
            body = b'{"model":"m","messages":[]}'
            connection.send(client.head("POST", CHAT, {"content-type": "application/json"},
                                        len(body)) + body)
            self.assertEqual(connection.read_answer().status, 401)
        self.assertEqual(self.status(key), 401)

    def test_a_stream_ends_when_its_key_is_revoked(self):
        def endless(exchange):
            exchange.begin_events()
            while True:
                exchange.event(chat_chunk("again and again " * 20))
        with Upstream(endless) as upstream:
            with Gate(config(upstream.port), environment=world.ENVIRONMENT) as gate:
                key = gate.create_key("app", "--team", "research")
                with gate.client(key).open(CHAT, ask(stream=True)) as connection:
                    self.assertEqual(connection.read_head()[0], 200)
                    connection.read_chunk()
                    gate.run("key", "revoke", "app")
                    connection.drain()
                event = gate.events()[-1]
                self.assertEqual(event["refusal"]["stage"], "identity")

    def test_an_expired_key_is_refused(self):
        key = self.key("short", "--expires", "1s")
        until("the key expires", lambda: self.status(key) == 401)

    def test_a_key_scoped_to_a_model_or_a_route_opens_nothing_else(self):
        key = self.key("scoped-model", "--model", "m")
        self.assertEqual(self.status(key), 200)
        self.assertEqual(self.status(key, body=ask(model="n")), 403)
        key = self.key("scoped-route", "--route", "anthropic")
        self.assertEqual(self.status(key), 403)
        self.assertEqual(self.status(key, "/anthropic/v1/messages", ask(max_tokens=9)), 200)

    def test_no_key_and_no_real_key_are_401_with_an_explanation(self):
        key = self.key("mistyped")
        for wrong in (None, "nonsense", key[:-1], key[:-1] + ("a" if key[-1] != "a" else "b"),
                      key + "x", key.upper()):
            answer = self.gate.client(wrong).post(CHAT, ask())
            self.assertEqual(answer.status, 401)
            self.assertEqual(self.gate.event(explanation_id(answer))["refusal"]["stage"],
                             "identity")
            self.assertIn("www-authenticate", answer.fields)

    def test_two_different_keys_are_refused(self):
        one, two = self.key("one"), self.key("two")
        answer = self.gate.client(one).post(CHAT, ask(), **{
            "x-api-key": two, "authorization": f"Bearer {one}"})
        self.assertEqual(answer.status, 401)

    def test_a_key_in_the_query_opens_nothing(self):
        key = self.key("query")
        self.assertEqual(self.gate.client().post(f"{CHAT}?api_key={key}", ask()).status, 401)

    def test_keys_are_listed_without_their_text(self):
        key = self.key("listed")
        text = self.gate.run("key", "list").stdout
        self.assertIn("listed", text)
        self.assertNotIn(key, text)
        self.assertNotIn(key, self.gate.run("key", "list", "--format", "json").stdout)

    def test_a_key_without_any_rule_is_refused(self):
        key = self.gate.create_key("stranger")
        answer = self.gate.client(key).post(CHAT, ask())
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.gate.event(explanation_id(answer))["refusal"]["stage"], "policy")
