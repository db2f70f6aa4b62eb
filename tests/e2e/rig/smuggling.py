"""Replays raw requests with doubtful framing through the gate and watches what comes out behind it.

The gate adds a mark (as the upstream's credential) to every request that it makes. A request without
the mark at the upstream was smuggled: the gate did not know that it sent it. Bytes that a strict
reader cannot frame in exactly one way are ambiguous. Both are judged for every case, whatever else
it expects.
"""

import base64
import json
import os
import re
import secrets
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

from .gate import ROOT, Gate
from .wait import PATIENCE, until

MARK = "x-gate-mark"
SILENCE = 0.25  # seconds without a byte after which a case that was not closed is over

SMUGGLED, AMBIGUOUS, FORWARDED, REFUSED_VALID, OK = (
    "smuggled", "ambiguous", "forwarded", "refused-valid", "ok")


@dataclass
class Case:
    name: str
    raw: bytes
    expect: str


def corpus():
    """The cases of the conformance corpus; empty where it is absent."""
    given = os.environ.get("SALLY_CORPORA")
    places = [Path(given)] if given else [p / "shared" / "corpora" for p in (ROOT, *ROOT.parents)]
    for place in places:
        file = place / "http_smuggling" / "cases.jsonl"
        if file.is_file():
            rows = [json.loads(line) for line in file.read_text().splitlines()]
            return [Case(f"{r['cls']}/{r['name']}", base64.b64decode(r["raw_b64"]), r["expect"])
                    for r in rows]
    return []


# --- The upstream that reads strictly ---------------------------------------------------------


@dataclass
class Seen:
    line: str = ""
    fields: list = field(default_factory=list)  # (lower-case name, value), trailers included
    trailers: list = field(default_factory=list)
    odd: str = ""  # why its framing is not beyond doubt

    def names(self):
        return [name for name, _ in self.fields]

    def value(self, name):
        return next((v for n, v in self.fields if n == name), None)


TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
LINE = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.1\Z")


class StrictReader:
    """Reads requests from one connection; `odd` is set on whatever two readers might see in two
    ways."""

    def __init__(self, connection):
        self.stream = connection.makefile("rb")

    def line(self, seen):
        raw = self.stream.readline(1 << 20)
        if not raw:
            raise EOFError
        if not raw.endswith(b"\r\n"):
            seen.odd = seen.odd or f"a line that does not end in CRLF: {raw[:60]!r}"
        return raw.rstrip(b"\r\n")

    def fields(self, seen):
        out = []
        while raw := self.line(seen):
            name, colon, value = raw.partition(b":")
            if not colon or not TOKEN.match(name) or b"\0" in value or b"\r" in value:
                seen.odd = seen.odd or f"no field line: {raw[:60]!r}"
            out.append((name.lower().decode("latin1"), value.strip(b" \t").decode("latin1")))
        return out

    def next(self):
        """The next request, or None at the end."""
        seen = Seen()
        try:
            first = self.line(seen)
        except EOFError:
            return None
        seen.line = first.decode("latin1")
        if not LINE.match(first):
            seen.odd = f"no request line: {first[:60]!r}"
            return seen
        try:
            seen.fields = self.fields(seen)
            lengths = [v for n, v in seen.fields if n == "content-length"]
            codings = [v for n, v in seen.fields if n == "transfer-encoding"]
            if len(lengths) + len(codings) > 1:
                seen.odd = f"framed twice: {lengths} {codings}"
            elif codings:
                if codings[0] != "chunked":
                    seen.odd = f"transfer coding {codings[0]!r}"
                    return seen
                self.chunks(seen)
            elif lengths:
                if not re.fullmatch(r"0|[1-9][0-9]*", lengths[0]):
                    seen.odd = f"content length {lengths[0]!r}"
                    return seen
                self.stream.read(int(lengths[0]))
        except EOFError:
            pass  # the gate gave up in the middle: the request was never whole
        return seen

    def chunks(self, seen):
        while True:
            size = self.line(seen)
            if not re.fullmatch(rb"[0-9a-fA-F]+", size):
                seen.odd = seen.odd or f"chunk size {size[:60]!r}"
                return
            if int(size, 16) == 0:
                seen.trailers = self.fields(seen)
                return
            self.stream.read(int(size, 16))
            if self.line(seen):
                seen.odd = seen.odd or "a chunk is longer than its size"


