#!/usr/bin/python3
"""Measures what `sallyport scan` finds and what it says of files that are well, and writes
docs/scan-quality.md.

    scan_quality.py [--program FILE] [--output FILE] [--part PART ...]

Four sources, each with a table of its own: the labelled artefacts of the corpora (SALLY_CORPORA, else
../shared/corpora), the cases that tests/e2e/scan_cases assembles, artefacts that the libraries installed
here write on the spot, and the files of Debian's Python packages. Nothing is loaded.
"""

import argparse
import csv
import datetime
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from rig.scan import SEVERITIES, scan, worst, write_cases  # noqa: E402

CORPUS = Path(os.environ.get("SALLY_CORPORA", ROOT.parent / "shared" / "corpora")) / "artifacts"
PACKAGES = Path("/usr/lib/python3/dist-packages")
HIGH = SEVERITIES.index("high")

# What others measured for other programs, on the same labelled artefacts, one program after the other
# on a machine of this kind: name, version, malicious that were flagged, benign that were flagged.
ELSEWHERE = [("modelaudit", "0.2.27", 77, 5), ("picklescan", "1.0.5", 66, 0),
             ("picklescan --strict", "1.0.5", 68, 1), ("fickling", "0.1.12", 61, 5),
             ("modelscan", "0.8.6+", 32, 0)]

INTRODUCTION = """\
# What the scanner finds, and what it says of files that are well

Written by `tools/scan_quality.py`. Flagged means: a finding at high or above, which ends a scan with status 1.
Found means: flagged where the label says critical or high, else a finding as severe as the label. Labels are those of the sources;
figures of other files are other figures.
"""


def scanned(program, path, *more):
    began = time.monotonic()
    done = scan("--format", "json", *more, path, program=program)
    document = json.loads(done.stdout)
    return document["targets"], time.monotonic() - began


