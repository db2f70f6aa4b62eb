"""What stands behind the gate fails, comes back, and is never trusted."""

import socket
import ssl
import threading
import unittest

from rig import world
from rig.gate import Gate, explanation_id, permit
from rig.upstream import Upstream, answer_chat, chat_answer
from rig.wait import free_port, until
from rig.world import CHAT, ask


def named(name):
    """An upstream that answers with its name."""
    def script(exchange):
        exchange.reply(body=chat_answer(name))
    return Upstream(script)


def failing(status):
    def script(exchange):
        exchange.reply(status, {"error": {"message": "no"}})
    return Upstream(script)


def text_of(answer):
    return answer.json()["choices"][0]["message"]["content"]


def config(upstreams, targets, **model):
    return {
        "upstreams": upstreams,
        "models": {"m": {"targets": targets} | model},
        "routes": [{"name": "openai", "prefix": "/", "protocol": "openai", "models": ["m"]}],
        "policies": permit("app", "app"),
    }


class Running:
    """A gate with this configuration, and a client with the key `app`."""

    def __init__(self, configuration):
        self.gate = Gate(configuration, environment=world.ENVIRONMENT)
        self.client = self.gate.client(self.gate.create_key("app"))

    def __enter__(self):
        self.gate.__enter__()
        return self

    def __exit__(self, *exception):
        return self.gate.__exit__(*exception)

    def ask(self):
        return self.client.post(CHAT, ask())


class Failover(unittest.TestCase):
    def test_the_next_target_answers_when_one_refuses_connections(self):
        with named("b") as b:
            targets = [{"upstream": "a", "priority": 0}, {"upstream": "b", "priority": 1}]
            with Running(config({"a": world.upstream(free_port()), "b": world.upstream(b.port)},
                                targets)) as r:
                for _ in range(10):
                    self.assertEqual(text_of(r.ask()), "b")

    def test_an_unhealthy_upstream_gets_nothing_and_is_used_again_when_it_is_well(self):
        well = threading.Event()
        well.set()

        def script(exchange):
            if exchange.target == "/health":
                return exchange.reply(200 if well.is_set() else 500)
            return exchange.reply(body=chat_answer("a"))
        health = {"path": "/health", "every": "100ms", "down_after": 2, "up_after": 1}
        with Upstream(script) as a, named("b") as b:
            targets = [{"upstream": "a", "priority": 0}, {"upstream": "b", "priority": 1}]
            with Running(config({"a": world.upstream(a.port, health=health),
                                 "b": world.upstream(b.port)}, targets)) as r:
                self.assertEqual(text_of(r.ask()), "a")
                well.clear()
                until("a is left aside", lambda: text_of(r.ask()) == "b")
                self.assertIn("upstream.down", r.gate.log_text())
                well.set()
                until("a is used again", lambda: text_of(r.ask()) == "a")
                self.assertIn("upstream.up", r.gate.log_text())

    def test_the_circuit_opens_after_failures_and_one_request_tries(self):
        with failing(503) as a:
            circuit = {"failures": 3, "open": "500ms"}
            with Running(config({"a": world.upstream(a.port, circuit=circuit)},
                                [{"upstream": "a"}], retries=0)) as r:
                until("the circuit opens", lambda: r.ask() and len(a.seen()) == 3
                      and r.ask().status == 503 and len(a.seen()) == 3)
                until("one request tries", lambda: r.ask() and len(a.seen()) > 3)
                a.script = answer_chat
                until("the circuit closes", lambda: r.ask().status == 200)
                self.assertEqual([r.ask().status for _ in range(5)], [200] * 5)

    def test_the_fallback_model_answers_when_every_target_failed(self):
        with named("small") as b:
            both = config({"a": world.upstream(free_port()), "b": world.upstream(b.port)},
                          [{"upstream": "a"}], fallback="small")
            both["models"]["small"] = {"targets": [{"upstream": "b", "model": "tiny"}]}
            with Running(both) as r:
                answer = r.ask()
                self.assertEqual(text_of(answer), "small")
                self.assertEqual(b.seen()[-1].json()["model"], "tiny")
                event = r.gate.event(answer.fields["sallyport-id"])
                self.assertEqual((event["upstream"], event["model"]), ("b", "m"))

    def test_weights_share_the_requests(self):
        with named("a") as a, named("b") as b:
            with Running(config({"a": world.upstream(a.port), "b": world.upstream(b.port)},
                                [{"upstream": "a", "weight": 3}, {"upstream": "b"}])) as r:
                got = [text_of(r.ask()) for _ in range(100)]
                self.assertGreater(got.count("a"), got.count("b"))
                self.assertGreater(got.count("b"), 5)

    def test_nobody_left_is_503_with_an_explanation(self):
        with Running(config({"a": world.upstream(free_port())}, [{"upstream": "a"}])) as r:
            answer = r.ask()
            self.assertIn(answer.status, (502, 503))
            event = r.gate.event(explanation_id(answer))
            self.assertEqual(event["refusal"]["stage"], "upstream")
            self.assertEqual(event["outcome"], "failed")

    def test_a_silent_upstream_is_504(self):
        def script(exchange):
            exchange.wait_until_gone()
            raise ConnectionError
        with Upstream(script) as a:
            timeouts = {"first_byte": "300ms"}
            with Running(config({"a": world.upstream(a.port, timeouts=timeouts)},
                                [{"upstream": "a"}], retries=0)) as r:
                self.assertEqual(r.ask().status, 504)


