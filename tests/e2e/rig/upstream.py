"""An upstream that a test scripts: it records every request and answers as it is told to."""

import json
import socket
import threading

from .wait import PATIENCE, until


class Exchange:
    """One request and the means to answer it, in whole or piece by piece."""

    def __init__(self, connection, method, target, fields, body):
        self.connection = connection
        self.method = method
        self.target = target
        self.fields = fields  # list of (lower-case name, value)
        self.body = body
        self.client_gone = threading.Event()

    def field(self, name):
        return next((value for key, value in self.fields if key == name), None)

    def json(self):
        return json.loads(self.body)

    def send(self, data):
        self.connection.sendall(data)

    def reply(self, status=200, body=b"{}", fields=()):
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        fields = {"content-type": "application/json", "content-length": str(len(body))} | dict(fields)
        self.send(head(status, fields) + body)

    def begin_events(self, fields=()):
        self.send(head(200, {"content-type": "text/event-stream",
                             "transfer-encoding": "chunked"} | dict(fields)))

    def chunk(self, data):
        if data:
            self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, data, kind=None):
        text = f"event: {kind}\n" if kind else ""
        text += "data: " + (data if isinstance(data, str) else json.dumps(data)) + "\n\n"
        self.chunk(text.encode())

    def end(self):
        self.send(b"0\r\n\r\n")

    def wait_until_gone(self):
        """Waits until the gate closes the connection."""
        self.connection.settimeout(PATIENCE)
        try:
            while self.connection.recv(65536):
                pass
        except ConnectionResetError:
            pass
        except TimeoutError:
            return
        self.client_gone.set()


def head(status, fields):
    return (f"HTTP/1.1 {status} Scripted\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n").encode()


def chat_answer(text, **more):
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}} | more


def chat_chunk(text, **more):
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": None, "delta": {"content": text}}]} | more


def answer_chat(exchange):
    """The default script: answers a chat with `ok`, streamed when asked, anything else with {}."""
    if not exchange.body.startswith(b"{") or "/chat/completions" not in exchange.target:
        return exchange.reply()
    if not exchange.json().get("stream"):
        return exchange.reply(body=chat_answer("ok"))
    exchange.begin_events()
    exchange.event(chat_chunk("ok"))
    exchange.event("[DONE]")
    exchange.end()


class Upstream:
    """Listens on a free port of its own. `script` is called with each exchange, in a thread of its
    connection; when it returns the connection serves the next request, when it raises
    `ConnectionError` the connection is closed."""

    def __init__(self, script=answer_chat, tls=None):
        self.script = script
        self.exchanges = []
        self.lock = threading.Lock()
        self.connections = set()
        self.tls = tls  # an ssl.SSLContext, or None
        self.listener = None
        self.port = 0

    def __enter__(self):
        return self.listen()

    def __exit__(self, *_):
        self.close()

    def listen(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()
        return self

    def close(self):
        """Stops listening and breaks every connection; `listen` opens the same port again."""
        listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self.lock:
            connections, self.connections = self.connections, set()
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def seen(self, path=None):
        """The exchanges so far, health checks left out unless asked for."""
        with self.lock:
            return [e for e in self.exchanges
                    if (e.target == path if path else e.target != "/health")]

    def wait(self, count=1):
        """Waits until `count` requests have come and returns the last of them."""
        return until(f"{count} requests at the upstream",
                     lambda: len(self.seen()) >= count and self.seen()[count - 1])

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with self.lock:
                self.connections.add(connection)
            stream = connection.makefile("rb")
            while exchange := read_request(connection, stream):
                with self.lock:
                    self.exchanges.append(exchange)
                self.script(exchange)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()


def read_request(connection, stream):
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin1").split(" ", 2)
    fields = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin1").partition(":")
        fields.append((name.lower(), value.strip()))
    known = dict(fields)
    body = b""
    if "chunked" in known.get("transfer-encoding", ""):
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        while stream.readline() not in (b"\r\n", b""):
            pass
    else:
        body = stream.read(int(known.get("content-length", 0)))
    return Exchange(connection, method, target, fields, body)
