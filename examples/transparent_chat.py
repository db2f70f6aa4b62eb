#!/usr/bin/python3
"""The transparent chat workload: an example, not a model.

It speaks the OpenAI API (chat completions, completions, embeddings, responses, models) and the
Anthropic messages API, plain and streaming, and answers by showing exactly what reached it: the
method, the path, the header fields (a credential only as "present") and the body. Behind a gate, a
person so sees what the gate passed on and what it took away.

A prompt that begins with one of these words asks for another behaviour:

    echo: TEXT          answers exactly TEXT
    slow: N [MS]        N words, MS milliseconds apart when streaming (default 100)
    tool: NAME {JSON}   calls the tool NAME with these arguments
    status: CODE        fails with this HTTP status
    no-usage: TEXT      answers TEXT and does not report usage
    seen: TEXT          answers TEXT, and then what it saw letter by letter, which no gate changes

Standard library only. Listens on plain HTTP: it belongs behind a gate, on a loopback address.
"""

import argparse
import base64
import hashlib
import json
import signal
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "transparent-chat"
CREATED = 1_700_000_000
MAX_BODY = 32 * 1024 * 1024
EMBEDDING_SIZE = 16
# Fields whose values are credentials: shown as present, never by value.
CREDENTIAL_FIELDS = {"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"}


class Refused(Exception):
    """The request cannot be served: an HTTP status and a reason for the caller."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


# --- What to answer ---------------------------------------------------------------------------


class Plan:
    """What one prompt asks for."""

    def __init__(self, text="", tool=None, delay=0.0, report_usage=True):
        self.text = text
        self.tool = tool  # (name, arguments as a JSON text) or None
        self.delay = delay  # seconds between two streamed pieces
        self.report_usage = report_usage

    def pieces(self):
        """The text in the small deltas of a stream."""
        if self.delay:
            return [word + " " for word in self.text.split()]
        return [self.text[i : i + 7] for i in range(0, len(self.text), 7)]


def text_of(content):
    """The text of a message's content: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            part.get("text", "") for part in content
            if isinstance(part, dict) and isinstance(part.get("text"), str))
    return ""


def last_user_text(messages):
    if not isinstance(messages, list):
        raise Refused(400, "`messages` must be a list")
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            return text_of(message.get("content"))
    return ""


def description_of(request):
    """What reached this workload, in words."""
    lines = [
        "This is the transparent chat workload: an example, no model. This is what reached it.",
        "",
        f"{request.command} {request.path} {request.request_version}",
    ]
    for name, value in request.headers.items():
        shown = "present" if name.lower() in CREDENTIAL_FIELDS else value
        lines.append(f"{name.lower()}: {shown}")
    lines += ["", request.body.decode("utf-8", "replace")]
    return "\n".join(lines)


def plan_for(prompt, request):
    word, colon, rest = prompt.strip().partition(":")
    rest = rest.strip()
    if not colon:
        return Plan(description_of(request))
    if word == "echo":
        return Plan(rest)
    if word == "seen":
        return Plan(f"{rest}\nwhat reached me: {' '.join(rest)}")
    if word == "no-usage":
        return Plan(rest, report_usage=False)
    if word == "slow":
        numbers = rest.split()
        if not numbers or len(numbers) > 2 or not all(n.isdecimal() for n in numbers):
            raise Refused(400, "`slow:` takes a count and, optionally, milliseconds")
        count, pause = int(numbers[0]), int(numbers[1]) if len(numbers) == 2 else 100
        words = " ".join(f"word{i}" for i in range(min(count, 100_000)))
        return Plan(words, delay=min(pause, 10_000) / 1000)
    if word == "tool":
        name, _, arguments = rest.partition(" ")
        return Plan(tool=(name, arguments.strip() or "{}"))
    if word == "status":
        if not rest.isdecimal() or not 400 <= int(rest) <= 599:
            raise Refused(400, "`status:` takes a code from 400 to 599")
        raise Refused(int(rest), f"asked to fail with status {rest}")
    return Plan(description_of(request))


