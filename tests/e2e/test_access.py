"""Roles for a time, and broken glass: asked for, approved by another, used, ended, told."""

import json
import unittest

from rig import world
from rig.gate import Gate, explanation_id
from rig.upstream import Upstream, chat_chunk
from rig.wait import until
from rig.world import CHAT, ask

POLICIES = """
@id("on-call") permit (principal in Role::"on-call", action, resource);
@id("closed") forbid (principal, action, resource == Model::"closed");
@hard @id("never") forbid (principal, action, resource == Model::"never");
"""


def config(port, **roles):
    out = world.simple(port, policies=POLICIES, access={"roles": roles})
    for model in ("closed", "never"):
        out["models"][model] = {"targets": [{"upstream": "scripted", "model": "m"}]}
    for route in out["routes"]:
        if "models" in route:
            route["models"] = ["m", "closed", "never"]
    return out


class Access(unittest.TestCase):
    def setUp(self):
        self.script = None
        self.upstream = self.enterContext(Upstream(self.answer))
        self.gate = Gate(config(self.upstream.port), environment=world.ENVIRONMENT)
        self.worker = self.gate.create_key_record("worker")
        self.gate.create_key("guard", "--team", "security")
        self.gate.write(config(
            self.upstream.port,
            **{"on-call": {"approvers": ["team:security"], "longest": "1h"},
               "root": {"break_glass": True, "holders": [self.worker["id"]], "longest": "1h"}}))
        self.enterContext(self.gate)
        self.client = self.gate.client(self.worker["key"])

    def answer(self, exchange):
        if self.script:
            self.script(exchange)
        else:
            exchange.reply(body={"id": "1", "object": "chat.completion", "choices": []})

    def access(self, *arguments, check=True):
        done = self.gate.run("access", *arguments, "--format", "json", check=check)
        return json.loads(done.stdout) if check else done

    def call(self, model="m"):
        return self.client.post(CHAT, ask(model=model))

    def granted(self, *options):
        """An active grant of `on-call` for the key `worker`."""
        grant = self.access("request", "on-call", "--as", "worker", "--reason", "ticket 4711",
                            *options)
        self.assertEqual((grant["state"], grant["needed"]), ("requested", 1))
        done = self.access("approve", grant["id"], "--as", "guard")
        self.assertEqual((done["state"], done["in_force"]), ("active", "yes"))
        return grant["id"]

    def report(self, id):
        """The report, once the ledger's checkpoint covers all of it."""
        return json.loads(until("the ledger proves it", lambda: (
            done := self.access("report", id, check=False)).returncode == 0 and done.stdout))

    def test_a_role_is_asked_for_approved_by_another_used_and_ended(self):
        self.assertEqual(self.call().status, 403)
        asked = self.access("request", "on-call", "--as", "worker", "--reason", "ticket 4711")
        self.assertEqual(self.call().status, 403, "asked for is not granted")
        own = self.access("approve", asked["id"], "--as", "worker", check=False)
        self.assertEqual(own.returncode, 1)
        self.assertIn("asked for grant", own.stderr)
        self.access("approve", asked["id"], "--as", "guard")
        answer = self.call()
        self.assertEqual(answer.status, 200)
        self.access("end", asked["id"], "--reason", "done")
        self.assertEqual(self.call().status, 403)

        used = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual(used["grants"], asked["id"])
        self.assertNotIn("break_glass", used)
        report = self.report(asked["id"])
        steps = [(step["what"], step["who"]) for step in report["steps"]]
        guard = report["grant"]["approvals"][0]["who"]
        self.assertEqual([what for what, _ in steps], [
            "access.request", "access.approve", "access.activate", "access.end"])
        self.assertEqual(steps[0][1], self.worker["id"])
        self.assertEqual(steps[1][1], guard)
        self.assertTrue(steps[3][1].startswith("local:uid="))
        # In the log too: what was allowed stands between what allowed it and its end.
        self.assertLess(report["steps"][2]["entry"], used["seq"])
        self.assertLess(used["seq"], report["steps"][3]["entry"])
        self.assertEqual(report["uses"], [{
            "action": "openai:chat.completions", "resource": "m", "outcome": "allowed", "count": 1,
            "by_break_glass": 0, "first": report["uses"][0]["first"],
            "last": report["uses"][0]["first"]}])
        self.assertTrue(report["ledger"]["verified"])
        self.assertIn("verified", self.gate.run("access", "report", asked["id"]).stdout)

    def test_a_grant_ends_by_itself_once_and_for_all(self):
        id = self.granted("--for", "1s")
        until("it is over", lambda: self.call().status == 403)
        until("it is noted", lambda: self.access("show", id)["closed_by"] == "sallyport")
        self.gate.stop()
        self.gate.start()
        self.assertEqual(self.call().status, 403)
        ends = [step for step in self.report(id)["steps"] if step["what"] == "access.end"]
        self.assertEqual([(step["who"], step["reason"]) for step in ends],
                         [("sallyport", "its time is over")])

    def test_a_stream_that_a_grant_allowed_ends_with_it(self):
        def endless(exchange):
            exchange.begin_events()
            while True:
                exchange.event(chat_chunk("again and again " * 20))
        id = self.granted()
        self.script = endless
        with self.client.open(CHAT, ask(stream=True)) as connection:
            self.assertEqual(connection.read_head()[0], 200)
            connection.read_chunk()
            self.access("end", id, "--reason", "enough")
            connection.drain()
        cut = until("the stream is in the log",
                    lambda: next((e for e in self.gate.events() if "refusal" in e), None))
        self.assertEqual(cut["refusal"]["stage"], "identity")

    def test_a_role_that_is_not_declared_any_more_ends(self):
        id = self.granted()
        self.assertEqual(self.call().status, 200)
        self.gate.reload(config(self.upstream.port))
        until("it is over", lambda: self.call().status == 403)
        self.assertEqual(self.access("show", id)["closed_by"], "sallyport")

    def test_broken_glass_opens_what_is_closed_but_not_what_is_hard_and_is_loud(self):
        self.assertEqual(self.call("closed").status, 403)
        id = self.access("break-glass", "root", "--as", "worker", "--reason", "locked out")["id"]
        answer = self.call("closed")
        self.assertEqual(answer.status, 200)
        refused = self.call("never")
        self.assertEqual(refused.status, 403)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertTrue(event["break_glass"])
        self.assertEqual(event["decision"]["decision"], "deny", "as the policies said")
        self.assertEqual(event["decision"]["policies"], ["closed"])
        self.assertNotIn("break_glass", self.gate.event(explanation_id(refused)))
        self.assertIn("break-glass", self.gate.run("explain", event["id"]).stdout)
        self.assertIn("the glass was broken", self.gate.run("explain", event["id"]).stdout)

        def notices():
            return self.gate.run("audit", "query", "--finding", "access.break_glass", "--format",
                                 "json").stdout
        until("both notices", lambda: len(notices().splitlines()) == 2)
        self.assertIn("takes role", notices())
        self.assertIn("1 call of", notices())
        self.assertIn("access.break_glass", self.gate.log_text())
        metrics = self.gate.metrics().text
        self.assertIn('sallyport_break_glass_total{route="openai",model="closed"} 1', metrics)
        self.assertIn("sallyport_grants_breaking_glass 1", metrics)

        self.access("end", id, "--reason", "open again")
        self.assertEqual(self.call("closed").status, 403)
        report = self.report(id)
        self.assertEqual([step["what"] for step in report["steps"]],
                         ["access.break_glass", "access.activate", "access.end"])
        self.assertEqual((report["accesses"], report["by_break_glass"]), (2, 1))
        self.assertEqual({use["resource"]: use["outcome"] for use in report["uses"]},
                         {"closed": "allowed", "never": "refused"})

    def test_the_policies_own_word_is_what_is_replayed(self):
        self.access("break-glass", "root", "--as", "worker", "--reason", "locked out")
        self.assertEqual(self.call("closed").status, 200)
        until("an event", lambda: len(self.gate.events()) == 1)
        said = json.loads(self.gate.run("policy", "replay", "--format", "json").stdout)
        self.assertEqual((said["compared"], said["newly_allowed"], said["newly_denied"]), (1, 0, 0))
