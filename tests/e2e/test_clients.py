"""The official clients, pointed at the gate: one base URL and one key change, nothing else."""

import struct
import threading
import unittest

from rig import node, world
from rig.gate import ROOT, Gate, permit
from rig.upstream import Upstream, chat_answer, chat_chunk
from rig.wait import until


def anthropic_events(exchange, pieces):
    exchange.event({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1}}}, "message_start")
    exchange.event({"type": "content_block_start", "index": 0,
                    "content_block": {"type": "text", "text": ""}}, "content_block_start")
    for piece in pieces:
        exchange.event({"type": "content_block_delta", "index": 0,
                        "delta": {"type": "text_delta", "text": piece}}, "content_block_delta")
    exchange.event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    exchange.event({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                    "usage": {"output_tokens": 3}}, "message_delta")
    exchange.event({"type": "message_stop"}, "message_stop")


class Script:
    """What the clients ask of the scripted upstream, by the words of the prompt."""

    LEAK = f"The key is {world.SECRET}, keep it."

    def __init__(self):
        self.flaky = 0
        self.cancelled = []
        self.lock = threading.Lock()

    def __call__(self, exchange):
        asked = exchange.json()
        anthropic = exchange.target.endswith("/messages")
        prompt = asked["messages"][-1]["content"]
        if prompt == "flaky":
            with self.lock:
                self.flaky += 1
                if self.flaky <= 2:
                    return exchange.reply(503, {"error": {"message": "not now"}})
            if anthropic:
                return exchange.reply(body=self.message("at last"))
            return exchange.reply(body=chat_answer("at last"))
        if prompt == "silent":
            exchange.wait_until_gone()
            self.cancelled.append("silent")
            raise ConnectionError
        if prompt == "endless":
            exchange.begin_events()
            if anthropic:
                anthropic_events(exchange, ["once upon a time " * 20] * 3)
            else:
                for _ in range(3):
                    exchange.event(chat_chunk("once upon a time " * 20))
            exchange.wait_until_gone()
            self.cancelled.append("endless")
            raise ConnectionError
        if prompt == "leak" and not asked.get("stream"):
            return exchange.reply(body=self.message(self.LEAK) if anthropic
                                  else chat_answer(self.LEAK))
        pieces = [self.LEAK[i : i + 5] for i in range(0, len(self.LEAK), 5)]
        exchange.begin_events()
        if anthropic:
            anthropic_events(exchange, pieces)
        else:
            for piece in pieces:
                exchange.event(chat_chunk(piece))
            exchange.event("[DONE]")
        return exchange.end()

    @staticmethod
    def message(text):
        return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
                "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}


