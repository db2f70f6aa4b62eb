"""Telemetry of the real gate, as a collector sees it."""

import json
import re
import unittest

from rig import world
from rig.gate import Gate, explanation_id
from rig.otlp import Collector, attributes
from rig.upstream import Upstream
from rig.wait import free_port, until
from rig.world import CHAT, ask

SERVER, CLIENT, INTERNAL = 2, 3, 1
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
CONTEXT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$")
TOKEN = "otlp-token-91f2c0e4"


def config(upstream, endpoint, **more):
    telemetry = {"endpoint": endpoint, "interval": "1s"} | more
    return world.simple(upstream.port, telemetry=telemetry)


class Telemetry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.collector = cls.enterClassContext(Collector())
        cls.gate = Gate(config(cls.upstream, cls.collector.url + "/otlp",
                               headers={"authorization": {"prefix": "Bearer ",
                                                          "secret": {"env": "OTLP_TOKEN"}}},
                               resource=["deployment.environment.name=test"]),
                        environment=world.ENVIRONMENT | {"OTLP_TOKEN": TOKEN})
        cls.key = cls.gate.create_key("app", "--team", "research")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    def event_of(self, answer):
        return self.gate.event(answer.fields.get("sallyport-id") or explanation_id(answer))

    def assert_tree(self, spans):
        """One server span; everything else is below it and within it. Returns it."""
        server, = [span for span in spans if span.kind == SERVER]
        self.assertEqual(len({span.span_id for span in spans}), len(spans))
        for span in spans:
            self.assertEqual(len(span.trace_id), 16)
            self.assertEqual(len(span.span_id), 8)
            self.assertLessEqual(span.start_time_unix_nano, span.end_time_unix_nano)
            if span is not server:
                self.assertEqual(span.parent_span_id, server.span_id)
                self.assertGreaterEqual(span.start_time_unix_nano, server.start_time_unix_nano)
                self.assertLessEqual(span.end_time_unix_nano, server.end_time_unix_nano)
        return server

    def test_a_request_is_a_server_span_with_its_stages_and_the_upstreams_call(self):
        before = len(self.upstream.seen())
        answer = self.client.post(CHAT, ask(), traceparent=TRACEPARENT, tracestate="rojo=1")
        self.assertEqual(answer.status, 200, answer)
        event = self.event_of(answer)
        self.assertEqual(event["trace_id"], TRACE)
        sent = self.upstream.seen()[before]
        trace, parent, flags = CONTEXT.match(sent.field("traceparent")).groups()
        self.assertEqual((trace, flags), (TRACE, "01"))
        self.assertEqual(sent.field("tracestate"), "rojo=1")
        self.assertEqual(sum(name == "traceparent" for name, _ in sent.fields), 1)

        spans = self.collector.trace(TRACE, 5)
        server = self.assert_tree(spans)
        self.assertEqual(server.parent_span_id.hex(), PARENT)
        self.assertEqual(server.trace_state, "rojo=1")
        self.assertEqual(server.name, "POST openai:chat.completions")
        seen = attributes(server)
        for name, value in {
                "http.request.method": "POST", "http.response.status_code": 200,
                "url.path": CHAT, "gen_ai.operation.name": "chat", "gen_ai.request.model": "m",
                "sallyport.outcome": "allowed", "sallyport.route": "openai",
                "sallyport.team": "research", "sallyport.request.id": event["id"],
                "network.protocol.version": "1.1", "client.address": "127.0.0.1"}.items():
            self.assertEqual(seen.get(name), value, name)
        call, = [span for span in spans if span.kind == CLIENT]
        self.assertEqual(call.span_id.hex(), parent, "the upstream's parent is the client span")
        seen = attributes(call)
        for name, value in {
                "gen_ai.provider.name": "openai", "gen_ai.request.model": "m",
                "gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 4,
                "sallyport.upstream": "scripted", "http.response.status_code": 200}.items():
            self.assertEqual(seen.get(name), value, name)
        stages = {span.name for span in spans if span.kind == INTERNAL}
        self.assertLessEqual({"identity", "inspection", "policy", "record"}, stages)

    def test_a_streamed_answer_is_traced_to_its_end(self):
        answer = self.client.post(CHAT, ask(stream=True))
        event = self.event_of(answer)
        spans = self.collector.trace(event["trace_id"], 5)
        server = self.assert_tree(spans)
        self.assertEqual(server.parent_span_id, b"")
        self.assertTrue(attributes(server)["sallyport.stream"])
        call, = [span for span in spans if span.kind == CLIENT]
        self.assertTrue(attributes(call)["sallyport.tokens.estimated"])

    def test_a_refusal_is_traced_without_a_call(self):
        answer = self.gate.client("wrong").post(CHAT, ask())
        self.assertEqual(answer.status, 401)
        event = self.event_of(answer)
        spans = self.collector.trace(event["trace_id"])
        server = self.assert_tree(spans)
        self.assertEqual(attributes(server)["sallyport.refusal.stage"], "identity")
        self.assertEqual(attributes(server)["error.type"], "identity")
        self.assertFalse([span for span in spans if span.kind == CLIENT])

    def test_a_finding_is_told_and_the_secret_is_not(self):
        answer = self.client.post(CHAT, ask(f"my key is {world.SECRET}"))
        self.assertEqual(answer.status, 403)
        server = self.assert_tree(self.collector.trace(self.event_of(answer)["trace_id"]))
        finding = attributes(server.events[0])
        self.assertEqual(finding["sallyport.finding.direction"], "request")
        self.assert_secrecy()

    def test_a_hostile_context_begins_a_new_trace(self):
        for traceparent in ("", "00-" + "0" * 32 + f"-{PARENT}-01", TRACEPARENT.upper(),
                            TRACEPARENT + "-x", "ff" + TRACEPARENT[2:], "x" * 5000):
            with self.subTest(traceparent[:60]):
                before = len(self.upstream.seen())
                answer = self.client.post(CHAT, ask(), traceparent=traceparent,
                                          tracestate="rojo=1")
                event = self.event_of(answer)
                self.assertNotEqual(event["trace_id"], TRACE)
                sent = self.upstream.seen()[before]
                self.assertEqual(CONTEXT.match(sent.field("traceparent"))[1], event["trace_id"])
                self.assertIsNone(sent.field("tracestate"))

    def test_what_the_caller_does_not_sample_is_passed_on_and_not_told(self):
        trace = "5" * 32
        before = len(self.upstream.seen())
        self.client.post(CHAT, ask(), traceparent=f"00-{trace}-{PARENT}-00")
        sent = CONTEXT.match(self.upstream.seen()[before].field("traceparent"))
        self.assertEqual((sent[1], sent[3]), (trace, "00"))
        self.assertNotEqual(sent[2], PARENT)
        answer = self.client.post(CHAT, ask())  # a later one, to know that the first had its time
        self.collector.trace(self.event_of(answer)["trace_id"])
        self.assertFalse([s for s in self.collector.spans() if s.trace_id.hex() == trace])

    def test_the_metrics_are_those_of_the_page(self):
        self.client.post(CHAT, ask())
        metrics = until("metrics with a request", lambda: "sallyport.requests" in
                        self.collector.metrics() and self.collector.metrics())
        page = self.gate.metrics().text
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))
        empty = {name for name in kinds if not re.search(rf"^{name}(_bucket)?[ {{]", page, re.M)}
        for name, kind in kinds.items():
            short = re.sub(r"_(seconds|bytes)$", "", re.sub(r"_total$", "", name))
            short = short.replace("sallyport_", "sallyport.", 1)
            if name not in empty:
                field = {"counter": "sum", "gauge": "gauge", "histogram": "histogram"}[kind]
                self.assertTrue(metrics[short].HasField(field), name)
        total = metrics["sallyport.requests"].sum
        self.assertEqual((total.aggregation_temporality, total.is_monotonic), (2, True))
        self.assertTrue(all(point.start_time_unix_nano < point.time_unix_nano
                            for point in total.data_points))
        for point in metrics["sallyport.request_duration"].histogram.data_points:
            self.assertEqual(len(point.bucket_counts), len(point.explicit_bounds) + 1)
            self.assertEqual(sum(point.bucket_counts), point.count)
        self.assertEqual(metrics["sallyport.request_duration"].unit, "s")

    def test_the_log_is_told(self):
        until("the start in the logs",
              lambda: any("sallyport.listen" in attributes(r) for r in self.collector.logs()))
        record = next(r for r in self.collector.logs() if "sallyport.listen" in attributes(r))
        self.assertEqual(record.event_name, "gate.started")
        self.assertEqual((record.severity_number, record.severity_text), (9, "INFO"))
        self.assertEqual(record.body.string_value, "listeners are open")

    def test_every_export_says_who_sends_and_carries_the_header(self):
        until("something exported", lambda: self.collector.requests)
        for exchange, message in list(self.collector.requests):
            self.assertEqual(exchange.field("authorization"), f"Bearer {TOKEN}")
            resource = message.ListFields()[0][1][0].resource
            seen = attributes(resource)
            self.assertEqual(seen["service.name"], "sallyport")
            self.assertEqual(seen["deployment.environment.name"], "test")
            self.assertTrue(seen["service.version"] and seen["service.instance.id"])

    def assert_secrecy(self):
        for exchange, _ in list(self.collector.requests):
            for secret in (world.SECRET, self.key, world.UPSTREAM_KEY, TOKEN, "hello"):
                self.assertNotIn(secret.encode(), exchange.body)
        self.assertNotIn(TOKEN, self.gate.log_text() + json.dumps(self.gate.events()))

    def test_zz_no_secret_was_exported(self):
        self.client.post(CHAT, ask())
        until("all signals", lambda: {e.target for e, _ in self.collector.requests} >=
              {f"/otlp/v1/{signal}" for signal in ("traces", "metrics", "logs")})
        self.assert_secrecy()


