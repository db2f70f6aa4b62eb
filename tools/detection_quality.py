#!/usr/bin/python3
"""Measures how well things are found in texts, and writes docs/detection-quality.md.

usage: detection_quality.py [--part privacy|attack] [--sallyport PROGRAM] [--bench PROGRAM]
                            [--attack-train PROGRAM | --evaluation FILE] [--tests PROGRAM]
                            [--results FILE] [--output FILE]

Without --part both are measured; with it the page's other part stays as it is.

SALLY_CORPORA names the folder of the corpora (pii, secrets, prompts: their READMEs tell what they are).
Part privacy: personal data and secrets. Only the dev parts are scored, which nothing was tuned on line by line. A found span is right where it shares half of what both
cover with one of the same type; each counts once. F2 counts recall four times as much as precision.
Part attack: attacks on models of sources that were left out (attack-train --evaluate), and what leaves in
answers (the cases of tests/cases/content/outflow, by content_test).
"""

import argparse
import base64
import collections
import gzip
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from performance import number, verdict  # noqa: E402
from score_pii import NAMES, measures, pairs  # noqa: E402

STRUCTURED = {"synth_ai_traffic", "presidio_generated_large"}
COPIES = 20  # of the dev part, for the time of a document


# --- Obfuscation: a text and its spans, hidden -------------------------------------------------------


def by_character(hide):
    """Hides the characters of every span, one by one."""

    def transform(text, spans):
        out, at, moved = "", 0, []
        for span in spans:
            out += text[at : span["start"]]
            begin = len(out)
            out += hide(text[span["start"] : span["end"]])
            moved.append(dict(span, start=begin, end=len(out)))
            at = span["end"]
        return out + text[at:], moved

    return transform