def config(scripted):
    digits, grpc = world.digits_ports()
    return {
        "upstreams": {
            "chat": world.upstream(world.chat_port()),
            "scripted": world.upstream(scripted, circuit={"failures": 1000}),
            "digits": {"url": f"http://127.0.0.1:{digits}", "health": {"path": "/v2/health/ready"}},
            "digits-grpc": {"url": f"http://127.0.0.1:{grpc}", "http": "2"},
        },
        "models": {
            "chat": {"targets": [{"upstream": "chat", "model": "transparent-chat"}]},
            "large": {"targets": [{"upstream": "chat", "model": "transparent-chat"}]},
            "scripted": {"targets": [{"upstream": "scripted", "model": "m"}], "retries": 0},
            "digits": {"targets": [{"upstream": "digits", "model": "digits"}]},
            "digits-grpc": {"targets": [{"upstream": "digits-grpc", "model": "digits"}]},
        },
        "routes": [
            {"name": "anthropic", "prefix": "/anthropic", "protocol": "anthropic",
             "models": ["chat", "large", "scripted"]},
            {"name": "openai", "prefix": "/", "protocol": "openai",
             "models": ["chat", "large", "scripted"]},
            {"name": "kserve", "prefix": "/", "protocol": "kserve", "models": ["digits"]},
        ],
        "policies":
            permit("app", "app", "limited", when='[Model::"chat", Model::"scripted", '
                                                 'Model::"digits"].contains(resource)',
                   scope="action, resource is Model")
            + permit("probes", "app", scope='action in Action::"kserve", resource is Route')
            + permit("other", "other", scope='action, resource == Model::"large"'),
    }


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.script = Script()
        cls.upstream = cls.enterClassContext(Upstream(cls.script))
        cls.gate = Gate(config(cls.upstream.port), pki=world.pki(), environment=world.ENVIRONMENT)
        cls.app = cls.gate.create_key("app")
        cls.other = cls.gate.create_key("other")
        cls.limited = cls.gate.create_key("limited", "--rpm", "1")
        cls.enterClassContext(cls.gate)

    def given(self, **more):
        return {"url": self.gate.base_url(), "key": self.app, "other": self.other,
                "limited": self.limited, "secret": world.SECRET,
                "planted": [self.app, self.other, world.SECRET, world.UPSTREAM_KEY]} | more

    @node.needed
    def test_openai(self):
        self.script.flaky = 0
        self.script.cancelled.clear()
        node.scenarios(self, "openai.mjs", self.given(), world.pki().ca)
        until("both cancellations at the upstream",
              lambda: sorted(self.script.cancelled) == ["endless", "silent"])
        ours = {e.field("authorization") for e in self.upstream.seen()}
        self.assertEqual(ours, {f"Bearer {world.UPSTREAM_KEY}"})

    @node.needed
    def test_anthropic(self):
        self.script.flaky = 0
        self.script.cancelled.clear()
        node.scenarios(self, "anthropic.mjs", self.given(), world.pki().ca)
        until("the cancellation at the upstream", lambda: self.script.cancelled == ["endless"])

    def test_kserve_rest(self):
        client = self.gate.client(self.app)
        self.assertEqual(client.get("/v2/health/live").status, 200)
        self.assertEqual(client.get("/v2/models/digits").json()["inputs"][0]["name"], "pixels")
        self.assertEqual(client.get("/v2/models/digits/ready").status, 200)
        answer = client.post("/v2/models/digits/infer", world.DIGIT).json()
        self.assertEqual(answer["outputs"][0]["data"], [7])
        self.assertEqual(answer["id"], world.DIGIT["id"])

    def test_kserve_binary_tensors(self):
        pixels = struct.pack("<64f", *world.DIGIT["inputs"][0]["data"])
        head = (b'{"inputs":[{"name":"pixels","datatype":"FP32","shape":[1,64],"parameters":'
                b'{"binary_data_size":256}}],"parameters":{"binary_data_output":true}}')
        answer = self.gate.client(self.app).post(
            "/v2/models/digits/infer", head + pixels,
            **{"content-type": "application/octet-stream",
               "inference-header-content-length": str(len(head))})
        self.assertEqual(answer.status, 200, answer)
        split = int(answer.fields["inference-header-content-length"])
        self.assertEqual(struct.unpack("<q", answer.body[split : split + 8]), (7,))

    def test_kserve_refusals(self):
        self.assertEqual(self.gate.client().post("/v2/models/digits/infer", world.DIGIT).status, 401)
        refused = self.gate.client(self.other).post("/v2/models/digits/infer", world.DIGIT)
        self.assertEqual(refused.status, 403)
        self.assertIn("error", refused.json())
        wrong = self.gate.client(self.app).post("/v2/models/digits/infer", {"inputs": []})
        self.assertEqual(wrong.status, 400)

    def test_the_key_may_come_as_x_api_key(self):
        answer = self.gate.client().post(world.CHAT, world.ask("echo: x", model="chat"),
                                         **{"x-api-key": self.app})
        self.assertEqual(answer.json()["choices"][0]["message"]["content"], "x")


class Grpc(unittest.TestCase):
    @node.needed
    def test_kserve_grpc(self):
        _, port = world.digits_ports()
        gate = Gate({
            "upstreams": {"digits": {"url": f"http://127.0.0.1:{port}", "http": "2"}},
            "models": {"digits": {"targets": [{"upstream": "digits", "model": "digits"}]}},
            "routes": [{"name": "grpc", "prefix": "/", "protocol": "kserve-grpc",
                        "models": ["digits"]}],
            "policies": permit("app", "app"),
        }, pki=world.pki())
        given = {"key": gate.create_key("app"), "other": gate.create_key("other"), "planted": [],
                 "target": f"localhost:{gate.port}", "ca": str(world.pki().ca),
                 "proto": str(ROOT / "examples" / "kserve_v2.proto"),
                 "digit": str(ROOT / "examples" / "digit.json")}
        with gate:
            node.scenarios(self, "kserve_grpc.mjs", given)
            calls = [e for e in gate.events() if e["outcome"] == "allowed"]
            self.assertTrue(all(e["protocol"] == "kserve-grpc" for e in calls))


class Mcp(unittest.TestCase):
    @node.needed
    def test_mcp(self):
        gate = Gate({
            "upstreams": {"tools": {"url": f"http://127.0.0.1:{world.mcp_port()}"}},
            "routes": [{"name": "tools", "prefix": "/tools", "protocol": "mcp",
                        "upstream": "tools"}],
            "policies": permit("app", "app", when='context.request in Route::"tools"'),
        }, pki=world.pki())
        given = {"url": gate.base_url(), "key": gate.create_key("app"),
                 "other": gate.create_key("other"), "secret": world.SECRET, "planted": []}
        with gate:
            node.scenarios(self, "mcp.mjs", given, world.pki().ca)
            called = [e for e in gate.events() if e["action"] == "mcp:tools/call"]
            self.assertTrue(called)


if __name__ == "__main__":
    unittest.main()
