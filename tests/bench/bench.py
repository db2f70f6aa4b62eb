#!/usr/bin/python3
"""Measures the whole gate against nginx and HAProxy and merges build/bench/results.json.

    bench.py [--room ROOM] [--part PART ...] [--only REGEX] [--rounds N] [--seconds S]

Every case runs in short rounds, back to back with its peers: round 1 of nginx, the gate, HAProxy,
round 2 of nginx, ... Where a machine is shared, requests a second say little and the CPU time that
100,000 requests cost says much. So a CPU ratio is the median over the rounds of (gate / nginx of the
same round); a rate or latency compares the best round of each.

The gate does its whole work in every case: it checks the key, parses the body strictly, scans it for
secrets (and the answer), decides by the policies, and writes one access event for each request. nginx
and HAProxy only pass bytes on.

Parts: http tls jwt latency sse memory idle growth smuggling h2. REQUESTS is how many requests `growth`
sends (1,000,000), STREAMS how many streams `idle` holds (10,000).
"""

import argparse
import base64
import contextlib
import json
import mmap
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "e2e")]

from rig import smuggling  # noqa: E402
from rig.gate import Gate  # noqa: E402
from rig.pki import Pki  # noqa: E402

import meter  # noqa: E402
import scan  # noqa: E402
from peers import WORKERS, Peer, version  # noqa: E402

BIN = Path(os.environ.get("SALLY_BIN", ROOT / "build" / "release" / "bin"))
OUT = ROOT / "build" / "bench"
REQUESTS = int(os.environ.get("REQUESTS", "1000000"))
STREAMS = int(os.environ.get("STREAMS", "10000"))

# key: (unit, bar, aim, peer). The bars are the project's own; a smaller value is better except for
# the rps ratios.
BARS = {
    "gate.http.cpu_ratio": ("ratio", 1.3, 1.0, "nginx"),
    "gate.http.rps_ratio": ("ratio", 0.8, 0.95, "nginx"),
    "gate.tls.cpu_ratio": ("ratio", 1.3, 1.0, "nginx with TLS 1.3"),
    "gate.tls.rps_ratio": ("ratio", 0.8, 0.95, "nginx with TLS 1.3"),
    "gate.jwt.cpu_ratio": ("ratio", 1.3, 1.0, "nginx"),
    "gate.jwt.rps_ratio": ("ratio", 0.8, 0.95, "nginx"),
    "gate.latency.p50_ratio": ("ratio", 1.1, 1.0, "nginx"),
    "gate.latency.p99_ms": ("ms", 2.0, 1.5, None),
    "gate.sse.cpu_ratio": ("ratio", 1.0, 0.5, "nginx"),
    "gate.memory.pss_mb": ("MB", 25, None, None),
    "gate.memory.idle_streams_mb": ("MB", 200, None, None),
    "gate.memory.growth_percent": ("%", 5, None, None),
    "gate.smuggling.bad": ("cases", 0, 0, None),
    "gate.h2.failed": ("cases", 0, 0, None),
}

PROMPT = (
    "You help the accounts department. Answer in short sentences and name the source of each figure. "
    "Below stands the revenue of four regions for this quarter and the one before; tell the three "
    "largest changes, what may explain them, and which questions to ask. North 4.2 million after "
    "3.9, south 5.1 after 5.6, west 2.7 after 2.1, east 3.3 after 3.3. "
)


def chat_body(**more):
    """A chat request of about 1 KB."""
    return json.dumps({
        "model": "bench",
        "messages": [{"role": "system", "content": PROMPT},
                     {"role": "user", "content": "Which region first, and why? " + PROMPT}],
        "temperature": 0.2, "max_tokens": 300, "user": "accounts"} | more).encode()


# What an operator would write: a permit for a team's keys on one model, and what nobody may do.
BENCH_POLICIES = """
@id("bench")
permit (principal is Key, action in Action::"call", resource == Model::"bench")
when { principal.name == "bench" };
@id("demo")
permit (principal is Key, action, resource) when { principal.name == "demo" };
@id("canaries")
forbid (principal, action, resource) when { context.findings.contains("canary") };
@id("at-night")
forbid (principal in Team::"interns", action in Action::"call", resource)
unless { context.hour >= 7 && context.hour < 21 };
@id("long-answers")
forbid (principal, action in Action::"call", resource is Model)
when { context.request has max_tokens && context.request.max_tokens > 100000 };
"""