def table(heading, rows):
    return ["| " + " | ".join(heading) + " |", "| " + " | ".join("---" for _ in heading) + " |",
            *("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows), ""]


def told(target):
    """The rules behind what was found, the worst first."""
    seen = []
    for finding in target["findings"]:
        if finding["rule"] not in seen:
            seen.append(finding["rule"])
    return ", ".join(seen[:3]) or "nothing"


def as_labelled(case, target):
    """Whether it is found, or, where it is benign, not flagged."""
    if case.expected == "benign":
        return worst(target) < HIGH
    return worst(target) >= min(HIGH, SEVERITIES.index(case.expected))


class Label:
    """A row of the manifest, as a case is."""

    def __init__(self, row):
        self.file = row["file"]
        self.technique = row["technique"]
        self.expected = "benign" if row["verdict"] == "benign" else row["severity"]


def tally(pairs):
    """Lines of a table per technique, and the totals, of pairs of a case and its target."""
    groups = defaultdict(list)
    for case, target in pairs:
        groups[(case.expected == "benign", case.technique)].append((case, target))
    rows = []
    for (benign, technique), members in sorted(groups.items()):
        right = sum(as_labelled(case, target) for case, target in members)
        rules = Counter(told(target) for _, target in members).most_common(1)[0][0]
        rows.append([technique, "benign" if benign else members[0][0].expected, len(members),
                     f"{len(members) - right} flagged" if benign else f"{right} found", rules])
    return rows


def totals(pairs):
    bad = [(case, target) for case, target in pairs if case.expected != "benign"]
    grave = [(case, target) for case, target in bad if case.expected in ("critical", "high")]
    good = [(case, target) for case, target in pairs if case.expected == "benign"]
    return [["malicious at critical or high", len(grave),
             sum(as_labelled(*pair) for pair in grave), ""],
            ["other malicious", len(bad) - len(grave),
             sum(as_labelled(*pair) for pair in bad) - sum(as_labelled(*pair) for pair in grave), ""],
            ["benign", len(good), "", sum(not as_labelled(*pair) for pair in good)]]


def section(title, pairs, took, note=""):
    out = [f"## {title}\n", *([note + "\n"] if note else []),
           *table(["label", "files", "found", "flagged"], totals(pairs)),
           f"{len(pairs)} files in {took:.1f} s.\n"]
    wrong = [(case, target) for case, target in pairs if not as_labelled(case, target)]
    if wrong:
        out += ["Not as labelled:\n",
                *table(["technique", "label", "found"],
                       [[case.technique, case.expected, told(target)] for case, target in wrong])]
    out += ["By technique:\n",
            *table(["technique", "label", "files", "", "rules"], tally(pairs))]
    return out


def corpus(program, _):
    if not (CORPUS / "manifest.csv").exists():
        return ["## Labelled artefacts\n", "Not measured: the corpora are not there.\n"]
    targets, took = scanned(program, CORPUS)
    by_path = {os.path.relpath(target["path"], CORPUS): target for target in targets}
    with open(CORPUS / "manifest.csv", newline="") as file:
        labels = [Label(row) for row in csv.DictReader(file)]
    pairs = [(label, by_path[label.file]) for label in labels]
    out = section("Labelled artefacts", pairs, took,
                  "Fixtures of picklescan, modelscan and modelaudit with their own labels.")
    bad = sum(label.expected != "benign" for label in labels)
    out += ["Other programs on the same files, measured elsewhere and at another time; a file counts as "
            "flagged as the program itself says so:\n",
            *table(["program", "version", "malicious flagged", "benign flagged"],
                   [[name, version, f"{found} of {bad}", f"{flagged} of {len(labels) - bad}"]
                    for name, version, found, flagged in ELSEWHERE])]
    return out


def made(program, folder):
    written = write_cases(folder)
    if not written:
        return []
    targets, took = scanned(program, folder)
    by_path = {target["path"]: target for target in targets}
    return section("Cases assembled by hand", [(case, by_path[str(path)]) for path, _, case in written],
                   took, "Evasions and files that only look frightening, of `tests/e2e/scan_cases`.")


def write_numpy(folder):
    numpy = importlib.import_module("numpy")
    numpy.save(folder / "floats.npy", numpy.linspace(0, 1, 100))
    numpy.save(folder / "objects.npy", numpy.array([{"a": 1}, [1, 2], None], dtype=object))
    numpy.savez(folder / "several.npz", a=numpy.arange(9), b=numpy.zeros((3, 3)))
    numpy.savez_compressed(folder / "compressed.npz", a=numpy.arange(999))


def write_pickles(folder):
    import collections
    import datetime as dates
    import decimal
    import fractions
    import functools
    import http
    import logging
    import operator
    import pathlib
    import pickle
    import re
    import uuid
    things = {
        "plain": {"a": [1, 2.5, "x", b"y", None, True], "b": {1, 2}, "c": (1,)},
        "ordered": collections.OrderedDict(a=1), "counter": collections.Counter("hello"),
        "default": collections.defaultdict(list, a=[1]), "uuid": uuid.UUID(int=5),
        "status": http.HTTPStatus.OK, "getter": operator.itemgetter(1),
        "regex": re.compile("a+b"), "path": pathlib.PurePosixPath("/a/b"),
        "moment": dates.datetime(2026, 1, 2, tzinfo=dates.timezone.utc),
        "decimal": decimal.Decimal("1.5"), "fraction": fractions.Fraction(1, 3),
        "partial": functools.partial(int, base=2), "logger": logging.getLogger("a.b"),
        "complex": 1 + 2j, "range": range(5), "builtin": len, "deque": collections.deque([1], 5),
        "quotes": ["os.system('rm -rf /')", "__import__('subprocess')", "eval(input())"],
        "vocabulary": {"eval": 0, "exec": 1, "import os": 2, "os.system": 3},
    }
    for name, thing in things.items():
        for protocol in (0, 2, 4, 5):
            (folder / f"{name}.{protocol}.pkl").write_bytes(pickle.dumps(thing, protocol=protocol))


def write_sklearn(folder):
    import joblib
    numpy = importlib.import_module("numpy")
    sklearn = importlib.import_module("sklearn")
    from sklearn import (cluster, decomposition, ensemble, feature_extraction, linear_model,
                         naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree)
    del sklearn
    inputs = numpy.random.default_rng(1).random((60, 4))
    classes = (inputs[:, 0] > 0.5).astype(int)
    models = {
        "logistic": linear_model.LogisticRegression(), "forest": ensemble.RandomForestClassifier(5),
        "boosting": ensemble.GradientBoostingClassifier(n_estimators=5),
        "histogram": ensemble.HistGradientBoostingClassifier(max_iter=5),
        "isolation": ensemble.IsolationForest(n_estimators=5),
        "svc": svm.SVC(probability=True), "tree": tree.DecisionTreeClassifier(),
        "neighbours": neighbors.KNeighborsClassifier(), "bayes": naive_bayes.GaussianNB(),
        "perceptron": neural_network.MLPClassifier((5,), max_iter=20), "ridge": linear_model.Ridge(),
        "sgd": linear_model.SGDClassifier(), "kmeans": cluster.KMeans(3, n_init=1),
        "pca": decomposition.PCA(2), "scaler": preprocessing.StandardScaler(),
        "pipeline": pipeline.make_pipeline(preprocessing.PolynomialFeatures(),
                                           linear_model.LogisticRegression()),
    }
    import warnings
    warnings.simplefilter("ignore")
    for name, model in models.items():
        joblib.dump(model.fit(inputs, classes), folder / f"{name}.joblib")
    words = feature_extraction.text.TfidfVectorizer().fit(["eval exec import os", "hello system"])
    joblib.dump(words, folder / "tfidf.joblib")
    for codec in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
        try:
            joblib.dump(models["forest"], folder / f"forest.joblib.{codec}", compress=(codec, 3))
        except ValueError:
            pass  # the codec's library is not installed


def write_scipy(folder):
    sparse = importlib.import_module("scipy.sparse")
    matrix = sparse.random(30, 30, density=0.1, format="csr", random_state=1)
    sparse.save_npz(folder / "sparse.npz", matrix)
    import pickle
    (folder / "sparse.pkl").write_bytes(pickle.dumps(matrix))
    stats = importlib.import_module("scipy.stats")
    (folder / "frozen.pkl").write_bytes(pickle.dumps(stats.norm(1, 2)))
    interpolate = importlib.import_module("scipy.interpolate")
    (folder / "spline.pkl").write_bytes(pickle.dumps(interpolate.CubicSpline([0, 1, 2], [0, 1, 4])))


def write_pandas(folder):
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"],
                              "t": pandas.to_datetime(["2026-01-01", "2026-01-02"]),
                              "c": pandas.Categorical(["u", "v"])})
    frame.to_pickle(folder / "frame.pkl")
    frame.to_pickle(folder / "frame.pkl.gz")
    frame.set_index(["a", "b"]).to_pickle(folder / "multi.pkl")
    pandas.Series([1.5, None]).to_pickle(folder / "series.pkl")
    pandas.period_range("2026-01", periods=3, freq="M").to_frame().to_pickle(folder / "periods.pkl")


