"""What `deploy/` holds works with the gate as it is: no panel and no alert about a number that does
not exist."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import unittest

from rig import world
from rig.gate import ROOT, Gate
from rig.otlp import Collector
from rig.upstream import Upstream
from rig.wait import free_port
from rig.world import CHAT, ask

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "sallyport.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "sallyport.json"
NAME = re.compile(r"\b(?:instance(?:_route)?:)?sallyport_[a-z0-9_]+(?::[a-z0-9_]+)?")


def witness_key(name):
    """A verifier key for cosignatures (C2SP tlog-cosignature): algorithm 4, Ed25519. RFC 8032's
    first test vector is the key."""
    key = b"\x04" + bytes.fromhex(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    return f"{name}+{id.hex()}+{base64.b64encode(key).decode()}"


def expressions(panels):
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", []))
        yield from expressions(panel.get("panels", []))


def rule_expressions():
    """The `expr` of every rule, with those that go over several lines."""
    lines = RULES.read_text().splitlines()
    for number, line in enumerate(lines):
        if match := re.match(r"( +)expr: (.*)$", line):
            text = match[2] if match[2] != "|" else ""
            for more in lines[number + 1:] if match[2] == "|" else []:
                if more.strip() and not more.startswith(match[1] + " "):
                    break
                text += more + "\n"
            yield text


class Names(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        upstream = cls.enterClassContext(Upstream())
        collector = cls.enterClassContext(Collector())
        # A witness that is away: its numbers are there all the same.
        # An issuer, whose key is that of RFC 8037, appendix A.
        jwks = world.folder() / "deploy.jwks"
        jwks.write_text(json.dumps({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "kid": "one",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))
        issuer = {"issuer": "https://login.example", "audiences": ["https://gate.example"],
                  "jwks": {"file": str(jwks)}}
        witness = {"url": f"http://127.0.0.1:{free_port()}", "key": witness_key("away.example")}
        gate = Gate(world.simple(upstream.port, telemetry={"endpoint": collector.url},
                                 identity={"issuers": {"corp": issuer}},
                                 ledger={"folder": "ledger", "key": {"file": "ledger.key"},
                                         "witnesses": [witness]}),
                    pki=world.pki(), environment=world.ENVIRONMENT)
        client = gate.client(gate.create_key("app"))
        cls.enterClassContext(gate)
        client.post(CHAT, ask())
        gate.client("wrong").post(CHAT, ask())
        page = gate.metrics().text
        cls.families = set(re.findall(r"^# TYPE (\S+)", page, re.M))
        cls.kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)", page, re.M))
        cls.labels = {}
        for name, labels in re.findall(r"^(\w+)\{(.*)\} \S+$", page, re.M):
            cls.labels.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
        cls.recorded = set(re.findall(r"record: (\S+)", RULES.read_text()))

    def assert_known(self, expression):
        for name in NAME.findall(expression):
            if name in self.recorded:
                continue
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            if self.kinds.get(family) != "histogram":
                family = name
            self.assertIn(family, self.families, expression)
            # The labels that a selector of this metric asks for; `instance` and `job` are scraped.
            for selector in re.findall(re.escape(name) + r"\{([^}]*)\}", expression):
                asked = set(re.findall(r'(\w+)\s*(?:=|!=|=~|!~)\s*"', selector))
                self.assertLessEqual(asked - {"instance", "job"}, self.labels.get(name, set()),
                                     expression)

    def test_every_panel_shows_numbers_that_exist(self):
        dashboard = json.loads(DASHBOARD.read_text())
        found = list(expressions(dashboard["panels"]))
        self.assertGreater(len(found), 30)
        for expression in found:
            self.assert_known(expression)
        for variable in dashboard["templating"]["list"]:
            self.assert_known(variable.get("definition", ""))

    def test_every_rule_is_about_numbers_that_exist(self):
        found = list(rule_expressions())
        self.assertEqual(len(found), len(re.findall(r"- (?:alert|record):", RULES.read_text())))
        for expression in found:
            self.assert_known(expression)

    def test_every_number_is_on_the_dashboard(self):
        shown = set(NAME.findall(DASHBOARD.read_text() + RULES.read_text()))
        shown |= {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
        self.assertEqual(self.families - shown, set())

    def test_panels_have_places_of_their_own(self):
        taken, ids = set(), set()
        for panel in json.loads(DASHBOARD.read_text())["panels"]:
            self.assertNotIn(panel["id"], ids)
            ids.add(panel["id"])
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
class Promtool(unittest.TestCase):
    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], capture_output=True, text=True,
                              cwd=RULES.parent)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_rules_and_the_configuration_are_well_formed(self):
        self.promtool("check", "config", "prometheus.yml")
        self.promtool("check", "rules", RULES.name)

    def test_the_rules_fire_when_they_should(self):
        self.promtool("test", "rules", "sallyport.test.yml")

    def test_every_alert_has_a_test_in_which_it_fires(self):
        alerts = set(re.findall(r"alert: (\S+)", RULES.read_text()))
        tests = (RULES.parent / "sallyport.test.yml").read_text()
        fired = set(re.findall(r"alertname: (\S+)\n +eval_time: \S+\n +exp_alerts:", tests))
        self.assertEqual(alerts - fired, set())

    def test_the_metrics_page_is_well_formed(self):
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                client.post(CHAT, ask())
                page = gate.metrics().text
        done = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