def gate_config(upstream):
    """What a careful operator would run, with limits that a benchmark does not reach."""
    return {
        "gate": {"workers": WORKERS, "limits": {
            "connections": 40_000, "connections_per_address": 40_000,
            "requests_per_minute_per_key": 100_000_000, "burst_per_key": 1_000_000}},
        "upstreams": {"model": {"url": f"http://127.0.0.1:{upstream}", "max_outstanding": 40_000,
                                "pool": {"max_connections": 40_000},
                                "credential": {"header": "authorization", "prefix": "Bearer ",
                                               "secret": {"env": "BENCH_UPSTREAM_KEY"}}}},
        "models": {"bench": {"targets": [{"upstream": "model", "model": "bench"}]}},
        "routes": [{"name": "openai", "prefix": "/", "protocol": "openai", "models": ["bench"]}],
        "policies": BENCH_POLICIES,
        "inspection": {"request": "refuse", "response": "refuse"},
    }


class TokenIssuer:
    """Signs tokens with a key of its own, by openssl."""

    name = "https://login.example"

    def __init__(self, folder):
        self.key = folder / "issuer.key"
        self.keys = folder / "issuer.jwks"
        self.openssl("genpkey", "-algorithm", "ED25519", "-out", str(self.key))
        public = self.openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")[-32:]
        self.keys.write_text(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "one",
                                                   "use": "sig", "x": self.url64(public)}]}))

    @staticmethod
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout

    @staticmethod
    def url64(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def token(self):
        """A token as providers issue them, of about 900 characters."""
        now = int(time.time())
        claims = {"iss": self.name, "sub": "9f1c6f0e-3a55-4d0e-8f0a-2f9d3c1b7a44",
                  "aud": "https://gate.example", "iat": now, "nbf": now, "exp": now + 36_000,
                  "jti": "b2f7c8a6-51c1-4f0f-9d6e-6a1f5a0c9e11", "azp": "accounts-app",
                  "sid": "0c2f5d7e-77aa-4a35-9a0b-5b6f1f3e2d10", "scope": "models:call models:list",
                  "name": "A. Person", "preferred_username": "a.person@example.com",
                  "groups": ["staff", "accounts", "emea", "all-hands", "building-7"]}
        head = {"alg": "EdDSA", "kid": "one", "typ": "at+jwt"}
        text = ".".join(self.url64(json.dumps(part).encode()) for part in (head, claims))
        signed = self.key.with_suffix(".input")
        signed.write_text(text)
        return text + "." + self.url64(self.openssl(
            "pkeyutl", "-sign", "-rawin", "-inkey", str(self.key), "-in", str(signed)))


def wrk(url, key, body, connections, seconds, folder):
    """One run of wrk: requests, seconds, p50_us, p99_us, failed."""
    file = Path(folder) / "body"
    file.write_bytes(body)
    done = subprocess.run(
        ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s",
         "-s", str(HERE / "chat.lua"), url],
        env=os.environ | {"BODY": str(file), "KEY": key}, capture_output=True, text=True,
        check=True, timeout=seconds + 60)
    run = json.loads(done.stdout.splitlines()[-1])
    if run["failed"] or not run["requests"]:
        raise SystemExit(f"bench: {run['failed']} requests to {url} failed:\n{done.stdout}")
    return run


