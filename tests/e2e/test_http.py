"""HTTP as it is spoken: both versions, limits, slow and hostile clients."""

import base64
import subprocess
import unittest

from rig import smuggling, world
from rig.gate import Gate
from rig.upstream import Upstream, chat_answer
from rig.wait import until
from rig.world import CHAT, ask

SHORT = {"head_timeout": "300ms", "body_timeout": "300ms", "idle_timeout": "300ms",
         "body_min_rate": "1KiB", "connections_per_address": 40, "body": "64KiB", "head": "4KiB",
         "fields": 40, "target": "1KiB"}


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gate = Gate(world.simple(world.chat_port(), models={
            "m": {"targets": [{"upstream": "scripted", "model": "transparent-chat"}]}}),
            pki=world.pki(), environment=world.ENVIRONMENT)
        cls.key = cls.gate.create_key("app")
        cls.enterClassContext(cls.gate)

    def curl(self, *arguments):
        done = subprocess.run(
            ["curl", "-sS", "--cacert", str(world.pki().ca), "-H",
             f"authorization: Bearer {self.key}", "-w", "\n%{http_version} %{http_code}",
             *arguments], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, _, last = done.stdout.rpartition("\n")
        return (*last.split(), body)

    def test_both_versions_plain_and_streamed(self):
        url = self.gate.base_url() + CHAT
        for option, version in (("--http1.1", "1.1"), ("--http2", "2")):
            for stream in ("false", "true"):
                with self.subTest(version=version, stream=stream):
                    got, status, body = self.curl(
                        option, url, "--json", '{"model":"m","stream":%s,"messages":'
                        '[{"role":"user","content":"echo: hi"}]}' % stream)
                    self.assertEqual((got, status), (version, "200"))
                    self.assertIn("hi", body)
                    self.assertEqual("[DONE]" in body, stream == "true")

    def test_many_requests_share_one_http2_connection(self):
        url = self.gate.base_url() + "/v1/models"
        done = subprocess.run(
            ["curl", "-sS", "--http2", "--parallel", "--cacert", str(world.pki().ca),
             "-H", f"authorization: Bearer {self.key}", "-w", "%{num_connects} %{http_code}\n",
             *[part for _ in range(30) for part in ("-o", "/dev/null", url)]],
            capture_output=True, text=True, timeout=60)
        lines = done.stdout.split("\n")[:-1]
        self.assertEqual({line.split()[1] for line in lines}, {"200"})
        self.assertLess(sum(int(line.split()[0]) for line in lines), 30)

    def test_a_large_body_by_http2(self):
        body = '{"model":"m","messages":[{"role":"user","content":"echo: %s"}]}' % ("x" * 2_000_000)
        with open(self.gate.folder / "large", "w", encoding="utf-8") as file:
            file.write(body)
        got, status, answer = self.curl("--http2", self.gate.base_url() + CHAT, "--json",
                                        f"@{file.name}")
        self.assertEqual((got, status), ("2", "200"))
        self.assertIn("x" * 1000, answer)

    def test_tls_below_1_2_is_refused(self):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{self.gate.port}", "-tls1_1",
             "-cipher", "ALL:@SECLEVEL=0"], capture_output=True, stdin=subprocess.DEVNULL)
        self.assertNotEqual(done.returncode, 0)

    def test_tls_1_2_and_1_3_are_spoken(self):
        for version in ("1.2", "1.3"):
            _, status, _ = self.curl(f"--tlsv{version}", "--tls-max", version,
                                     self.gate.base_url() + "/v1/models")
            self.assertEqual(status, "200")