class Away(unittest.TestCase):
    def number(self, gate, name):
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", gate.metrics().text, re.M)
        return sum(map(float, found))

    def test_a_collector_that_is_away_costs_a_counter_and_one_line(self):
        with Upstream() as upstream:
            gate = Gate(config(upstream, f"http://127.0.0.1:{free_port()}", queue="64KiB"),
                        environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                def dropped():
                    for _ in range(20):
                        self.assertEqual(client.post(CHAT, ask()).status, 200)
                    return self.number(gate, "sallyport_telemetry_dropped_total") > 0
                until("something is dropped", dropped)
                self.assertGreater(self.number(gate, "sallyport_telemetry_failed_requests_total"), 0)
                self.assertEqual(self.number(gate, "sallyport_telemetry_up"), 0)
                self.assertLessEqual(self.number(gate, "sallyport_telemetry_queue_bytes"),
                                     3 * 65536)
                self.assertEqual(gate.log_text().count("telemetry.away"), 1, gate.log_text())
                self.assertEqual(gate.metrics("/readyz").status, 200)

    def test_what_waited_arrives_when_the_collector_is_there_again(self):
        with Upstream() as upstream, Collector() as collector:
            collector.answer = lambda exchange: exchange.reply(
                503, b"", {"retry-after": "0"}) or True
            gate = Gate(config(upstream, collector.url), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                answer = client.post(CHAT, ask())
                trace = gate.event(answer.fields["sallyport-id"])["trace_id"]
                until("the log says it", lambda: "telemetry.away" in gate.log_text())
                collector.answer = None
                collector.trace(trace, 5)
                until("the log says it", lambda: "telemetry.back" in gate.log_text())
                self.assertEqual(self.number(gate, "sallyport_telemetry_dropped_total"), 0)

    def test_the_last_spans_leave_when_the_gate_stops(self):
        with Upstream() as upstream, Collector() as collector:
            gate = Gate(config(upstream, collector.url, metrics=False, logs=False),
                        environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                self.assertEqual(client.post(CHAT, ask()).status, 200)
            self.assertTrue(collector.spans())
            self.assertEqual({e.target for e, _ in collector.requests}, {"/v1/traces"})

    def test_without_the_section_nothing_changes(self):
        with Upstream() as upstream:
            gate = Gate(world.simple(upstream.port), environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                answer = client.post(CHAT, ask(), traceparent=TRACEPARENT)
                self.assertEqual(upstream.seen()[-1].field("traceparent"), TRACEPARENT)
                self.assertNotIn("trace_id", gate.event(answer.fields["sallyport-id"]))
                self.assertNotIn("sallyport_telemetry", gate.metrics().text)

    def test_an_upstream_that_fails_over_is_two_calls(self):
        with Upstream() as alive, Collector() as collector:
            sections = config(alive, collector.url)
            sections["upstreams"]["dead"] = world.upstream(free_port())
            sections["models"] = {"m": {"retries": 1, "targets": [
                {"upstream": "dead", "model": "m"},
                {"upstream": "scripted", "model": "m", "priority": 1}]}}
            gate = Gate(sections, environment=world.ENVIRONMENT)
            client = gate.client(gate.create_key("app"))
            with gate:
                answer = client.post(CHAT, ask())
                self.assertEqual(answer.status, 200, answer)
                trace = gate.event(answer.fields["sallyport-id"])["trace_id"]
                calls = [s for s in collector.trace(trace, 6) if s.kind == CLIENT]
            calls.sort(key=lambda span: span.start_time_unix_nano)
            self.assertEqual([attributes(c)["sallyport.upstream"] for c in calls],
                             ["dead", "scripted"])
            self.assertEqual(attributes(calls[0])["error.type"], "unavailable")
            self.assertEqual(calls[0].status.code, 2)
            self.assertEqual(attributes(calls[1])["http.request.resend_count"], 1)