class Bench:
    def __init__(self, options, folder, stack):
        self.options = options
        self.folder = Path(folder)
        self.stack = stack
        self.rows, self.details = {}, []
        self.pki = Pki(self.folder / "pki")
        self.upstream = self.helper("bench_upstream", "0")
        self.upstream_port = int(self.upstream.stdout.readline())
        self.gates = {}
        self.peers = {}

    def helper(self, name, *arguments):
        process = subprocess.Popen([str(BIN / name), *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        return process

    def gate(self, tls=False):
        """(gate, key); one for each kind."""
        if tls in self.gates:
            return self.gates[tls]
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        gate = Gate(gate_config(self.upstream_port), pki=self.pki if tls else None, folder=folder,
                    environment={"BENCH_UPSTREAM_KEY": "sk-bench-upstream"})
        key = gate.create_key("bench")
        self.stack.enter_context(gate)
        self.gates[tls] = gate, key
        return gate, key

    def only_gate(self):
        """(gate, key) of a fresh one with no other beside it: of a page that two share each has half."""
        for gate, _ in self.gates.values():
            gate.stop()
        self.gates.clear()
        return self.gate()

    def token_gate(self):
        """(gate, token): callers are known by tokens of an issuer, which every decision sees."""
        if "jwt" not in self.gates:
            config = gate_config(self.upstream_port)
            issuer = TokenIssuer(self.folder)
            config["identity"] = {"issuers": {"corp": {
                "issuer": issuer.name, "audiences": ["https://gate.example"],
                "jwks": {"file": str(issuer.keys)}}}}
            config["policies"] = BENCH_POLICIES + """
                @id("staff")
                permit (principal in Group::"corp/staff", action in Action::"call",
                        resource == Model::"bench");"""
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            gate = Gate(config, folder=folder,
                        environment={"BENCH_UPSTREAM_KEY": "sk-bench-upstream"})
            self.stack.enter_context(gate)
            self.gates["jwt"] = gate, issuer.token()
        return self.gates["jwt"]

    def peer(self, name):
        if name not in self.peers:
            self.peers[name] = self.stack.enter_context(
                Peer(name, self.folder, self.upstream_port, self.pki))
        return self.peers[name]

    def row(self, key, value, spread=""):
        unit, bar, aim, peer = BARS[key]
        part = key.split(".")[1]
        self.rows[key] = {"key": key, "value": round(value, 3), "unit": unit, "bar": bar,
                          "aim": aim, "peer": peer,
                          "command": f"tests/bench/bench.py --room gate --part {self.part}"}
        print(f"{key:32} {value:10.3f} {unit:6} {spread}", flush=True)
        self.details.append({"key": key, "spread": spread, "part": part})

    # --- Rounds ------------------------------------------------------------------------------

    def contenders(self, tls, names):
        """name -> (url, key, pid). All are sent the same request, its credential included."""
        gate, key = self.token_gate() if "gate-jwt" in names else self.gate(tls)
        out = {}
        for name in names:
            if name.startswith("gate"):
                port, pid = gate.port, gate.process.pid
            else:
                peer = self.peer(name)
                port, pid = peer.tls if tls else peer.plain, peer.process.pid
            url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1/chat/completions"
            out[name] = (url, key, pid)
        return out

    def rounds(self, what, body, connections, tls=False, names=("nginx", "gate", "haproxy")):
        """name -> list of rounds, each with rps, cpu (seconds for 100,000 requests), p50, p99 (ms)."""
        contenders = self.contenders(tls, names)
        out = {name: [] for name in names}
        for name, (url, key, _) in contenders.items():
            wrk(url, key, body, connections, 1, self.folder)  # warm up
        for _ in range(self.options.rounds):
            for name, (url, key, pid) in contenders.items():
                before = meter.cpu_seconds(pid)
                run = wrk(url, key, body, connections, self.options.seconds, self.folder)
                cost = meter.cpu_seconds(pid) - before
                out[name].append({"rps": run["requests"] / run["seconds"],
                                  "cpu": cost * 1e5 / run["requests"],
                                  "p50": run["p50_us"] / 1e3, "p99": run["p99_us"] / 1e3})
        for name, runs in out.items():
            best = {k: (max if k == "rps" else min)(r[k] for r in runs) for k in runs[0]}
            cpu = statistics.median(r["cpu"] for r in runs)
            print(f"  {what:18} {name:8} {best['rps']:9.0f} rps  {cpu:6.2f} CPU s / 100k  "
                  f"p50 {best['p50']:6.3f} ms  p99 {best['p99']:6.3f} ms", flush=True)
            self.details.append({"case": what, "name": name, "connections": connections,
                                 "rps": round(best["rps"]), "cpu_s_per_100k": round(cpu, 3),
                                 "p50_ms": best["p50"], "p99_ms": best["p99"],
                                 "cpu_rounds": [round(r["cpu"], 3) for r in runs],
                                 "rps_rounds": [round(r["rps"]) for r in runs]})
        return out

    def cpu_ratio(self, key, runs):
        ratios = [g["cpu"] / n["cpu"] for g, n in zip(runs["gate"], runs["nginx"])]
        self.row(key, statistics.median(ratios), f"rounds {min(ratios):.2f} to {max(ratios):.2f}")

    def rps_ratio(self, key, runs):
        ratios = [g["rps"] / n["rps"] for g, n in zip(runs["gate"], runs["nginx"])]
        best = max(r["rps"] for r in runs["gate"]) / max(r["rps"] for r in runs["nginx"])
        self.row(key, best, f"rounds {min(ratios):.2f} to {max(ratios):.2f}")

    # --- Parts -------------------------------------------------------------------------------

    def http(self):
        runs = self.rounds("http, 32 clients", chat_body(), 32)
        self.cpu_ratio("gate.http.cpu_ratio", runs)
        self.rps_ratio("gate.http.rps_ratio", runs)

    def tls(self):
        runs = self.rounds("tls, 32 clients", chat_body(), 32, tls=True)
        self.cpu_ratio("gate.tls.cpu_ratio", runs)
        self.rps_ratio("gate.tls.rps_ratio", runs)

    def jwt(self):
        runs = self.rounds("http, tokens", chat_body(), 32, names=("nginx", "gate-jwt"))
        runs["gate"] = runs["gate-jwt"]
        self.cpu_ratio("gate.jwt.cpu_ratio", runs)
        self.rps_ratio("gate.jwt.rps_ratio", runs)

    def latency(self):
        one = self.rounds("latency, 1 client", chat_body(), 1)
        ratios = [g["p50"] / n["p50"] for g, n in zip(one["gate"], one["nginx"])]
        self.row("gate.latency.p50_ratio",
                 min(r["p50"] for r in one["gate"]) / min(r["p50"] for r in one["nginx"]),
                 f"rounds {min(ratios):.2f} to {max(ratios):.2f}")
        many = self.rounds("latency, 32 clients", chat_body(), 32)
        p99 = [r["p99"] for r in many["gate"]]
        self.row("gate.latency.p99_ms", min(p99),
                 f"rounds {min(p99):.2f} to {max(p99):.2f}; nginx "
                 f"{min(r['p99'] for r in many['nginx']):.2f}")

    def sse(self):
        runs = self.rounds("64 events, streamed", chat_body(stream=True), 32)
        self.cpu_ratio("gate.sse.cpu_ratio", runs)

    def memory(self):
        gate, key = self.only_gate()
        load = subprocess.Popen(
            ["wrk", "-t", "1", "-c", "64", "-d", "6s", "-s", str(HERE / "chat.lua"),
             f"http://127.0.0.1:{gate.port}/v1/chat/completions"],
            env=os.environ | {"BODY": self.body_file(chat_body()), "KEY": key},
            stdout=subprocess.DEVNULL)
        seen = []
        while load.poll() is None:
            seen.append(meter.pss_mb(gate.process.pid))
            with contextlib.suppress(subprocess.TimeoutExpired):
                load.wait(0.5)
        self.row("gate.memory.pss_mb", max(seen), "the largest seen under load at 64 connections")

    def body_file(self, body):
        file = self.folder / "memory_body"
        file.write_bytes(body)
        return str(file)

    def idle(self):
        gate, key = self.only_gate()
        body = chat_body(stream=True, idle=True)
        request = self.folder / "idle_request"
        request.write_bytes(
            (f"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}"
             f"\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n").encode()
            + body)
        empty = meter.pss_mb(gate.process.pid)
        # A stream takes two files of the gate, one to each side.
        count = min(STREAMS, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200) // 2)
        holder = self.helper("bench_holder", str(gate.port), str(count), str(request))
        held = int(holder.stdout.readline().split()[1])
        failed = int(holder.stdout.readline().split()[1])
        value = meter.pss_mb(gate.process.pid)
        holder.stdin.close()
        holder.wait()
        if failed:
            raise SystemExit(f"bench: {failed} of {count} idle streams could not be held")
        self.row("gate.memory.idle_streams_mb", empty + (value - empty) * STREAMS / held,
                 f"{held:,} streams held, {empty:.1f} to {value:.1f} MB, scaled to {STREAMS:,}")

    def growth(self):
        gate, key = self.only_gate()
        url = f"http://127.0.0.1:{gate.port}/v1/chat/completions"
        sent = 0

        def send(count):
            total = 0
            while total < count:
                total += wrk(url, key, chat_body(), 64, 5, self.folder)["requests"]
            return total
        send(300_000)
        before = meter.pss_mb(gate.process.pid)
        sent = send(REQUESTS)
        after = meter.pss_mb(gate.process.pid)
        self.row("gate.memory.growth_percent", (after - before) / before * 100,
                 f"{before:.1f} to {after:.1f} MB over {sent:,} requests")

    def smuggling(self):
        corpus = smuggling.corpus()
        if not corpus:
            print("gate.smuggling.bad: not measured, the corpus is not there", flush=True)
            return
        report = smuggling.replay(corpus)
        for one in report.bad:
            print("  " + str(one))
        self.row("gate.smuggling.bad", len(report.bad), report.summary())

    def h2(self):
        checker = BIN / "h2check"
        if not checker.exists():
            print("gate.h2.failed: not measured, h2check is not built", flush=True)
            return
        gate, key = self.only_gate()
        done = subprocess.run(
            [str(checker), f"127.0.0.1:{gate.port}", "--path", "/v1/models",
             "--header", f"authorization: Bearer {key}"], capture_output=True, text=True,
            timeout=1800)
        last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        counts = re.match(r"(\d+) passed, (\d+) failed", last)
        if not counts:
            raise SystemExit(f"bench: h2check said nothing countable: {last}\n{done.stderr}")
        for line in done.stdout.splitlines()[:-1]:
            if re.search(r"\bfail", line, re.I):
                print("  " + line)
        self.row("gate.h2.failed", int(counts[2]), f"{counts[1]} passed")

    PARTS = ("http", "tls", "jwt", "latency", "sse", "memory", "idle", "growth", "smuggling", "h2")


# --- The rooms' own benchmarks ----------------------------------------------------------------

# Benchmarks that have a bar report what they measure as a counter `value`, or, where their time is
# what counts, the time. (unit, bar, aim)
ROOM_BARS = {
    "cedar.allocations": ("", 0, 0),
    "cedar.p50_us": ("us", 2, 1),
    "cedar.p99_us": ("us", 10, 5),
    "cedar.scale_ratio": ("ratio", 3, 1.5),
    "ledger.appends_per_s": ("1/s", 100_000, 300_000),
    "ledger.durable_p99_ms": ("ms", 5, 3),
    "ledger.loop_us": ("us", 1, 0.7),
    "ledger.query_ms": ("ms", 100, 50),
}


def room_benches(room, only):
    """Runs the <room>_bench binaries, of them what matches `only`; rows of `<room>.<name>`."""
    rows = []
    for program in sorted(BIN.glob("*_bench")):
        name = program.name.removesuffix("_bench")
        if room and name != room:
            continue
        done = subprocess.run([str(program), "--benchmark_format=json",
                               f"--benchmark_filter={only}"], capture_output=True,
                              text=True, check=True, cwd=ROOT)
        for one in json.loads(done.stdout)["benchmarks"]:
            if one.get("run_type") == "aggregate":
                continue
            if one.get("error_occurred"):
                print(f"skipped: {name}.{one['name']}: {one['error_message']}", flush=True)
                continue
            key = f"{name}.{one['name'].removeprefix('BM_').split('/')[0]}"
            unit, bar, aim = ROOM_BARS.get(key, (one["time_unit"], None, None))
            row = {"key": key if bar is not None else f"{name}.{one['name'].removeprefix('BM_')}",
                   "value": round(one.get("value", one["cpu_time"]), 3), "unit": unit, "bar": bar,
                   "aim": aim, "peer": None, "command": f"build/release/bin/{program.name} "
                   f"--benchmark_filter=^{one['name']}$"}
            print(f"{row['key']:50} {row['value']:12} {row['unit']}", flush=True)
            rows.append(row)
    return rows


# --- The peer of the policy engine ---------------------------------------------------------------

CEDAR_WORKLOAD = Path(os.environ.get("SALLY_CORPORA", ROOT.parent / "shared" / "corpora")) / \
    "cedar" / "ai_gateway_workload"
CEDAR_MODULES = ROOT / "tests" / "e2e" / "node_modules"
WASM_RATIO = {"key": "cedar.wasm_ratio", "unit": "ratio", "bar": 50, "aim": 100}


def cedar_peer(rows, seconds):
    """The median decision of the reference engine against ours, measured in the same go."""
    ours = next((row["value"] for row in rows if row["key"] == "cedar.p50_us"), None)
    if ours is None:
        return []
    for folder in (CEDAR_WORKLOAD, CEDAR_MODULES / "@cedar-policy" / "cedar-wasm"):
        if not folder.is_dir():
            print(f"skipped: cedar.wasm_ratio: there is no `{folder}`", flush=True)
            return []
    program = str(Path(__file__).with_name("cedar_peer.mjs"))
    done = subprocess.run(["node", program, str(CEDAR_WORKLOAD), str(CEDAR_MODULES), str(seconds)],
                          capture_output=True, text=True, check=True)
    peer = json.loads(done.stdout)
    if peer["wrong"]:
        raise RuntimeError(f"{peer['engine']} answered {peer['wrong']} requests wrongly")
    row = WASM_RATIO | {"value": round(peer["p50_us"] / ours, 1), "peer": peer["engine"],
                        "command": "tests/bench/bench.py --room cedar"}
    print(f"{row['key']:50} {row['value']:12} {row['unit']}  ({peer['engine']}: median "
          f"{peer['p50_us']:.0f} us, p99 {peer['p99_us']:.0f} us, CPU {peer['cpu_us']:.0f} us)", flush=True)
    return [row]


# --- Results ----------------------------------------------------------------------------------


def merge(file, rows, key):
    """Replaces the rows of the same key in a JSON array and keeps the others."""
    file.parent.mkdir(parents=True, exist_ok=True)
    old = json.loads(file.read_text()) if file.exists() else []
    new = {key(row) for row in rows}
    file.write_text(json.dumps([r for r in old if key(r) not in new] + rows, indent=1) + "\n")


def allow_files(count):
    """Raises the limit of open files as far as allowed, for this process and its children."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(hard, count),) * 2)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def spread_out(folder):
    """The folder, its subfolders far apart on an ext4: beside inodes that were freed in the last
    minutes, which ext4 passes over one by one, a new file costs up to 700 us of CPU, not 30."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        subprocess.run(["chattr", "+T", str(folder)], capture_output=True, check=False)
    return folder


def touch_memory(most=8 << 30):
    """Free memory, touched once. A virtual machine may get each page from its host only when it is
    first used, and take it back when it is free: then a write of a new file costs ten times what it
    costs elsewhere, and the log writes as long as the gate serves."""
    free = re.search(r"MemFree: *(\d+) kB", Path("/proc/meminfo").read_text())
    size = min(most, int(free[1]) * 1024 * 3 // 4) >> 20
    with mmap.mmap(-1, max(size, 1) << 20) as memory:
        for i in range(size):
            memory[i << 20:(i + 1) << 20] = b"\1" * (1 << 20)


def measure_gate(options):
    allow_files(4 * STREAMS)
    touch_memory()
    os.environ.setdefault("SALLYPORT", str(BIN / "sallyport"))
    facts = {"machine": meter.machine(), "nginx": version("nginx"), "haproxy": version("haproxy"),
             "date": time.strftime("%Y-%m-%d"), "rounds": options.rounds,
             "seconds": options.seconds,
             "load": f"{os.getloadavg()[0]:.1f}"}
    with tempfile.TemporaryDirectory(prefix="run-", dir=spread_out(OUT)) as folder:
        with contextlib.ExitStack() as stack:
            bench = Bench(options, folder, stack)
            for part in options.part or Bench.PARTS:
                bench.part = part
                before = len(bench.details)
                getattr(bench, part)()
                for one in bench.details[before:]:
                    one["part"] = part
                    one["facts"] = facts
                if options.discard:
                    continue
                merge(OUT / "results.json", list(bench.rows.values()), lambda r: r["key"])
                merge(OUT / "details.json", bench.details,
                      lambda d: (d.get("key"), d.get("case"), d.get("name")))


def main():
    parser = argparse.ArgumentParser(description="Measures the gate against nginx and HAProxy.")
    parser.add_argument("--room", default=os.environ.get("ROOM") or None,
                        help="only this room: `gate` is the whole gate, `scan` the scanner, "
                             "others are <room>_bench")
    parser.add_argument("--part", action="append", choices=Bench.PARTS, help="only this part")
    parser.add_argument("--only", default=".", metavar="REGEX",
                        help="of a room's benchmarks only those that match")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("SECS", "3")))
    parser.add_argument("--discard", action="store_true", help="keep no figures")
    options = parser.parse_args()
    if options.room in (None, "gate"):
        measure_gate(options)
    if options.room in (None, "scan") and not options.part:
        rows, details = scan.measure(BIN / "sallyport", options.rounds)
        if not options.discard:
            merge(OUT / "results.json", rows, lambda r: r["key"])
            merge(OUT / "details.json", details,
                  lambda d: (d.get("key"), d.get("case"), d.get("name")))
    if options.room not in ("gate", "scan") and not options.part:
        rows = room_benches(options.room, options.only)
        rows += cedar_peer(rows, options.seconds)
        merge(OUT / "results.json", rows, lambda r: r["key"])


if __name__ == "__main__":
    main()
