"""What many tests share, started once for the whole run: the examples, a certificate authority."""

import atexit
import functools
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .gate import ROOT, permit
from .pki import Pki
from .wait import PATIENCE

# Invented: it has the form of a provider's key and opens nothing.
SECRET = re.search(r"sk-ant-[\w-]+", (ROOT / "examples" / "secret.json").read_text()).group()
UPSTREAM_KEY = "sk-upstream-5b0d3f6f1c9e4e0d8a7b"
DIGIT = json.loads((ROOT / "examples" / "digit.json").read_text())
NODE = ROOT / "tests" / "e2e" / "node"


@functools.cache
def folder():
    path = Path(tempfile.mkdtemp(prefix="sally-e2e-", dir="/tmp"))
    atexit.register(shutil.rmtree, path, True)
    return path


@functools.cache
def pki():
    return Pki(folder() / "pki")


def start(*command, cwd=ROOT):
    """Starts a program that prints where it listens; it ends with the tests."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=cwd)

    def end():
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()
    atexit.register(end)
    return process


@functools.cache
def chat_port():
    """The transparent chat example."""
    process = start("/usr/bin/python3", "examples/transparent_chat.py", "--listen", "127.0.0.1:0")
    return int(process.stdout.readline().rpartition(":")[2])


@functools.cache
def digits_ports():
    """The digits example: (REST, gRPC)."""
    process = start("/usr/bin/python3", "examples/digits.py", "--listen", "127.0.0.1:0",
                    "--grpc", "127.0.0.1:0")
    ports = {}
    for line in process.stdout:
        if match := re.search(r"(http|grpc)://[^:]*:(\d+)", line):
            ports[match[1]] = int(match[2])
        if "http" in ports:
            return ports["http"], ports["grpc"]
    raise AssertionError("the digits example did not start")


@functools.cache
def mcp_port():
    """An MCP server on the official SDK."""
    process = start("node", str(NODE / "mcp_server.mjs"), cwd=NODE)
    return int(process.stdout.readline())


def upstream(port, **more):
    """An upstream on this port with the provider's key."""
    return {"url": f"http://127.0.0.1:{port}",
            "credential": {"header": "authorization", "prefix": "Bearer ",
                           "secret": {"env": "UPSTREAM_KEY"}}} | more


ENVIRONMENT = {"UPSTREAM_KEY": UPSTREAM_KEY}


def simple(port, **sections):
    """One upstream that serves the model `m` over OpenAI, Anthropic and plain HTTP; the key `app`
    may use all of it."""
    return {
        "upstreams": {"scripted": upstream(port)},
        "models": {"m": {"targets": [{"upstream": "scripted", "model": "m"}], "retries": 0}},
        "routes": [
            {"name": "anthropic", "prefix": "/anthropic", "protocol": "anthropic", "models": ["m"]},
            {"name": "plain", "prefix": "/plain", "protocol": "http", "upstream": "scripted"},
            {"name": "openai", "prefix": "/", "protocol": "openai", "models": ["m"]},
        ],
        "policies": permit("app", "app"),
    } | sections


def ask(text="hello", **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}]} | more


CHAT = "/v1/chat/completions"