def tokens_in(text):
    """A rule of thumb, enough for an example: four bytes are a token."""
    return (len(text.encode()) + 3) // 4


# --- The OpenAI API ---------------------------------------------------------------------------


def openai_usage(request, plan, words=("prompt_tokens", "completion_tokens")):
    sent, answered = tokens_in(request.body.decode("utf-8", "replace")), tokens_in(plan.text)
    return {words[0]: sent, words[1]: answered, "total_tokens": sent + answered}


def tool_call(plan):
    return {"id": "call_example0001", "type": "function",
            "function": {"name": plan.tool[0], "arguments": plan.tool[1]}}


def chat_completions(request, asked):
    plan = plan_for(last_user_text(asked.get("messages")), request)
    base = {"id": "chatcmpl-example0001", "created": CREATED, "model": asked.get("model", NAME)}
    finish = "tool_calls" if plan.tool else "stop"
    if not asked.get("stream"):
        message = {"role": "assistant", "content": None if plan.tool else plan.text,
                   "refusal": None}
        if plan.tool:
            message["tool_calls"] = [tool_call(plan)]
        answer = base | {"object": "chat.completion", "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]}
        if plan.report_usage:
            answer["usage"] = openai_usage(request, plan)
        return request.send_json(200, answer)

    base["object"] = "chat.completion.chunk"

    def chunk(delta, finish_reason=None):
        return base | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}

    def events():
        yield None, chunk({"role": "assistant", "content": None if plan.tool else ""})
        if plan.tool:
            call = tool_call(plan)
            arguments = call["function"]["arguments"]
            call["function"]["arguments"] = ""
            yield None, chunk({"tool_calls": [{"index": 0} | call]})
            for i in range(0, len(arguments), 5):
                yield None, chunk({"tool_calls": [
                    {"index": 0, "function": {"arguments": arguments[i : i + 5]}}]})
        for piece in plan.pieces():
            yield None, chunk({"content": piece})
        yield None, chunk({}, finish)
        options = asked.get("stream_options") or {}
        if options.get("include_usage") and plan.report_usage:
            yield None, base | {"choices": [], "usage": openai_usage(request, plan)}
        yield None, "[DONE]"

    return request.send_events(events(), plan.delay)


def completions(request, asked):
    prompt = asked.get("prompt", "")
    plan = plan_for(prompt if isinstance(prompt, str) else text_of(prompt), request)
    base = {"id": "cmpl-example0001", "object": "text_completion", "created": CREATED,
            "model": asked.get("model", NAME)}

    def choice(text, finish_reason):
        return {"choices": [{"index": 0, "text": text, "logprobs": None,
                             "finish_reason": finish_reason}]}

    if not asked.get("stream"):
        answer = base | choice(plan.text, "stop")
        if plan.report_usage:
            answer["usage"] = openai_usage(request, plan)
        return request.send_json(200, answer)

    def events():
        for piece in plan.pieces():
            yield None, base | choice(piece, None)
        yield None, base | choice("", "stop")
        options = asked.get("stream_options") or {}
        if options.get("include_usage") and plan.report_usage:
            yield None, base | {"choices": [], "usage": openai_usage(request, plan)}
        yield None, "[DONE]"

    return request.send_events(events(), plan.delay)


def toy_vector(text):
    """A vector made from a digest of the text. It carries no meaning: equal texts are equal."""
    digest = hashlib.sha256(text.encode()).digest()[:EMBEDDING_SIZE]
    values = [byte - 127.5 for byte in digest]
    norm = sum(v * v for v in values) ** 0.5
    return [round(v / norm, 6) for v in values]


def embeddings(request, asked):
    texts = asked.get("input", "")
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not all(isinstance(t, str) for t in texts):
        raise Refused(400, "`input` must be a text or a list of texts")
    vectors = [toy_vector(text) for text in texts]
    if asked.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack(f"<{len(v)}f", *v)).decode() for v in vectors]
    used = sum(tokens_in(text) for text in texts)
    return request.send_json(200, {
        "object": "list", "model": asked.get("model", NAME),
        "data": [{"object": "embedding", "index": i, "embedding": v}
                 for i, v in enumerate(vectors)],
        "usage": {"prompt_tokens": used, "total_tokens": used},
        "note": "toy vectors of an example workload: digests without meaning"})


