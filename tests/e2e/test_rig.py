"""The judges of these tests can say no: a smuggled request is seen, a clean one is not accused."""

import socket
import unittest

from rig import smuggling
from rig.smuggling import AMBIGUOUS, FORWARDED, MARK, OK, REFUSED_VALID, SMUGGLED, Case, judge


def read(raw):
    """What the strict reader sees in these bytes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(raw)
        theirs.shutdown(socket.SHUT_WR)
        reader = smuggling.StrictReader(ours)
        return list(iter(reader.next, None))


def request(lines, body=b""):
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1") + body


MARKED = f"{MARK}: secret"


class StrictReader(unittest.TestCase):
    def test_clean_requests_are_not_odd(self):
        for raw in (request(["GET / HTTP/1.1", MARKED]),
                    request(["POST / HTTP/1.1", "content-length: 2"], b"{}"),
                    request(["POST / HTTP/1.1", "transfer-encoding: chunked"],
                            b"2\r\n{}\r\n0\r\n\r\n")):
            self.assertEqual([one.odd for one in read(raw)], [""])

    def test_two_requests_are_two(self):
        raw = request(["POST / HTTP/1.1", "content-length: 2"], b"{}") * 2
        self.assertEqual(len(read(raw)), 2)

    def test_what_two_readers_may_read_differently_is_odd(self):
        for raw in (request(["POST / HTTP/1.1", "content-length: 2", "transfer-encoding: chunked"],
                            b"0\r\n\r\n"),
                    request(["POST / HTTP/1.1", "content-length: 2", "content-length: 2"], b"{}"),
                    request(["POST / HTTP/1.1", "content-length: +2"], b"{}"),
                    request(["POST / HTTP/1.1", "transfer-encoding: xchunked"], b"0\r\n\r\n"),
                    request(["POST / HTTP/1.1", "transfer-encoding: chunked"],
                            b"2;a=\n\r\n{}\r\n0\r\n\r\n"),
                    request(["POST / HTTP/1.1", "a b: c"]),
                    b"GET / HTTP/1.1\nhost: a\n\n",
                    b"{}GET / HTTP/1.1\r\n\r\n"):
            with self.subTest(raw=raw):
                self.assertTrue(any(one.odd for one in read(raw)))


class Judge(unittest.TestCase):
    def verdict(self, expect, statuses, raw_seen, sent=b"POST /a HTTP/1.1\r\n\r\n"):
        return judge(Case("case", sent, expect), statuses, read(raw_seen), "secret")[0]

    def test_each_verdict(self):
        marked = request(["POST /a HTTP/1.1", MARKED])
        for expect, statuses, seen, verdict in (
                ("accept", [200], marked, OK),
                ("accept", [400], b"", REFUSED_VALID),
                ("accept", [200], b"", REFUSED_VALID),
                ("reject", [400], b"", OK),
                ("reject", [200], marked, FORWARDED),
                ("reject", [400], request(["GET /second HTTP/1.1"]), SMUGGLED),
                ("either", [200], marked * 2, SMUGGLED),
                ("either", [200], request(["POST /a HTTP/1.1", MARKED, "a b: c"]), AMBIGUOUS),
                ("same-path", [200], request(["GET /b HTTP/1.1", MARKED]), FORWARDED),
                ("same-path", [200], marked, OK),
                ("no-upgrade", [101], marked, FORWARDED)):
            with self.subTest(expect=expect, verdict=verdict):
                self.assertEqual(self.verdict(expect, statuses, seen), verdict)