class Forms(unittest.TestCase):
    """Requests that are not quite usual, and what becomes of them."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream())
        cls.gate = Gate(world.simple(cls.upstream.port, gate={"limits": SHORT}),
                        environment=world.ENVIRONMENT)
        cls.key = cls.gate.create_key("app")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    def test_a_chunked_body_goes_up_whole(self):
        body = b'{"model":"m","messages":[]}'
        with self.client.connect() as connection:
            connection.send(self.client.head("POST", CHAT, {"content-type": "application/json",
                                                            "transfer-encoding": "chunked"}))
            for byte in body:
                connection.send(b"1\r\n%c\r\n" % byte)
            connection.send(b"0\r\n\r\n")
            self.assertEqual(connection.read_answer().status, 200)
        self.assertEqual(self.upstream.seen()[-1].body, body)

    def test_pipelined_requests_are_answered_in_order(self):
        with self.client.connect() as connection:
            one = self.client.head("GET", "/v1/models", {})
            two = self.client.head("GET", "/v1/models/none", {})
            connection.send(one + two + one)
            self.assertEqual([connection.read_answer().status for _ in range(3)], [200, 404, 200])

    def test_expect_100_continue_is_answered(self):
        body = b'{"model":"m","messages":[]}'
        with self.client.connect() as connection:
            connection.send(self.client.head("POST", CHAT, {
                "content-type": "application/json", "expect": "100-continue"}, len(body)))
            self.assertTrue(connection.take_line().startswith(b"HTTP/1.1 100"))
            connection.take_line()
            connection.send(body)
            self.assertEqual(connection.read_answer().status, 200)

    def test_too_much_is_refused_by_what_it_is(self):
        self.assertEqual(self.client.post(CHAT, ask("x" * 70_000)).status, 413)
        self.assertEqual(self.client.get("/v1/models?" + "x" * 2000).status, 414)
        self.assertEqual(self.client.request("GET", "/v1/models", fields={
            "x-long": "x" * 5000}).status, 431)
        self.assertEqual(self.client.request("GET", "/v1/models", fields={
            f"x-{i}": "1" for i in range(60)}).status, 431)
        self.assertEqual(self.client.post(CHAT, b'{"a":' * 100 + b"1" + b"}" * 100, **{
            "content-type": "application/json"}).status, 400)

    def test_json_that_two_readers_may_read_differently_is_refused(self):
        before = len(self.upstream.seen())
        for body in (b'{"model":"m","model":"n","messages":[]}',
                     b'\xef\xbb\xbf{"model":"m","messages":[]}',
                     b'{"model":"m","messages":[]}{}',
                     b'{"model":"m","messages":["\xff"]}',
                     b'{"model":"m","messages":[],}',
                     b'{"model":"m","messages":["\\ud800"]}',
                     b"\xff\xfe{\0}\0", b"", b"[]", b"null", b'{"model":"m","messages":[NaN]}'):
            with self.subTest(body=body):
                answer = self.client.post(CHAT, body, **{"content-type": "application/json"})
                self.assertEqual(answer.status, 400, answer)
        self.assertEqual(len(self.upstream.seen()), before)

    def test_unknown_methods_and_paths(self):
        self.assertEqual(self.client.get("/no/such/path").status, 404)
        self.assertEqual(self.client.get(CHAT).status, 405)
        self.assertEqual(self.client.request("DELETE", "/v1/models").status, 405)

    def test_a_compressed_request_is_refused(self):
        self.assertEqual(self.client.post(CHAT, b"\x1f\x8b", **{
            "content-type": "application/json", "content-encoding": "gzip"}).status, 400)

    def test_a_slow_head_is_cut_off(self):
        with self.client.connect() as connection:
            connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n")
            connection.ended()
            self.assertIn(connection.buffer[9:12], (b"408", b""))

    def test_a_slow_body_is_cut_off(self):
        with self.client.connect() as connection:
            connection.send(self.client.head("POST", CHAT, {"content-type": "application/json"},
                                             1000) + b"{")
            connection.ended()
            self.assertIn(connection.buffer[9:12], (b"408", b""))

    def test_a_dripping_body_is_cut_off(self):
        with self.client.connect() as connection:
            connection.send(self.client.head("POST", CHAT, {"content-type": "application/json"},
                                             60_000))

            def cut():
                try:
                    connection.send(b" ")
                    connection.socket.setblocking(False)
                    return not connection.socket.recv(1) or True
                except BlockingIOError:
                    return False
                except OSError:
                    return True
                finally:
                    connection.socket.setblocking(True)
            until("the dripping client is cut off", cut)

    def test_an_idle_connection_is_closed(self):
        with self.client.connect() as connection:
            connection.send(self.client.head("GET", "/v1/models", {}))
            self.assertEqual(connection.read_answer().status, 200)
            self.assertTrue(connection.ended())

    def test_one_address_holds_only_so_many_connections(self):
        until("earlier connections are gone", lambda: self.client.get("/v1/models").status == 200)
        held = [self.client.connect() for _ in range(60)]
        try:
            def closed(connection):
                try:
                    connection.send(self.client.head("GET", "/v1/models", {}))
                    return connection.read_answer().status != 200
                except (EOFError, OSError):
                    return True
            refused = sum(closed(connection) for connection in held)
            self.assertGreaterEqual(refused, 20)
            self.assertLess(refused, 60)
        finally:
            for connection in held:
                connection.close()

        def served():
            try:
                return self.client.get("/v1/models").status == 200
            except (EOFError, OSError):
                return False
        until("the gate serves again", served)


class Fields(unittest.TestCase):
    """What goes up and what comes down."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(Upstream(cls.answer))
        cls.gate = Gate(world.simple(cls.upstream.port), environment=world.ENVIRONMENT)
        cls.key = cls.gate.create_key("app")
        cls.enterClassContext(cls.gate)
        cls.client = cls.gate.client(cls.key)

    @staticmethod
    def answer(exchange):
        exchange.reply(body=chat_answer("ok"), fields={
            "set-cookie": "session=1", "server": "secretive/1.0",
            "x-echo": exchange.field("authorization") or "", "x-request-id": "r-1",
            "connection": "x-hop", "x-hop": "1", "retry-after": "7"})

    def test_only_listed_fields_go_up(self):
        self.client.post(CHAT, ask(), **{
            "cookie": "a=b", "x-forwarded-for": "1.2.3.4", "x-real-ip": "1.2.3.4",
            "connection": "x-mine", "x-mine": "1", "openai-beta": "v1", "te": "trailers",
            "proxy-authorization": "Basic eDp5", "forwarded": "for=1.2.3.4"})
        up = self.upstream.seen()[-1]
        names = [name for name, _ in up.fields]
        for name in ("cookie", "x-forwarded-for", "x-real-ip", "x-mine", "proxy-authorization",
                     "forwarded", "x-api-key"):
            self.assertNotIn(name, names)
        self.assertIn("openai-beta", names)
        self.assertEqual(up.field("authorization"), f"Bearer {world.UPSTREAM_KEY}")
        self.assertEqual(len(names), len(set(names)))

    def test_only_listed_fields_come_down(self):
        answer = self.client.post(CHAT, ask())
        for name in ("set-cookie", "server", "x-echo", "x-hop"):
            self.assertNotIn(name, answer.fields)
        self.assertEqual(answer.fields["x-request-id"], "r-1")
        self.assertIn("sallyport-id", answer.fields)
        self.assertNotIn(world.UPSTREAM_KEY, str(answer))