def responses(request, asked):
    given = asked.get("input", "")
    plan = plan_for(given if isinstance(given, str) else last_user_text(given), request)
    answer = {"id": "resp_example0001", "object": "response", "created_at": CREATED,
              "model": asked.get("model", NAME), "error": None, "incomplete_details": None,
              "instructions": None, "metadata": {}, "parallel_tool_calls": True,
              "tool_choice": "auto", "tools": asked.get("tools", []),
              "status": "in_progress", "output": []}
    part = {"type": "output_text", "text": plan.text, "annotations": []}
    if plan.tool:
        item = {"id": "fc_example0001", "type": "function_call", "call_id": "call_example0001",
                "name": plan.tool[0], "arguments": plan.tool[1], "status": "completed"}
    else:
        item = {"id": "msg_example0001", "type": "message", "role": "assistant",
                "status": "completed", "content": [part]}
    done = answer | {"status": "completed", "output": [item]}
    if plan.report_usage:
        done["usage"] = openai_usage(request, plan, ("input_tokens", "output_tokens"))
    if not asked.get("stream"):
        return request.send_json(200, done)

    def numbered(events):
        for number, (kind, fields) in enumerate(events):
            yield kind, {"type": kind, "sequence_number": number} | fields

    def events():
        at = {"output_index": 0, "item_id": item["id"]}
        yield "response.created", {"response": answer}
        yield "response.in_progress", {"response": answer}
        if plan.tool:
            opened = item | {"arguments": "", "status": "in_progress"}
            yield "response.output_item.added", {"output_index": 0, "item": opened}
            for i in range(0, len(plan.tool[1]), 5):
                yield ("response.function_call_arguments.delta",
                       at | {"delta": plan.tool[1][i : i + 5]})
            yield "response.function_call_arguments.done", at | {"arguments": plan.tool[1]}
        else:
            at["content_index"] = 0
            opened = item | {"content": [], "status": "in_progress"}
            yield "response.output_item.added", {"output_index": 0, "item": opened}
            yield "response.content_part.added", at | {"part": part | {"text": ""}}
            for piece in plan.pieces():
                yield "response.output_text.delta", at | {"delta": piece}
            yield "response.output_text.done", at | {"text": plan.text}
            yield "response.content_part.done", at | {"part": part}
        yield "response.output_item.done", {"output_index": 0, "item": item}
        yield "response.completed", {"response": done}

    return request.send_events(numbered(events()), plan.delay)


def models(request, _asked):
    return request.send_json(200, {"object": "list", "data": [
        {"id": NAME, "object": "model", "created": CREATED, "owned_by": "examples"}]})


# --- The Anthropic API ------------------------------------------------------------------------


def messages(request, asked):
    plan = plan_for(last_user_text(asked.get("messages")), request)
    sent = tokens_in(request.body.decode("utf-8", "replace"))
    stop = "tool_use" if plan.tool else "end_turn"
    answer = {"id": "msg_example0001", "type": "message", "role": "assistant",
              "model": asked.get("model", NAME), "content": [], "stop_reason": None,
              "stop_sequence": None, "usage": {"input_tokens": sent, "output_tokens": 1}}
    if not asked.get("stream"):
        if plan.tool:
            answer["content"] = [{"type": "tool_use", "id": "toolu_example0001",
                                  "name": plan.tool[0], "input": json.loads(plan.tool[1])}]
        else:
            answer["content"] = [{"type": "text", "text": plan.text}]
        answer["stop_reason"] = stop
        answer["usage"]["output_tokens"] = tokens_in(plan.text)
        return request.send_json(200, answer)

    def events():
        yield "message_start", {"message": answer}
        if plan.tool:
            block = {"type": "tool_use", "id": "toolu_example0001", "name": plan.tool[0],
                     "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": plan.tool[1][i : i + 5]}
                      for i in range(0, len(plan.tool[1]), 5)]
        else:
            block = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in plan.pieces()]
        yield "content_block_start", {"index": 0, "content_block": block}
        yield "ping", {}
        for delta in deltas:
            yield "content_block_delta", {"index": 0, "delta": delta}
        yield "content_block_stop", {"index": 0}
        yield "message_delta", {"delta": {"stop_reason": stop, "stop_sequence": None},
                                "usage": {"output_tokens": tokens_in(plan.text)}}
        yield "message_stop", {}

    return request.send_events(
        ((kind, {"type": kind} | fields) for kind, fields in events()), plan.delay)