def write_dill(folder):
    dill = importlib.import_module("dill")
    (folder / "data.dill").write_bytes(dill.dumps({"a": [1, 2], "b": {3}}))


def write_cloudpickle(folder):
    cloudpickle = importlib.import_module("cloudpickle")
    (folder / "data.pkl").write_bytes(cloudpickle.dumps({"a": [1, 2]}))


def write_torch(folder):
    torch = importlib.import_module("torch")
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.LayerNorm(8),
                                torch.nn.Linear(8, 2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(3, 4)).sum().backward()
    optimizer.step()
    torch.save(model.state_dict(), folder / "state.pt")
    torch.save(model.state_dict(), folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(model, folder / "whole.pt")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3},
               folder / "checkpoint.pt")
    torch.save({k: v.half() for k, v in model.state_dict().items()}, folder / "half.bin")
    torch.jit.script(model).save(str(folder / "script.pt"))


def write_h5py(folder):
    h5py = importlib.import_module("h5py")
    with h5py.File(folder / "data.h5", "w") as file:
        file["weights"] = [1.0, 2.0]
        file.attrs["note"] = "no layers"


WRITERS = {"pickle": write_pickles, "numpy": write_numpy, "scipy": write_scipy, "sklearn": write_sklearn,
           "pandas": write_pandas, "dill": write_dill, "cloudpickle": write_cloudpickle,
           "torch": write_torch, "h5py": write_h5py}


