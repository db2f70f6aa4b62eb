"""A small HTTP/1.1 client that shows what came, byte for byte, when a test wants that."""

import json
import socket
import ssl

from .wait import PATIENCE


class Answer:
    """A whole answer: status, fields (lower case), body."""

    def __init__(self, status, fields, body, broken=False):
        self.status = status
        self.fields = fields
        self.body = body
        self.broken = broken  # the connection ended before the body did

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The data of each server-sent event."""
        return [event.partition("data: ")[2] for event in self.text.split("\n\n") if "data: " in event]

    def __repr__(self):
        return f"{self.status} {self.fields} {self.text[:2000]}"


class Connection:
    """One connection; bytes go out as given."""

    def __init__(self, port, ca=None, alpn=None, certificate=None):
        """`certificate`: files (certificate, key) to show."""
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ca:
            context = ssl.create_default_context(cafile=str(ca))
            if certificate:
                context.load_cert_chain(*map(str, certificate))
            if alpn:
                context.set_alpn_protocols(alpn)
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        """Reads more; False at the end."""
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError):
            data = b""
        self.buffer += data
        return bool(data)

    def ended(self):
        """Whether the other side has closed; reads what is left."""
        while self.fill():
            pass
        return True

    def take_line(self):
        while b"\r\n" not in self.buffer:
            if not self.fill():
                raise EOFError
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def take(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise EOFError
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_head(self):
        """(status, fields) of the next answer, those with 1xx (but 101) passed over."""
        while True:
            status = int(self.take_line().split(b" ")[1])
            fields = {}
            while line := self.take_line():
                name, _, value = line.partition(b":")
                name = name.decode("latin1").lower()
                value = value.strip().decode("latin1")
                fields[name] = f"{fields[name]}, {value}" if name in fields else value
            if status >= 200 or status == 101:
                return status, fields

    def drain(self):
        """Reads a chunked body until it ends, or breaks off: who takes too little of a flood that is
        cut gets no end."""
        try:
            while self.read_chunk():
                pass
        except (EOFError, ConnectionError):
            pass

    def read_chunk(self):
        """The next chunk of a chunked body; empty at its end."""
        size = int(self.take_line().split(b";")[0], 16)
        data = self.take(size)
        if size:
            self.take_line()
        else:
            while self.take_line():
                pass
        return data

    def read_answer(self, head_only=False):
        status, fields = self.read_head()
        body = b""
        try:
            if head_only or status in (204, 304):
                pass
            elif "chunked" in fields.get("transfer-encoding", ""):
                while chunk := self.read_chunk():
                    body += chunk
            elif "content-length" in fields:
                length = int(fields["content-length"])
                while len(self.buffer) < length and self.fill():
                    pass
                body, self.buffer = self.buffer[:length], self.buffer[length:]
                if len(body) < length:
                    raise EOFError
            else:
                self.ended()
                body, self.buffer = self.buffer, b""
        except EOFError:
            return Answer(status, fields, body + self.buffer, broken=True)
        return Answer(status, fields, body)


class Client:
    """Sends one request on a connection of its own, or opens one for the test to drive."""

    def __init__(self, port, key=None, ca=None, certificate=None):
        self.port = port
        self.key = key
        self.ca = ca
        self.certificate = certificate

    def connect(self):
        return Connection(self.port, self.ca, certificate=self.certificate)

    def head(self, method, path, fields, length=None):
        lines = [f"{method} {path} HTTP/1.1", f"host: localhost:{self.port}"]
        given = {name.lower() for name in fields}
        if self.key and not given & {"authorization", "x-api-key"}:
            lines.append(f"authorization: Bearer {self.key}")
        if length is not None and "transfer-encoding" not in given:
            lines.append(f"content-length: {length}")
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def request(self, method, path, body=None, fields=None):
        fields = dict(fields or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            fields.setdefault("content-type", "application/json")
        with self.connect() as connection:
            try:
                connection.send(self.head(method, path, fields,
                                          None if body is None else len(body)) + (body or b""))
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before the body was read: the answer says why
            return connection.read_answer(head_only=method == "HEAD")

    def get(self, path, **fields):
        return self.request("GET", path, fields=fields)

    def post(self, path, body, **fields):
        return self.request("POST", path, body, fields)

    def open(self, path, body, fields=None):
        """Sends a request and returns the connection with the answer still to read."""
        raw = json.dumps(body).encode()
        connection = self.connect()
        connection.send(self.head("POST", path, {"content-type": "application/json"}
                                  | (fields or {}), len(raw)) + raw)
        return connection
