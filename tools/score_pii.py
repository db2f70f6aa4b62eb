#!/usr/bin/env python3
"""score_pii.py GOLD FOUND [--sources S,...] [--types T,...] [--show N]: scores spans of personal data.

GOLD: lines {"id","text","spans":[{"start","end","type"}],"source"} (`.gz` is unpacked).
FOUND: lines {"id","spans":[{"start","end","type","score"}]}, as `sallyport inspect` writes them.

A found span matches a gold span of the same type when their intersection is at least half of their
union; each is used once, the best pairs first. F2 counts recall four times as much as precision. Only types that stand
in the gold of the scored sources are counted (structured types on sources that label them), but in
clean documents, those without gold spans, every found span counts as false.
"""
import argparse
import collections
import gzip
import json
import sys

NAMES = {"PERSON", "LOCATION", "ORGANIZATION", "ADDRESS", "TITLE"}
STRUCTURED_SOURCES = "synth_ai_traffic,presidio_generated_large"


def lines(path):
    with (gzip.open(path, "rt") if path.endswith(".gz") else open(path, encoding="utf-8")) as file:
        for line in file:
            yield json.loads(line)


def overlap(a, b):
    common = min(a["end"], b["end"]) - max(a["start"], b["start"])
    return common / (max(a["end"], b["end"]) - min(a["start"], b["start"])) if common > 0 else 0.0


def pairs(gold, found):
    """The matches of one document: (index in gold, index in found)."""
    ranked = sorted(
        (
            (overlap(g, f), i, j)
            for i, g in enumerate(gold)
            for j, f in enumerate(found)
            if g["type"] == f["type"] and overlap(g, f) >= 0.5
        ),
        reverse=True,
    )
    used_gold, used_found = set(), set()
    for _, i, j in ranked:
        if i not in used_gold and j not in used_found:
            used_gold.add(i)
            used_found.add(j)
    return used_gold, used_found


def measures(hits, missed, false):
    recall = hits / (hits + missed) if hits + missed else 1.0
    precision = hits / (hits + false) if hits + false else 1.0
    f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
    return precision, recall, f2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold")
    parser.add_argument("found")
    parser.add_argument("--sources", default=STRUCTURED_SOURCES, help="`all` for every source")
    parser.add_argument("--types", help="only these; otherwise all structured ones of the gold")
    parser.add_argument("--show", type=int, default=0, help="print that many misses and false spans")
    options = parser.parse_args()

    sources = None if options.sources == "all" else set(options.sources.split(","))
    documents = [d for d in lines(options.gold) if sources is None or d.get("source") in sources]
    found_of = {line["id"]: line["spans"] for line in lines(options.found)}
    types = (
        set(options.types.split(","))
        if options.types
        else {s["type"] for d in documents for s in d["spans"]} - NAMES
    )
    counts = collections.defaultdict(lambda: [0, 0, 0])
    clean = clean_false = unlabelled = shown = 0
    for document in documents:
        if document["id"] not in found_of:
            sys.exit(f"score_pii.py: no line for document {document['id']}")
        found = found_of[document["id"]]
        if not document["spans"]:
            clean += 1
            clean_false += len(found)
        unlabelled += sum(1 for f in found if f["type"] not in types)
        gold = [s for s in document["spans"] if s["type"] in types]
        found = [f for f in found if f["type"] in types or not document["spans"]]
        used_gold, used_found = pairs(gold, found)
        for i, span in enumerate(gold):
            counts[span["type"]][0 if i in used_gold else 1] += 1
        for j, span in enumerate(found):
            if j not in used_found:
                counts[span["type"]][2] += 1
        wrong = [("missed", s) for i, s in enumerate(gold) if i not in used_gold]
        wrong += [("false", s) for j, s in enumerate(found) if j not in used_found]
        for what, span in wrong:
            if shown < options.show:
                shown += 1
                cut = document["text"][span["start"] : span["end"]]
                print(f"{what} {span['type']} `{cut}` in {document['text'][:160]!r}")

    print(f"{'type':26} {'gold':>6} {'found':>6} {'false':>6} {'P':>6} {'R':>6} {'F2':>6}")
    total = [0, 0, 0]
    for name in sorted(counts):
        hits, missed, false = counts[name]
        total = [t + c for t, c in zip(total, counts[name])]
        p, r, f2 = measures(hits, missed, false)
        print(f"{name:26} {hits + missed:6} {hits:6} {false:6} {p:6.3f} {r:6.3f} {f2:6.3f}")
    p, r, f2 = measures(*total)
    print(f"{'all':26} {total[0] + total[1]:6} {total[0]:6} {total[2]:6} {p:6.3f} {r:6.3f} {f2:6.3f}")
    print(f"clean documents {clean}, false spans in them {clean_false},"
          f" per 1,000 {1000 * clean_false / max(clean, 1):.1f}; spans of unlabelled types {unlabelled}")


if __name__ == "__main__":
    main()
