"""Policies in a running gate: in force by signature, compared, explained, undone."""

import json
import unittest

from rig import world
from rig.gate import Gate, explanation_id, permit
from rig.upstream import Upstream
from rig.wait import until
from rig.world import CHAT, ask

ALL = permit("app", "app")
NOBODY = permit("none", "nobody")
BY_DAY = permit("by-day", "app", when="context.hour < 0")  # never
# Overflows whatever the request is.
BROKEN = ALL + ('@id("broken") forbid (principal, action, resource)\n'
                'when { context.request.bytes * 9223372036854775807 == 1 };\n')


class Policies(unittest.TestCase):
    def setUp(self):
        upstream = self.enterContext(Upstream())
        self.gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
        self.client = self.gate.client(self.gate.create_key("app"))
        self.enterContext(self.gate)

    def status(self):
        return self.client.post(CHAT, ask()).status

    def becomes(self, status):
        until(f"the gate answers {status}", lambda: self.status() == status)

    def event(self, **wanted):
        """An event with these members. Those of two connections may stand in either order."""
        return until(f"an event with {wanted}", lambda: next(
            (e for e in self.gate.events() if wanted.items() <= e.items()), None))

    def test_what_is_activated_is_in_force_without_a_reload_and_undone_by_one_command(self):
        self.assertEqual(self.status(), 200)
        self.gate.activate(NOBODY)
        self.becomes(403)
        self.gate.run("policy", "rollback")
        self.becomes(200)

    def test_a_decision_stands_in_its_event_with_the_set_that_made_it(self):
        self.client.post(CHAT, ask())
        event = self.event(status=200)
        self.assertEqual(event["policy"]["version"], "1")
        self.assertEqual(len(event["policy"]["uid"]), 64)
        self.assertEqual(event["decision"]["decision"], "allow")
        self.assertEqual(event["decision"]["mode"], "enforce")
        self.assertEqual(event["decision"]["policies"], ["app"])
        self.assertEqual(len(event["decision"]["entities"]), 16)

    def test_a_refusal_is_explained_down_to_the_clause(self):
        self.gate.activate(BY_DAY)
        self.becomes(403)
        id = explanation_id(self.client.post(CHAT, ask()))
        told = self.gate.run("explain", id).stdout
        self.assertIn("default deny", told)
        self.assertIn("nearest", told)
        self.assertIn("`by-day`", told)
        self.assertIn("is not below 0", told)
        self.assertIn("own.cedar:1:", told)
        self.assertNotIn("another one", told)

    def test_what_the_gate_cannot_ask_is_not_put_in_force(self):
        schema = self.gate.folder / "policies" / "schema.cedarschema"
        schema.write_text(schema.read_text().replace("  method: String,", ""))
        self.gate.run("policy", "activate")
        until("it is refused", lambda: "policies.refused" in self.gate.log_text())
        self.assertIn("method: String", self.gate.log_text())
        self.assertEqual(self.status(), 200)
        self.assertIn("attribute `method", self.gate.run(
            "audit", "query", "--finding", "policy.refused", "--format", "json").stdout)

    def test_policies_that_do_not_validate_are_not_signed(self):
        (self.gate.folder / "policies" / "own.cedar").write_text(
            "permit (principal, action, resource) when { context.hours == 1 };")
        done = self.gate.run("policy", "activate", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("hours", done.stderr)
        self.assertEqual(self.status(), 200)

    def test_a_forbid_that_fails_refuses_and_raises_an_event(self):
        self.gate.activate(BROKEN)
        self.becomes(403)
        event = self.event(status=403)
        self.assertEqual(event["refusal"]["rule"], "on_forbid_error")
        self.assertEqual(event["decision"]["failed"][0]["policy"], "broken")
        until("a notice", lambda: "policy.forbid_failed" in self.gate.run(
            "audit", "query", "--finding", "policy.forbid_failed", "--format", "json").stdout)
        counted = [line for line in self.gate.metrics().text.splitlines()
                   if line.startswith("sallyport_policy_failed_forbids_total ")]
        self.assertGreaterEqual(float(counted[0].split()[1]), 1)

    def test_a_shadow_set_is_compared_and_decides_nothing(self):
        self.gate.activate(NOBODY, "--shadow")
        event = until("both are asked", lambda: self.status() == 200 and next(
            (e for e in self.gate.events() if "shadow" in e), None))
        self.assertEqual(event["shadow"]["decision"], "deny")
        self.assertEqual(event["shadow"]["mode"], "shadow")
        shown = json.loads(self.gate.run("policy", "shadow", "--format", "json").stdout)
        self.assertGreaterEqual(shown["newly_denied"], 1)
        self.assertEqual(shown["newly_allowed"], 0)
        self.assertEqual(shown["differences"][0]["principal_name"], "app")
        self.assertEqual(shown["differences"][0]["before"], ["app"])
        self.gate.run("policy", "shadow", "--off")
        until("one is asked", lambda: self.status() == 200
              and "shadow" not in self.gate.events()[-1])

    def test_recorded_calls_are_decided_again_by_a_candidate(self):
        for _ in range(3):
            self.client.post(CHAT, ask())
        self.client.get("/v1/models")
        until("four events", lambda: len(self.gate.events()) == 4)
        (self.gate.folder / "policies" / "own.cedar").write_text(NOBODY)
        done = self.gate.run("policy", "replay", "--format", "json", check=False)
        self.assertEqual(done.returncode, 1)
        said = json.loads(done.stdout)
        self.assertEqual((said["compared"], said["newly_denied"], said["passed_over"]), (3, 3, 1))
        done = self.gate.activate(NOBODY)
        self.assertIn("0 of 3 calls of the last 7 days newly allowed, 3 newly denied", done.stdout)

    def test_a_note_that_nobody_signed_is_told_and_does_not_hold_up_the_next(self):
        forged = self.gate.folder / "policy-bundles" / "activations" / "00000002.note"
        forged.write_text("nothing\n")
        until("it is refused", lambda: "policies.refused" in self.gate.log_text())
        self.assertEqual(self.status(), 200)
        forged.unlink()
        self.gate.activate(NOBODY)
        self.becomes(403)

    def test_commands_and_gate_speak_of_one_folder(self):
        self.gate.write(self.gate.config | {
            "policy": self.gate.config["policy"] | {"folder": "elsewhere"}})
        (self.gate.folder / "policies").rename(self.gate.folder / "elsewhere")
        self.assertIn("elsewhere/own.cedar is good", self.gate.run("policy", "check").stdout)
        self.assertIn("already", self.gate.run("policy", "activate").stdout)

    def test_an_activation_that_was_taken_away_is_missed(self):
        self.gate.activate(NOBODY)
        self.becomes(403)
        self.gate.stop()
        newest = self.gate.folder / "policy-bundles" / "activations" / "00000002.note"
        note = newest.read_text()
        newest.unlink()
        with self.assertRaisesRegex(AssertionError, "ends with activation 1, but 2 was in force"):
            self.gate.start()
        newest.write_text(note)
        self.gate.start()
        self.assertEqual(self.status(), 403)

    def test_a_message_of_a_batch_that_is_denied_denies_the_batch(self):
        self.gate.stop()
        self.gate.process = None
        config = dict(self.gate.config)
        config["routes"] = [{"name": "tools", "prefix": "/tools", "protocol": "mcp",
                             "upstream": "scripted"}]
        config["policies"] = permit(
            "look", "app", scope='action in Action::"read", resource') + permit(
            "mail", "app", scope='action == Action::"mcp:tools/call", '
                                 'resource == Tool::"tools/read_mail"')
        self.gate.write(config)
        self.gate.start()

        def asked(*messages):
            body = [{"jsonrpc": "2.0", "id": i, "method": method, "params": {"name": tool}}
                    for i, (method, tool) in enumerate(messages)]
            return self.client.post("/tools", body if len(body) > 1 else body[0]).status

        self.assertEqual(asked(("ping", "")), 200)
        self.assertEqual(asked(("tools/call", "read_mail")), 200)
        self.assertEqual(asked(("tools/call", "send_mail")), 403)
        self.assertEqual(asked(("ping", ""), ("tools/call", "read_mail")), 200)
        self.assertEqual(asked(("ping", ""), ("tools/call", "send_mail")), 403)
        until("both are named", lambda: [
            (e["action"], e["status"]) for e in self.gate.events()
            if e.get("tool") == "send_mail"] == [("mcp:tools/call", 403)] * 2)
        allowed = until("the batch", lambda: next((e for e in self.gate.events() if
                                                   e.get("messages") and e["status"] == 200), None))
        self.assertEqual((allowed["tool"], allowed["messages"]), ("read_mail", 2))
        # A method that is called like the gate's own word for an answer to the server.
        self.assertEqual(asked(("message", "")), 200)
        self.event(action="mcp:other")


if __name__ == "__main__":
    unittest.main()
