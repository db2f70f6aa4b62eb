"""Secrets and canaries, in prompts and answers, however they are cut and wrapped."""

import gzip
import json
import unittest

from rig import world
from rig.gate import Gate, explanation_id
from rig.upstream import Upstream, chat_answer, chat_chunk
from rig.world import CHAT, SECRET, ask

CANARY = "the heron crosses at 4711 midnight-lanterns"
# More of a secret than this may never have left the gate when it ends a stream.
SHOWN = 16


def text_chunks(pieces):
    return [chat_chunk(piece) for piece in pieces] + ["[DONE]"]


def messages_events(pieces):
    start = {"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "usage": {"input_tokens": 1, "output_tokens": 1}}}
    block = {"type": "content_block_start", "index": 0,
             "content_block": {"type": "text", "text": ""}}
    deltas = [{"type": "content_block_delta", "index": 0,
               "delta": {"type": "text_delta", "text": piece}} for piece in pieces]
    return [start, block, *deltas, {"type": "content_block_stop", "index": 0},
            {"type": "message_stop"}]


def responses_events(pieces):
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    return [*({"type": "response.output_text.delta", "delta": piece} | at for piece in pieces),
            {"type": "response.output_text.done", "text": "".join(pieces)} | at]


def completion_chunks(pieces):
    return [{"id": "c", "object": "text_completion", "created": 1, "model": "m",
             "choices": [{"index": 0, "text": piece, "finish_reason": None}]}
            for piece in pieces] + ["[DONE]"]


# name -> (path, request, events of a stream, a whole answer)
SURFACES = {
    "chat": (CHAT, ask(), text_chunks, chat_answer),
    "messages": ("/anthropic/v1/messages", ask(max_tokens=9), messages_events,
                 lambda text: {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                               "content": [{"type": "text", "text": text}],
                               "stop_reason": "end_turn",
                               "usage": {"input_tokens": 1, "output_tokens": 1}}),
    "responses": ("/v1/responses", {"model": "m", "input": "hi"}, responses_events,
                  lambda text: {"id": "r", "object": "response", "status": "completed",
                                "model": "m", "output": [
                                    {"type": "message", "role": "assistant", "content": [
                                        {"type": "output_text", "text": text}]}]}),
    "completions": ("/v1/completions", {"model": "m", "prompt": "hi"}, completion_chunks,
                    lambda text: {"id": "c", "object": "text_completion", "created": 1,
                                  "model": "m", "choices": [{"index": 0, "text": text}]}),
}


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(lambda exchange: cls.script(exchange)))
        config = world.simple(cls.upstream.port, inspection={
            "request": "refuse", "response": "refuse",
            "canaries": [{"name": "heron", "value": {"env": "CANARY"}}]})
        config["gate"] = {"limits": {"requests_per_minute_per_key": 1_000_000,
                                     "burst_per_key": 1_000_000}}
        cls.gate = Gate(config, environment=world.ENVIRONMENT | {"CANARY": CANARY})
        cls.key = cls.gate.create_key("app")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    def post(self, path, body, script):
        type(self).script = staticmethod(script)
        return self.client.post(path, body)

    def stream(self, path, body, events, fields=(), cut=None):
        def send(exchange):
            exchange.begin_events(dict(fields))
            raw = b"".join(
                (f"event: {e['type']}\n" if isinstance(e, dict) and "type" in e else "").encode()
                + b"data: " + (e if isinstance(e, str) else json.dumps(e)).encode() + b"\n\n"
                for e in events)
            if dict(fields).get("content-encoding") == "gzip":
                raw = gzip.compress(raw)
            for i in range(0, len(raw), cut or len(raw)):
                exchange.chunk(raw[i : i + (cut or len(raw))])
            exchange.end()
        return self.post(path, body | {"stream": True}, send)

    def refused(self, answer, what, rule):
        """The answer ended in a refusal; the secret did not come, the record has the finding."""
        self.assertNotIn(what[:SHOWN], answer.text)
        event = self.gate.event(explanation_id(answer))
        self.assertEqual(event["outcome"], "refused", event)
        self.assertEqual(event["refusal"]["stage"], "response")
        self.assertIn(rule, [finding["rule"] for finding in event["findings"]])
        self.assertNotIn(what, json.dumps(event))
        return event

    def test_whole_answers_on_every_surface(self):
        for surface, (path, body, _, whole) in SURFACES.items():
            for what, rule in ((SECRET, "anthropic-api-key"), (CANARY, "canary:heron")):
                with self.subTest(surface=surface, rule=rule):
                    answer = self.post(path, body, lambda exchange: exchange.reply(
                        body=whole(f"so {what} it is")))
                    self.assertEqual(answer.status, 403)
                    self.refused(answer, what, rule)

    def test_streams_cut_at_every_byte_of_the_secret(self):
        for surface, (path, body, events, _) in SURFACES.items():
            for i in range(1, len(SECRET)):
                with self.subTest(surface=surface, at=i):
                    answer = self.stream(path, body, events(
                        ["before it ", SECRET[:i], SECRET[i:], " after"]))
                    self.assertEqual(answer.status, 200)
                    self.refused(answer, SECRET, "anthropic-api-key")

    def test_streams_of_single_characters_in_single_bytes(self):
        for surface, (path, body, events, _) in SURFACES.items():
            for what, rule in ((SECRET, "anthropic-api-key"), (CANARY, "canary:heron")):
                with self.subTest(surface=surface, rule=rule):
                    answer = self.stream(path, body, events([*f"so {what} it is"]), cut=1)
                    self.refused(answer, what, rule)

    def test_json_escapes_do_not_hide_it(self):
        escaped = "".join(f"\\u{ord(c):04x}" for c in SECRET)
        raw = json.dumps(chat_answer("X")).replace("X", escaped).encode()
        self.refused(self.post(CHAT, ask(), lambda e: e.reply(body=raw)), SECRET,
                     "anthropic-api-key")
        event = "data: " + json.dumps(chat_chunk("X")).replace("X", escaped) + "\n\n"

        def send(exchange):
            exchange.begin_events()
            exchange.chunk(event.encode())
            exchange.end()
        answer = self.post(CHAT, ask(stream=True), send)
        self.assertNotIn(escaped[:60], answer.text)
        self.refused(answer, SECRET, "anthropic-api-key")

    def test_compression_does_not_hide_it(self):
        packed = gzip.compress(json.dumps(chat_answer(SECRET)).encode())
        answer = self.post(CHAT, ask(), lambda e: e.reply(
            body=packed, fields={"content-encoding": "gzip"}))
        self.refused(answer, SECRET, "anthropic-api-key")
        answer = self.stream(CHAT, ask(), text_chunks(["a ", SECRET, " b"]),
                             {"content-encoding": "gzip"}, cut=7)
        self.refused(answer, SECRET, "anthropic-api-key")

    def test_a_compressed_answer_arrives_decoded(self):
        packed = gzip.compress(json.dumps(chat_answer("fine")).encode())
        answer = self.post(CHAT, ask(), lambda e: e.reply(
            body=packed, fields={"content-encoding": "gzip"}))
        self.assertEqual(answer.json()["choices"][0]["message"]["content"], "fine")
        self.assertNotIn("content-encoding", answer.fields)

    def test_a_compression_bomb_is_refused(self):
        bomb = gzip.compress(b'{"a":"' + b"x" * 50_000_000 + b'"}', 9)
        answer = self.post(CHAT, ask(), lambda e: e.reply(
            body=bomb, fields={"content-encoding": "gzip"}))
        self.assertEqual(answer.status, 502, answer)

    def test_other_places_of_an_answer(self):
        places = {
            "tool arguments": {"tool_calls": [{"id": "1", "type": "function", "function": {
                "name": "f", "arguments": json.dumps({"key": SECRET})}}]},
            "reasoning": {"content": "x", "reasoning_content": SECRET},
            "refusal": {"content": None, "refusal": SECRET},
            "unknown member": {"content": "x", "future": {"deep": [SECRET]}},
            "member name": {"content": "x", SECRET: 1},
        }
        for name, message in places.items():
            with self.subTest(name):
                whole = chat_answer("")
                whole["choices"][0]["message"] = {"role": "assistant"} | message
                answer = self.post(CHAT, ask(), lambda e: e.reply(body=whole))
                self.refused(answer, SECRET, "anthropic-api-key")

    def test_other_lanes_of_a_stream(self):
        def chunk(choice):
            return chat_chunk("") | {"choices": [choice]}
        middle = len(SECRET) // 2
        halves = (SECRET[:middle], SECRET[middle:])
        lanes = {
            "second choice": [chunk({"index": i, "delta": {"content": piece}})
                              for half in halves for i, piece in ((0, "noise "), (1, half))],
            "tool arguments": [chunk({"index": 0, "delta": {"tool_calls": [
                {"index": 0, "function": {"arguments": half}}]}}) for half in halves],
            "reasoning": [chunk({"index": 0, "delta": {"reasoning_content": half}})
                          for half in halves],
        }
        for name, events in lanes.items():
            with self.subTest(name):
                self.refused(self.stream(CHAT, ask(), [*events, "[DONE]"]), SECRET,
                             "anthropic-api-key")

    def test_clean_streams_arrive_whole_and_are_recorded_as_seen(self):
        text = "sk-ant-api is where it begins, but 世界 👋 is no key; sk-ant-api03-too-short ends."
        for surface, (path, body, events, _) in SURFACES.items():
            with self.subTest(surface):
                sent = events([*text])
                answer = self.stream(path, body, sent, cut=5)
                got = [json.loads(d) for d in answer.events() if d != "[DONE]"]
                self.assertEqual(got, [e for e in sent if isinstance(e, dict)])
                event = self.gate.event(answer.fields["sallyport-id"])
                self.assertEqual(event["outcome"], "allowed")
                self.assertEqual(event["response_coverage"], "full")
                self.assertTrue(event["stream"])

    def test_what_was_not_looked_at_is_recorded_as_skipped(self):
        answer = self.post("/plain/picture", {}, lambda e: e.reply(
            body=b"\x89PNG" + SECRET.encode(), fields={"content-type": "image/png"}))
        self.assertEqual(answer.status, 200)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertEqual(event["response_coverage"], "skipped")

    def test_a_stream_that_breaks_off_says_so(self):
        def send(exchange):
            exchange.begin_events()
            exchange.event(chat_chunk("begun and never"))
            raise ConnectionError
        answer = self.post(CHAT, ask(stream=True), send)
        event = self.gate.event(answer.fields["sallyport-id"])
        self.assertNotEqual(event["outcome"], "allowed")
        self.assertTrue(answer.broken or explanation_id(answer))