class WebSocket(unittest.TestCase):
    @staticmethod
    def upgrade(exchange):
        if exchange.field("upgrade") != "websocket":
            return exchange.reply()
        exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                      b"connection: upgrade\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
                      b"\r\n\r\n")
        while data := exchange.connection.recv(65536):
            exchange.send(data.upper())
        raise ConnectionError

    def connect(self, gate, key, path):
        client = gate.client(key)
        connection = client.connect()
        connection.send(client.head("GET", path, {
            "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
            "sec-websocket-key": base64.b64encode(b"the sample nonce").decode()}))
        return connection

    def test_a_websocket_opens_only_where_it_may(self):
        with Upstream(self.upgrade) as upstream:
            config = world.simple(upstream.port)
            config["routes"].insert(0, {"name": "live", "prefix": "/live", "protocol": "http",
                                        "upstream": "scripted", "websocket": True})
            gate = Gate(config, environment=world.ENVIRONMENT)
            key, stranger = gate.create_key("app"), gate.create_key("stranger")
            with gate:
                with self.connect(gate, key, "/live/socket") as connection:
                    self.assertEqual(connection.read_head()[0], 101)
                    connection.send(b"hello")
                    self.assertEqual(connection.take(5), b"HELLO")
                for who, path, status in ((None, "/live/socket", 401),
                                          (stranger, "/live/socket", 403),
                                          (key, "/plain/socket", 403)):
                    with self.connect(gate, who, path) as connection:
                        self.assertEqual(connection.read_answer().status, status)