def count_tokens(request, _asked):
    return request.send_json(
        200, {"input_tokens": tokens_in(request.body.decode("utf-8", "replace"))})


# --- HTTP -------------------------------------------------------------------------------------


def health(request, _asked):
    return request.send_json(200, {"status": "ok", "workload": NAME, "example": True})


OPERATIONS = {
    ("GET", "/health"): health,
    ("GET", "/v1/models"): models,
    ("POST", "/v1/chat/completions"): chat_completions,
    ("POST", "/v1/completions"): completions,
    ("POST", "/v1/embeddings"): embeddings,
    ("POST", "/v1/responses"): responses,
    ("POST", "/v1/messages"): messages,
    ("POST", "/v1/messages/count_tokens"): count_tokens,
}


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "transparent-chat"
    sys_version = ""
    timeout = 120
    disable_nagle_algorithm = True
    wbufsize = 65536  # an event is one write

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def serve(self):
        path = self.path.partition("?")[0]
        try:
            self.body = self.read_body()
            operation = OPERATIONS.get((self.command, path))
            if operation is None:
                raise Refused(404, f"no such operation: `{self.command} {path}`")
            asked = {}
            if self.command == "POST":
                try:
                    asked = json.loads(self.body)
                except ValueError as error:
                    raise Refused(400, "the body is not JSON") from error
                if not isinstance(asked, dict):
                    raise Refused(400, "the body is not a JSON object")
            operation(self, asked)
        except Refused as refused:
            self.send_error_answer(path, refused)
        except (ConnectionError, socket.timeout):
            self.close_connection = True

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline(64).split(b";")[0], 16)
                if size == 0:
                    while self.rfile.readline(65536) not in (b"\r\n", b"\n", b""):
                        pass
                    return body
                if len(body) + size > MAX_BODY:
                    raise Refused(413, "the body is too large")
                body += self.rfile.read(size)
                self.rfile.readline(8)
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            raise Refused(413, "the body is too large")
        return self.rfile.read(length)

    def send_json(self, status, answer):
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_error_answer(self, path, refused):
        message = str(refused)
        if path.startswith("/v1/messages"):
            kinds = {400: "invalid_request_error", 404: "not_found_error",
                     413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error"}
            answer = {"type": "error", "error": {
                "type": kinds.get(refused.status, "api_error"), "message": message}}
        else:
            answer = {"error": {"message": message, "type": "example_error", "param": None,
                                "code": None}}
        self.send_json(refused.status, answer)

    def send_events(self, events, delay):
        """Sends server-sent events, each as one chunk; `events` are (type or None, data)."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-cache")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for kind, data in events:
            text = f"event: {kind}\n" if kind else ""
            text += "data: " + (data if isinstance(data, str) else json.dumps(data)) + "\n\n"
            raw = text.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
            self.wfile.flush()
            if delay:
                time.sleep(delay)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    address_family = socket.AF_INET

    def handle_error(self, _request, _address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, socket.timeout)):
            super().handle_error(_request, _address)


def main():
    parser = argparse.ArgumentParser(description="An example chat workload that shows what "
                                                 "reached it.")
    parser.add_argument("--listen", default="127.0.0.1:9001", metavar="HOST:PORT",
                        help="where to listen; port 0 chooses a free one (default %(default)s)")
    host, _, port = parser.parse_args().listen.rpartition(":")
    server = Server((host, int(port)), Request)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{NAME} (example) listens on http://{host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