class Connections(unittest.TestCase):
    def test_a_pooled_connection_that_died_is_replaced_unnoticed(self):
        with Upstream() as a:
            with Running(config({"a": world.upstream(a.port)}, [{"upstream": "a"}])) as r:
                for _ in range(5):
                    self.assertEqual(r.ask().status, 200)
                    a.close()
                    a.listen()
                self.assertEqual(r.ask().status, 200)

    def test_connections_are_kept_and_shared(self):
        lock, accepted = threading.Lock(), set()

        def script(exchange):
            with lock:
                accepted.add(exchange.connection)
            answer_chat(exchange)
        with Upstream(script) as a:
            with Running(config({"a": world.upstream(a.port)}, [{"upstream": "a"}])) as r:
                for _ in range(20):
                    self.assertEqual(r.ask().status, 200)
        self.assertLessEqual(len(accepted), 4)

    def test_a_base_path_and_a_name_of_its_own(self):
        with Upstream(lambda e: e.reply(body=chat_answer("ok"))) as a:
            upstream = world.upstream(a.port) | {"url": f"{a.url}/base/path/"}
            with Running(config({"a": upstream}, [{"upstream": "a", "model": "its-name"}])) as r:
                self.assertEqual(r.ask().status, 200)
            self.assertEqual(a.seen()[-1].target, "/base/path/v1/chat/completions")
            self.assertEqual(a.seen()[-1].json()["model"], "its-name")

    def test_tls_to_an_upstream_is_verified(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.pki().certificate, world.pki().key)
        with Upstream(tls=context) as a:
            url = f"https://localhost:{a.port}"
            trusted = {"url": url, "tls": {"ca": {"file": str(world.pki().ca)}}}
            with Running(config({"a": trusted}, [{"upstream": "a"}])) as r:
                self.assertEqual(r.ask().status, 200)
            with Running(config({"a": {"url": url}}, [{"upstream": "a"}])) as r:
                self.assertIn(r.ask().status, (502, 503))
        self.assertEqual(len(a.seen()), 1)


class HostileAnswers(unittest.TestCase):
    """Answers that are none: the client gets a clean error, the gate goes on."""

    def ask_of(self, raw):
        def script(exchange):
            exchange.send(raw)
            exchange.connection.shutdown(socket.SHUT_WR)
            raise ConnectionError
        self.upstream.script = script
        answer = self.running.ask()
        self.upstream.script = answer_chat
        return answer

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.running = cls.enterClassContext(Running(config(
            {"a": world.upstream(cls.upstream.port, circuit={"failures": 1000})},
            [{"upstream": "a"}], retries=0)))

    def test_each_is_502(self):
        body = b'{"ok":true}'
        for raw in (
                b"nonsense\r\n\r\n",
                b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\nx y: 1\r\ncontent-length: 0\r\n\r\n",
                b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n"
                + body,
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n{]}x",
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n"
                b'{"a":1,"a":"b"}',
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n"
                b"content-length: 4\r\n\r\nnope",
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"):
            with self.subTest(raw=raw[:80]):
                answer = self.ask_of(raw)
                self.assertEqual(answer.status, 502, answer)
                event = self.running.gate.event(explanation_id(answer))
                self.assertEqual(event["outcome"], "failed")
                self.assertEqual(self.running.ask().status, 200)

    def test_an_answer_that_breaks_off_in_the_middle_is_seen_to_be_broken(self):
        answer = self.ask_of(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                             b"transfer-encoding: chunked\r\n\r\n"
                             b'1e\r\ndata: {"choices":[]}\n\n')
        self.assertTrue(answer.broken or answer.status == 502 or explanation_id(answer))