class Smuggling(unittest.TestCase):
    def judge(self, cases):
        report = smuggling.replay(cases)
        self.assertEqual([str(one) for one in report.bad], [], report.summary())

    def test_corpus(self):
        cases = smuggling.corpus()
        if not cases:
            self.skipTest("the corpus http_smuggling is not there")
        self.judge(cases)

    def test_own_cases(self):
        self.judge(OWN_CASES)


def case(name, expect, raw):
    return smuggling.Case(name, raw.replace("\n", "\r\n").encode("latin1"), expect)


SECOND = "GET /second HTTP/1.1\nhost: a\n\n"
OWN_CASES = [
    case("valid", "accept", "POST / HTTP/1.1\nhost: a\ncontent-length: 2\n\n{}"),
    case("valid-chunked", "accept",
         "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n2\n{}\n0\n\n"),
    case("two", "accept", "GET /first HTTP/1.1\nhost: a\n\n" + SECOND),
    case("length-and-coding", "reject", "POST / HTTP/1.1\nhost: a\ncontent-length: 5\n"
         "transfer-encoding: chunked\n\n0\n\n" + SECOND),
    case("two-lengths", "reject",
         "POST / HTTP/1.1\nhost: a\ncontent-length: 0\ncontent-length: 5\n\n" + SECOND),
    case("signed-length", "reject", "POST / HTTP/1.1\nhost: a\ncontent-length: +2\n\n{}"),
    case("length-list", "reject", "POST / HTTP/1.1\nhost: a\ncontent-length: 2, 3\n\n{}"),
    case("coding-twice", "reject", "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked, chunked"
         "\n\n0\n\n"),
    case("unknown-coding", "reject", "POST / HTTP/1.1\nhost: a\ntransfer-encoding: xchunked\n\n"
         "0\n\n"),
    case("space-before-colon", "reject",
         "POST / HTTP/1.1\nhost: a\ntransfer-encoding : chunked\n\n0\n\n"),
    case("folded-field", "reject",
         "POST / HTTP/1.1\nhost: a\ntransfer-encoding:\n chunked\n\n0\n\n"),
    case("control-in-name", "reject",
         "POST / HTTP/1.1\nhost: a\n\x0btransfer-encoding: chunked\n\n0\n\n"),
    case("nul-in-value", "reject", "GET / HTTP/1.1\nhost: a\nx: a\x00b\n\n"),
    case("chunk-size-0x", "reject",
         "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n0x2\n{}\n0\n\n"),
    case("chunk-size-huge", "reject", "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n"
         "fffffffffffffffff\n{}\n0\n\n"),
    case("chunk-without-end", "reject",
         "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n2\n{}x\n0\n\n"),
    case("trailer-framing", "drop-trailer", "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked"
         "\n\n2\n{}\n0\ncontent-length: 50\n\n"),
    case("no-host", "reject", "GET / HTTP/1.1\n\n"),
    case("two-hosts", "reject", "GET / HTTP/1.1\nhost: a\nhost: b\n\n"),
    case("old-version", "reject", "GET / HTTP/0.9\n\n"),
    case("h2c-upgrade", "no-upgrade", "GET / HTTP/1.1\nhost: a\nconnection: upgrade, http2-settings"
         "\nupgrade: h2c\nhttp2-settings: AAMAAABkAAQAAP__\n\n"),
    case("connect", "no-tunnel", "CONNECT a:443 HTTP/1.1\nhost: a:443\n\n"),
    case("bare-lf-chunk", "reject", "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n2"
         + "\x00{}\n0\n\n"),
]