class Recorder:
    def __init__(self):
        self.seen = []
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        reader = StrictReader(connection)
        try:
            while seen := reader.next():
                with self.lock:
                    self.seen.append(seen)
                if seen.odd:
                    break
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                                   b"content-length: 2\r\n\r\n{}")
        except OSError:
            pass
        finally:
            connection.close()

    def take(self):
        with self.lock:
            out, self.seen = self.seen, []
        return out

    def close(self):
        self.listener.close()


# --- One case ---------------------------------------------------------------------------------


def send_raw(port, raw):
    """The statuses that came back and whether the connection was closed."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.settimeout(SILENCE)
        answer, closed = b"", False
        try:
            connection.sendall(raw)
            while data := connection.recv(65536):
                answer += data
            closed = True
        except TimeoutError:
            pass
        except OSError:
            closed = True
    return [int(s) for s in re.findall(rb"(?:\A|\r\n\r\n|\})HTTP/1\.[01] (\d{3})", answer)], closed


def path_sent(raw):
    parts = raw.lstrip(b"\r\n").split(b"\r\n", 1)[0].split(b" ")
    return parts[1].decode("latin1") if len(parts) > 1 else ""


def judge(case, statuses, seen, mark):
    """(verdict, why)."""
    for one in seen:
        if one.odd:
            return AMBIGUOUS, one.odd
        if one.value(MARK) != mark:
            return SMUGGLED, one.line
        if one.trailers:
            return AMBIGUOUS, f"trailers went up: {one.trailers}"
    good = [s for s in statuses if 200 <= s < 300]
    if len(seen) > len([s for s in statuses if s != 100]):
        return SMUGGLED, f"{len(seen)} requests for {len(statuses)} answers"
    if case.expect == "reject" and seen:
        return FORWARDED, seen[0].line
    if case.expect == "accept":
        wanted = case.raw.count(b" HTTP/1.1\r\n")
        if len(good) != len(statuses) or len(seen) != wanted:
            return REFUSED_VALID, f"answered {statuses}, {len(seen)} of {wanted} arrived"
    if case.expect == "same-path" and any(one.line.split(" ")[1] != path_sent(case.raw)
                                          for one in seen):
        return FORWARDED, f"{path_sent(case.raw)} became {seen[0].line}"
    if case.expect in ("no-upgrade", "no-tunnel") and 101 in statuses:
        return FORWARDED, "101 was answered"
    if case.expect == "no-tunnel" and good:
        return FORWARDED, f"{good} was answered"
    if case.expect == "strip-identity" and any(
            re.search(r"identity|forwarded-user|remote-user|client-cert", name)
            for one in seen for name in one.names()):
        return FORWARDED, "a field that names an identity went up"
    return OK, ""


@dataclass
class Result:
    case: Case
    verdict: str
    why: str
    statuses: list

    def __str__(self):
        return (f"{self.verdict}: {self.case.name} (expected {self.case.expect}): {self.why}; "
                f"answered {self.statuses}")


class Report:
    def __init__(self, results):
        self.results = results
        self.bad = [r for r in results if r.verdict != OK]

    def summary(self):
        kinds = (SMUGGLED, AMBIGUOUS, FORWARDED, REFUSED_VALID)
        counts = ", ".join(f"{sum(r.verdict == k for r in self.results)} {k}" for k in kinds)
        return f"{len(self.results)} cases: {counts}"


def replay(cases):
    """Sends every case through a gate of its own with an open route; returns a Report."""
    recorder = Recorder()
    mark = secrets.token_hex(8)
    config = {
        "upstreams": {"recorder": {"url": f"http://127.0.0.1:{recorder.port}",
                                   "credential": {"header": MARK,
                                                  "secret": {"env": "GATE_MARK"}}}},
        "routes": [{"name": "open", "prefix": "/", "protocol": "http", "upstream": "recorder"}],
        "policies": 'permit (principal is Anonymous, action in Action::"http", resource);',
    }
    results = []
    with Gate(config, environment={"GATE_MARK": mark}) as gate:
        client = gate.client()
        for number, case in enumerate(cases):
            statuses, _ = send_raw(gate.port, case.raw)
            fence = f"/fence/{number}"
            answer = client.get(fence)
            if answer.status != 200:
                raise AssertionError(f"after {case.name} a plain request is answered {answer}")
            seen = []

            def fence_seen():
                seen.extend(recorder.take())
                return any(fence in one.line for one in seen)
            until("the fence at the upstream", fence_seen)
            others = [one for one in seen if fence not in one.line]
            results.append(Result(case, *judge(case, statuses, others, mark), statuses))
    recorder.close()
    return Report(results)