class Prompts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        config = world.simple(cls.upstream.port, inspection={
            "canaries": [{"name": "heron", "value": {"env": "CANARY"}}]})
        cls.gate = Gate(config, environment=world.ENVIRONMENT | {"CANARY": CANARY})
        cls.key = cls.gate.create_key("app")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    def test_it_is_found_wherever_it_stands(self):
        escaped = json.dumps(ask("X")).replace("X", "".join(f"\\u{ord(c):04x}" for c in SECRET))
        places = {
            "content": ask(f"my key is {SECRET} ok?"),
            "system": {"model": "m", "messages": [{"role": "system", "content": SECRET}]},
            "a part": {"model": "m", "messages": [
                {"role": "user", "content": [{"type": "text", "text": SECRET}]}]},
            "tool arguments": {"model": "m", "messages": [{"role": "assistant", "tool_calls": [
                {"id": "1", "type": "function",
                 "function": {"name": "f", "arguments": json.dumps({"k": SECRET})}}]}]},
            "tool description": ask(tools=[{"type": "function", "function": {
                "name": "f", "description": SECRET}}]),
            "a member's name": ask(metadata={SECRET: "x"}),
            "an unknown member": ask(later={"deep": [[SECRET]]}),
            "escaped": escaped.encode(),
        }
        for place, body in places.items():
            with self.subTest(place):
                answer = self.client.post(CHAT, body, **{"content-type": "application/json"})
                self.assertEqual(answer.status, 403, answer)
                self.assertNotIn(SECRET[:SHOWN], answer.text)
                event = self.gate.event(explanation_id(answer))
                self.assertEqual(event["refusal"]["stage"], "inspection")
                self.assertEqual(event["findings"][0]["rule"], "anthropic-api-key")
                self.assertNotIn(SECRET[:SHOWN], json.dumps(event))
        self.assertEqual(self.upstream.seen(), [])

    def test_a_canary_is_found(self):
        answer = self.client.post(CHAT, ask(f"say: {CANARY}."))
        self.assertEqual(answer.status, 403)
        event = self.gate.event(explanation_id(answer))
        self.assertEqual(event["findings"][0]["rule"], "canary:heron")
        self.assertNotIn(CANARY, json.dumps(event))

    def test_the_query_is_looked_at(self):
        answer = self.client.get(f"/plain/x?key={SECRET}")
        self.assertEqual(answer.status, 403)

    def test_where_findings_are_only_noted_the_request_passes(self):
        config = world.simple(self.upstream.port, inspection={"request": "annotate",
                                                              "response": "annotate"})
        gate = Gate(config, environment=world.ENVIRONMENT)
        key = gate.create_key("app")
        with gate:
            before = len(self.upstream.seen())
            answer = gate.client(key).post(CHAT, ask(SECRET))
            self.assertEqual(answer.status, 200)
            event = gate.event(answer.fields["sallyport-id"])
            self.assertEqual(event["findings"][0]["rule"], "anthropic-api-key")
            self.assertEqual(event["request_coverage"], "full")
            with self.upstream.lock:
                del self.upstream.exchanges[before:]