def real(program, folder):
    rows, absent, flagged = [], [], []
    for library, write in WRITERS.items():
        place = Path(folder) / library
        place.mkdir()
        # In a process of its own: a library may be old, and warn, or fail.
        done = subprocess.run([sys.executable, __file__, "--write", library, place],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            absent.append(library)
            if not any(place.iterdir()):
                continue
        targets, _ = scanned(program, place)
        bad = [target for target in targets if worst(target) >= HIGH]
        review = sum(target["verdict"] != "clean" for target in targets) - len(bad)
        flagged += [(library, Path(target["path"]).name, told(target)) for target in bad]
        rows.append([library, len(targets), len(bad), review])
    out = ["## Artefacts that libraries write on the spot\n",
           *table(["library", "files", "flagged", "for review below high"], rows)]
    if absent:
        out.append(f"Not installed here, or not to its end: {', '.join(absent)}.\n")
    if flagged:
        out += ["Flagged, and should not be:\n", *table(["library", "file", "rules"], flagged)]
    return out


def installed(program, _):
    if not PACKAGES.is_dir():
        return []
    targets, took = scanned(program, PACKAGES)
    rules, files = Counter(), defaultdict(set)
    for target in targets:
        for finding in target["findings"]:
            if SEVERITIES.index(finding["severity"]) >= HIGH:
                rules[finding["rule"]] += 1
                files[finding["rule"]].add(os.path.relpath(target["path"], PACKAGES))
    bad = sum(worst(target) >= HIGH for target in targets)
    unread = sum(target["verdict"] == "unreadable" for target in targets)
    out = ["## Debian's Python packages\n",
           f"{len(targets):,} files in {took:.1f} s: {bad} with a finding at high or above, {unread} not "
           "read to their end. Tests within packages hold hostile files on purpose, and published "
           "advisories and risky lines are there: not each of these is a false alarm.\n"]
    if rules:
        out += table(["rule", "findings", "files", "for example"],
                     [[rule, count, len(files[rule]), ", ".join(sorted(files[rule])[:2])]
                      for rule, count in rules.most_common()])
    return out


PARTS = {"corpus": corpus, "made": made, "real": real, "installed": installed}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=ROOT / "build" / "release" / "bin" / "sallyport")
    parser.add_argument("--output", default=ROOT / "docs" / "scan-quality.md")
    parser.add_argument("--write", nargs=2, metavar=("LIBRARY", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this source")
    options = parser.parse_args()
    parts = options.part or PARTS
    if options.write:
        WRITERS[options.write[0]](Path(options.write[1]))
        return
    with tempfile.TemporaryDirectory(prefix="sally-quality-", dir="/tmp") as folder:
        out = [INTRODUCTION, f"Measured on {datetime.date.today()}.\n"]
        for part in parts:
            place = Path(folder) / part
            place.mkdir()
            out += PARTS[part](options.program, place)
    Path(options.output).write_text("\n".join(out))


if __name__ == "__main__":
    main()
