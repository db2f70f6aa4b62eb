#!/usr/bin/python3
"""Writes docs/performance.md from build/bench/results.json and build/bench/details.json."""

import argparse
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCH = ROOT / "build" / "bench"
HIGHER_IS_BETTER = ("rps_ratio", "wasm_ratio", "per_s", "f2", "recall", "auc")

WHAT = {
    "gate.http.cpu_ratio": "whole gate against nginx passing on: CPU",
    "gate.http.rps_ratio": "the same: requests a second",
    "gate.tls.cpu_ratio": "with TLS 1.3 kept alive: CPU",
    "gate.tls.rps_ratio": "the same: requests a second",
    "gate.jwt.cpu_ratio": "callers known by tokens (JWT): CPU",
    "gate.jwt.rps_ratio": "the same: requests a second",
    "gate.latency.p50_ratio": "one connection, median latency",
    "gate.latency.p99_ms": "32 connections, 99th percentile",
    "gate.sse.cpu_ratio": "64 streamed events, scanned, against nginx passing them: CPU",
    "gate.memory.pss_mb": "proportional set size at 64 connections",
    "gate.memory.idle_streams_mb": "the same with 10,000 idle streams",
    "gate.memory.growth_percent": "growth over many requests",
    "gate.smuggling.bad": "smuggled, ambiguous, forwarded, refused though valid",
    "gate.h2.failed": "HTTP/2 conformance and attack cases failed",
}

SCAN = {
    "scan.walk_gb_per_s": "structure of torch zip, safetensors and GGUF of 17 GB: file size per second",
    "scan.pickle_mb_per_s": "a dense pickle without tensors",
    "scan.files_per_s": "20,000 small files: pickles, JSON, Python, text",
    "scan.start_ms": "one small file, from start to end",
    "scan.sparse_rss_mb": "most memory for a model of 100 GB",
}

INTRODUCTION = """\
# Performance

This page is generated: `make bench` measures and `tools/performance.py` writes it. Every figure is
from one run on one machine; the command that makes it stands beside it. `make bench ROOM=gate` measures one
room: the rows of others stay as they were measured before.

How to read it. Where a machine is shared, requests a second say little, and the CPU time that
100,000 requests cost says much: compare that. Every case runs in short rounds back to back with its
peers. A CPU ratio is the median over the rounds of gate / nginx in the same round; a rate or a latency
compares the best round of each. nginx and HAProxy only pass bytes on, while the gate checks the key,
parses the body strictly, scans it and the answer for secrets, decides by the policies, and writes one
access event for each request. wrk is a closed loop: a 99th percentile at full load is queueing.

What stands in no configuration of the benchmark is in none of the gate's rows: `privacy`, `outflow` and
`attacks`. The log lies in memory (`/dev/shm`, unless TMPDIR says otherwise): on an ext4 file system without
a journal the kernel searches for a place for each new file past all that were deleted in the last minutes,
which a benchmark does by the thousand: a tenth of the samples of the gate in one such run.
"""


def number(value):
    if value is None:
        return ""
    if isinstance(value, float) and abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:g}"


def verdict(row):
    if row["bar"] is None:
        return ""
    sign = -1 if row["key"].endswith(HIGHER_IS_BETTER) else 1
    if sign * row["value"] > sign * row["bar"]:
        return "missed"
    if row["aim"] is not None and sign * row["value"] <= sign * row["aim"]:
        return "aim reached"
    return "bar reached"


def key_table(what_of, rows, details):
    spread = {d["key"]: d.get("spread", "") for d in details if "key" in d}
    lines = ["| key | what | measured | bar | aim | peer | | spread and circumstances |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for key, what in what_of.items():
        row = rows.get(key)
        if row is None:
            lines.append(f"| `{key}` | {what} | not measured | | | | | |")
            continue
        lines.append(f"| `{key}` | {what} | {number(row['value'])} {row['unit']} | "
                     f"{number(row['bar'])} | {number(row['aim'])} | {row['peer'] or ''} | "
                     f"{verdict(row)} | {spread.get(key, '')} |")
    return lines


def case_table(details):
    lines = ["| case | who | CPU s / 100,000 | requests / s | p50 ms | p99 ms |",
             "| --- | --- | --- | --- | --- | --- |"]
    for d in details:
        if "case" in d:
            lines.append(f"| {d['case']} | {d['name']} | {d['cpu_s_per_100k']:.2f} "
                         f"({min(d['cpu_rounds']):.2f} to {max(d['cpu_rounds']):.2f}) | "
                         f"{d['rps']:,} ({min(d['rps_rounds']):,} to {max(d['rps_rounds']):,}) | "
                         f"{d['p50_ms']:.3f} | {d['p99_ms']:.2f} |")
    return lines


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    rows = {row["key"]: row for row in json.loads((BENCH / "results.json").read_text())}
    file = BENCH / "details.json"
    details = json.loads(file.read_text()) if file.exists() else []
    facts = next((d["facts"] for d in reversed(details) if "facts" in d), None)

    out = [INTRODUCTION]
    if facts:
        out.append(f"Measured on {facts['date']}: {facts['machine']}; load average "
                   f"{facts['load']} before the run; {facts['rounds']} rounds of "
                   f"{facts['seconds']} s; {facts['nginx']}; {facts['haproxy']}; two workers each, "
                   "wrk and the upstream on the same machine.\n")
    out += ["## The gate\n", *key_table(WHAT, rows, details), ""]
    out += ["## The rounds in full\n", "The best round; in brackets the span over the rounds.\n",
            *case_table(details), ""]
    commands = sorted({row["command"] for key, row in rows.items() if key in WHAT})
    out += ["## Commands\n", "```", "make bench ROOM=gate", *commands, "```", ""]
    if any(key in SCAN for key in rows):
        out += ["## The scanner\n", "`sallyport scan` itself, on files that the benchmark makes; models are "
                "sparse, so that the disk is not what is measured. `make bench ROOM=scan`\n",
                *key_table(SCAN, rows, details), ""]
    rooms = [row for key, row in sorted(rows.items()) if key not in WHAT and key not in SCAN]
    if rooms:
        out += ["## The rooms\n", "Google Benchmark; without a bar it is the CPU time of one call.\n",
                "| key | measured | bar | aim | | command |", "| --- | --- | --- | --- | --- | --- |",
                *(f"| `{r['key']}` | {number(r['value'])} {r['unit']} | {number(r['bar'])} | "
                  f"{number(r['aim'])} | {verdict(r)} | `{r['command']}` |"
                  for r in rooms), ""]
    page = ROOT / "docs" / "performance.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n".join(out))


if __name__ == "__main__":
    main()