def in_base64(text, spans):
    raw = text.encode()
    encoded = base64.b64encode(raw).decode()
    moved = []
    for span in spans:
        begin = len(text[: span["start"]].encode())
        end = len(text[: span["end"]].encode())
        moved.append(dict(span, start=begin * 8 // 6, end=-(-end * 8 // 6)))
    return encoded, moved


def in_hex(text, spans):
    moved = [dict(s, start=2 * len(text[: s["start"]].encode()), end=2 * len(text[: s["end"]].encode()))
             for s in spans]
    return text.encode().hex(), moved


LOOKALIKES = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
BOLD = {ord("0") + i: 0x1D7CE + i for i in range(10)}

OBFUSCATIONS = {
    "zero-width spaces between characters": by_character("\u200b".join),
    "full-width characters": by_character(lambda t: t.translate(WIDE)),
    "lookalikes of other scripts": by_character(lambda t: t.translate(LOOKALIKES)),
    "bold mathematical digits": by_character(lambda t: t.translate(BOLD)),
    "HTML entities": by_character(lambda t: "".join(f"&#{ord(c)};" for c in t)),
    "percent encoding": by_character(lambda t: "".join(f"%{b:02X}" for b in t.encode())),
    "JSON escapes": by_character(lambda t: "".join(f"\\u{ord(c):04x}" for c in t if ord(c) < 65536)),
    "soft hyphens": by_character("\u00ad".join),
    "spaces between characters": by_character(" ".join),
    "base64 of the whole text": in_base64,
    "hex of the whole text": in_hex,
}


# --- Measuring --------------------------------------------------------------------------------------


def lines(path):
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def inspect(program, documents):
    """The spans that the program finds, by id, and the CPU seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        given, got = Path(folder) / "in", Path(folder) / "out"
        with open(given, "w", encoding="utf-8") as file:
            for document in documents:
                file.write(json.dumps({"id": document["id"], "text": document["text"]}) + "\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "inspect", "--input", given, "--output", got, "--threads", "1"],
                       check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = {}
        for line in lines(got):
            found[line["id"]] = line["spans"]
    return found, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Score:
    def __init__(self):
        self.counts = collections.defaultdict(lambda: [0, 0, 0])  # of a type: right, missed, false
        self.clean = self.false_in_clean = 0
        self.failures = []

    def add(self, document, found, types):
        gold = [s for s in document["spans"] if s["type"] in types]
        found = [s for s in found if s["type"] in types]
        if not document["spans"]:
            self.clean += 1
            self.false_in_clean += len(found)
        used_gold, used_found = pairs(gold, found)
        for i, span in enumerate(gold):
            self.counts[span["type"]][0 if i in used_gold else 1] += 1
            if i not in used_gold:
                self.failures.append(("missed", span["type"]))
        for j, span in enumerate(found):
            if j not in used_found:
                self.counts[span["type"]][2] += 1
                self.failures.append(("false", span["type"]))

    def all(self):
        return [sum(c[i] for c in self.counts.values()) for i in range(3)]

    def f2(self):
        return measures(*self.all())[2]

    def recall(self):
        return measures(*self.all())[1]

    def false_per_thousand(self):
        return 1000 * self.false_in_clean / max(self.clean, 1)


def score(documents, found, types):
    out = Score()
    for document in documents:
        out.add(document, found[document["id"]], types)
    return out


def benchmark(program, name):
    """One benchmark's record, or nothing where there is no such program."""
    if not program or not os.access(program, os.X_OK):
        return None
    done = subprocess.run([program, f"--benchmark_filter=^{name}$", "--benchmark_format=json"],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)["benchmarks"][0]


class Row:
    """A figure, and what was asked of it."""

    def __init__(self, key, what, value, unit, bar, aim):
        self.key, self.what, self.value, self.unit = key, what, value, unit
        self.bar, self.aim = bar, aim

    def record(self):
        return {"key": self.key, "value": round(self.value, 4), "unit": self.unit, "bar": self.bar,
                "aim": self.aim, "peer": None, "command": "tools/detection_quality.py"}

    def line(self):
        shown = f"{self.value:.3f}" if not self.unit and self.value <= 1 else f"{self.value:.1f}"
        return (f"| {self.what} | {shown} {self.unit} | {number(self.bar)} | {number(self.aim)} | "
                f"{verdict(self.record())} |")


# --- Writing ----------------------------------------------------------------------------------------


def type_table(result):
    out = ["| type | spans | found | false | precision | recall | F2 |",
           "| --- | --- | --- | --- | --- | --- | --- |"]
    for name in sorted(result.counts):
        hits, missed, false = result.counts[name]
        p, r, f2 = measures(hits, missed, false)
        out.append(f"| {name} | {hits + missed} | {hits} | {false} | {p:.3f} | {r:.3f} | {f2:.3f} |")
    return out


def failures(result):
    kinds = collections.Counter(result.failures)
    if not kinds:
        return ["None."]
    return [", ".join(f"{name} {what} {count}" for (what, name), count in kinds.most_common())]


def measure_privacy(asked, corpora):
    """The rows and the lines of the page."""
    documents = [d for d in lines(corpora / "pii/dev.jsonl") if d["source"] in STRUCTURED]
    types = {s["type"] for d in documents for s in d["spans"]} - NAMES
    found, _ = inspect(asked.sallyport, documents)
    structured = score(documents, found, types)

    hidden = {}
    together = Score()
    for name, transform in OBFUSCATIONS.items():
        changed = []
        for document in documents:
            spans = [s for s in document["spans"] if s["type"] in types]
            if spans:
                text, moved = transform(document["text"], spans)
                changed.append({"id": document["id"], "text": text, "spans": moved})
        found, _ = inspect(asked.sallyport, changed)
        hidden[name] = score(changed, found, types)
        for document in changed:
            together.add(document, found[document["id"]], types)

    secrets_dev = lines(corpora / "secrets/dev.jsonl.gz")
    found, _ = inspect(asked.sallyport, secrets_dev)
    secrets = score(secrets_dev, found, {"SECRET"})
    prose = score([d for d in secrets_dev if d["kind"] == "password"], found, {"SECRET"})

    many = [dict(d, id=i) for i, d in enumerate(documents * COPIES)]
    _, cpu = inspect(asked.sallyport, many)
    _, start = inspect(asked.sallyport, many[:1])
    size = sum(len(d["text"]) for d in documents) / len(documents)
    document_us = 1e6 * (cpu - start) / (len(many) - 1)

    document = benchmark(asked.bench, "Document")
    piece = benchmark(asked.bench, "StreamedPiece")
    prose_scan = benchmark(asked.bench, "Whole/16384/3")
    rows = [
        Row("privacy.f2", "structured personal data, F2", structured.f2(), "", 0.97, 0.99),
        Row("privacy.false_spans", "the same, false spans per 1,000 clean documents",
            structured.false_per_thousand(), "", 15, 5),
        Row("privacy.obfuscated_f2", "the same, obfuscated, F2", together.f2(), "", 0.93, 0.98),
        Row("secrets.f2", "secrets, F2", secrets.f2(), "", 0.96, 0.985),
        Row("secrets.false_spans", "secrets, false spans per 1,000 clean documents",
            secrets.false_per_thousand(), "", 8, 3),
        Row("secrets.prose_recall", "passwords in prose, recall", prose.recall(), "", 0.75, 0.9),
        Row("privacy.inspect_us", f"CPU of `inspect` for a document of {size:.0f} characters, "
            "JSON read and written", document_us, "us", None, None),
    ]
    if document:
        rows.append(Row("privacy.doc_us", "CPU of a document of 95 characters",
                        document["cpu_time"] / 1000, "us", 10, 5))
    if piece:
        rows.append(Row("stream.chunk_p99_us", "added to a piece of a stream, p99",
                        piece["p99_us"], "us", 20, None))
    if prose_scan:
        rows.append(Row("secrets.mb_per_s", "secrets, throughput of prose",
                        prose_scan["bytes_per_second"] / 1e6, "MB/s", 100, 1000))

    out = ["# How well personal data, secrets and attacks are found", "",
           "Written by `tools/detection_quality.py`, from the dev parts of corpora that are not part of "
           "this project:",
           "texts that are made up, with identifiers whose checksums are valid and with look-alikes that "
           "are none.",
           "Figures of other texts are other figures. A found span is right where it shares half of what "
           "both cover",
           "with one of the same type; F2 counts recall four times as much as precision.", "",
           "| what | measured | asked | aim | |", "| --- | --- | --- | --- | --- |"]
    out += [row.line() for row in rows]
    out += ["", "Names, places, organisations and addresses, on sources that the model never saw: "
            "[its card](../models/names/MODEL.md).", "",
            "## Structured personal data, by type", *type_table(structured), "",
            "Failures: " + failures(structured)[0], "",
            "## Obfuscated", "The same spans, hidden in eleven ways.", "",
            "| how | F2 | recall |", "| --- | --- | --- |"]
    out += [f"| {name} | {result.f2():.3f} | {result.recall():.3f} |" for name, result in hidden.items()]
    out += ["", "Failures: " + failures(together)[0], "", "## Secrets, by kind of document", "",
            "| kind | secrets | found | false | F2 |", "| --- | --- | --- | --- | --- |"]
    for kind in sorted({d["kind"] for d in secrets_dev}):
        part = score([d for d in secrets_dev if d["kind"] == kind], found, {"SECRET"})
        hits, missed, false = part.all()
        out.append(f"| {kind} | {hits + missed} | {hits} | {false} | {part.f2():.3f} |")
    return rows, out


# --- Attacks ----------------------------------------------------------------------------------------

REPORT = re.compile(
    r"AUC (?P<auc>[\d.]+), mean over sources (?P<mean_auc>[\d.]+); recall at 1 % (?P<recall>[\d.]+) "
    r"\(mean over sources (?P<macro_recall>[\d.]+)\), at 0.1 % (?P<recall_tenth>[\d.]+); false at 1 %: "
    r"hard negatives (?P<hard>[\d.]+), tool outputs (?P<tools>[\d.]+)")
LOSS = re.compile(r"  (\w[\w ]*?) +(-?[\d.]+)")
SOURCE = re.compile(r"(\w+) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) \| +(\d+) +([\d.]+)")


def read_evaluation(text):
    """What attack-train --evaluate prints: {title: {"figures", "sources"}}, and the losses by writing."""
    parts, losses, title = {}, {}, None
    for line in text.splitlines():
        if line in ("all", "first part", "English"):
            title = line
            parts[title] = {"figures": {}, "sources": []}
        elif found := REPORT.match(line):
            parts[title]["figures"] = {k: float(v) for k, v in found.groupdict().items()}
        elif found := LOSS.fullmatch(line):
            losses[found[1]] = float(found[2])
        elif title and (found := SOURCE.fullmatch(line)):
            parts[title]["sources"].append(found.groups())
    return parts, losses


def exfiltration(program):
    """How many cases there are in which something leaves or seems to, and how many of them fail."""
    if not os.access(program, os.X_OK):
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.json"
        subprocess.run([program, "--gtest_filter=Exfiltration.*", f"--gtest_output=json:{file}"],
                       capture_output=True, check=False)
        test = json.loads(file.read_text())["testsuites"][0]["testsuite"][0]
    return int(test["cases"]), int(test["failed"])


def measure_attacks(asked, corpora):
    """The rows and the lines of the page."""
    rows, out = [], []
    if asked.evaluation:
        printed = Path(asked.evaluation).read_text()
    else:
        with tempfile.TemporaryDirectory() as folder:
            printed = subprocess.run(
                [asked.attack_train, "--corpus", corpora / "prompts", "--evaluate", "6", "--scores",
                 Path(folder) / "scores"], capture_output=True, text=True, check=True).stdout
    parts, losses = read_evaluation(printed)
    first = parts["first part"]["figures"]
    worst = max(losses, key=losses.get)
    rows += [
        Row("attack.auc", "attacks of sources never seen, AUC", first["auc"], "", 0.9, 0.95),
        Row("attack.macro_recall", "the same, mean recall over sources at 1 % false",
            first["macro_recall"], "", 0.62, 0.8),
        Row("attack.hard_negative_fpr", "the same, false on hard negatives or on benign tool output",
            max(first["hard"], first["tools"]), "", 0.03, 0.01),
        Row("attack.obfuscation_loss", f"loss of recall under the worst of {len(losses)} obfuscations "
            f"({worst})", max(losses[worst], 0.0), "", 0.05, 0),
    ]
    prompt = benchmark(asked.bench, "attack_prompt")
    if prompt:
        rows.append(Row("attack.prompt_us", "CPU of a prompt of 363 characters",
                        prompt["cpu_time"] / 1000, "us", 15, 5))
    long = benchmark(asked.bench, "attack_long/Prompts")
    if long:
        rows.append(Row("attack.mb_per_s", "throughput of 1 MB of prompts",
                        long["bytes_per_second"] / 1e6, "MB/s", None, 100))
    leaving = exfiltration(asked.tests)
    if leaving:
        rows.append(Row("attack.exfiltration_failed", f"canaries, system prompts and links in answers, "
                        f"whole and streamed, with near misses: failed of {leaving[0]} cases",
                        leaving[1], "", 0, 0))
    out += ["# Attacks, and what leaves in answers", "",
            "Each source is scored by models that never saw it (`attack-train --evaluate 6`; the figures are those of the",
            "first part of the corpus; [the model's card](../models/attack/MODEL.md)). What leaves: own cases, in",
            "`tests/cases/content/outflow`; [docs/outflow.md](outflow.md).", "",
            "| what | measured | asked | aim | |", "| --- | --- | --- | --- | --- |"]
    out += [row.line() for row in rows]
    out += ["", "## Attacks, by source", "",
            "Recall at the score that 1 % of all benign texts reach; sources with 20 attacks or more, the worst first.",
            "", "| source | attacks | AUC | recall at 1 % false |", "| --- | --- | --- | --- |"]
    sources = [s for s in parts["all"]["sources"] if int(s[1]) >= 20]
    out += [f"| {s[0]} | {s[1]} | {s[2]} | {s[3]} |" for s in sorted(sources, key=lambda s: float(s[3]))]
    out += ["", "Benign sources of 20 texts or more with more than 1 % false: "
            + (", ".join(f"{s[0]} {s[6]}" for s in sorted(parts["all"]["sources"],
                                                        key=lambda s: -float(s[6]))
                         if int(s[5]) >= 20 and float(s[6]) > 0.01) or "none") + ".",
            "", "## Attacks, obfuscated", "", "How much less of them is found; below zero, the writing itself is suspicious.",
            "", "| writing | loss of recall |", "| --- | --- |"]
    out += [f"| {name} | {loss:.3f} |" for name, loss in sorted(losses.items(), key=lambda x: -x[1])]
    return rows, out


# --- The page ---------------------------------------------------------------------------------------

PARTS = {"privacy": measure_privacy, "attack": measure_attacks}


def marker(part):
    return f"<!-- part {part} -->"


def split_page(text):
    """The lines of each part of the page, as it stands."""
    parts, part = {}, None
    for line in text.splitlines():
        if found := re.fullmatch(r"<!-- part (\w+) -->", line):
            part = found[1]
            parts[part] = []
        elif part:
            parts[part].append(line)
    return {name: "\n".join(lines).strip("\n").splitlines() for name, lines in parts.items()}


def join_page(parts):
    return "\n\n".join("\n".join([marker(name), *parts[name]]) for name in PARTS if name in parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=list(PARTS))
    parser.add_argument("--sallyport", default="build/release/bin/sallyport")
    parser.add_argument("--bench", default="build/release/bin/content_bench")
    parser.add_argument("--attack-train", default="build/release/bin/attack-train")
    parser.add_argument("--evaluation", help="what `attack-train --evaluate 6 --scores FILE` printed, "
                        "where that was run before")
    parser.add_argument("--tests", default="build/dev/bin/content_test")
    parser.add_argument("--results", default="build/bench/results.json",
                        help="the keys are put in there too")
    parser.add_argument("--output", default="docs/detection-quality.md")
    asked = parser.parse_args()
    if "SALLY_CORPORA" not in os.environ:
        sys.exit("detection_quality.py: SALLY_CORPORA is not set")
    corpora = Path(os.environ["SALLY_CORPORA"])

    page = Path(asked.output)
    parts = split_page(page.read_text()) if page.exists() else {}
    rows = []
    for name, measure in PARTS.items():
        if asked.part in (None, name):
            measured, parts[name] = measure(asked, corpora)
            rows += measured
    page.write_text(join_page(parts))

    results = Path(asked.results)
    known = json.loads(results.read_text()) if results.exists() else []
    merged = {row["key"]: row for row in known} | {row.key: row.record() for row in rows}
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(list(merged.values()), indent=1) + "\n")
    for row in rows:
        print(row.line())


if __name__ == "__main__":
    main()
