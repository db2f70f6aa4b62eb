"""The two engines, and how their answers are compared."""

import json
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
MODULES = ROOT / "tests" / "e2e" / "node_modules"
BINARY = ROOT / "build" / "dev" / "bin" / "cedar-differential"



def malformed_escape(value):
    """Whether an object somewhere in this JSON has `__entity` or `__extn` and is no such escape."""
    if isinstance(value, list):
        return any(map(malformed_escape, value))
    if not isinstance(value, dict):
        return False
    if "__entity" in value or "__extn" in value:
        (escape, inner), *more = value.items()
        members = {"type", "id"} if escape == "__entity" else {"fn", "arg"}
        if more or not isinstance(inner, dict) or set(inner) != members:
            return True
        if not all(isinstance(part, str) for part in inner.values()):
            return True
    return any(map(malformed_escape, value.values()))


def is_with_more(entities, contexts):
    """Whether one of these entities, or the name of one anywhere, has members that mean nothing."""
    def named_with_more(value):
        if isinstance(value, list):
            return any(map(named_with_more, value))
        return isinstance(value, dict) and ({"type", "id"} < set(value)
                                            or any(map(named_with_more, value.values())))
    objects = entities if isinstance(entities, list) else []
    return (any(isinstance(entity, dict) and set(entity) - {"uid", "attrs", "parents", "tags"}
                for entity in objects)
            or named_with_more(entities) or named_with_more(contexts))


def is_refusal(answer):
    return answer is False or answer == {"failure": True}


# Divergences that are accepted: where, when, and why. A difference that no row names fails.
#   (part of the answer as a pattern, test of (case line, oracle's, ours), reason)
ACCEPTED = (
    (r"entities|entitiesWithSchema|requests\..*",
     lambda line, oracle, ours: is_refusal(ours) and malformed_escape(
         [line.get("entities"), [r["context"] for r in line["requests"]]]),
     "ours refuses a malformed `__entity` or `__extn`; the reference takes it for a record with an attribute of "
     "that name, so that a slip in a client's JSON would silently make an entity into something else"),
    (r"entities|entitiesWithSchema|requests\..*",
     lambda line, oracle, ours: is_refusal(ours) and is_with_more(
         line.get("entities"), [r["context"] for r in line["requests"]]),
     "ours refuses members of an entity and of its name that mean nothing, as it refuses them everywhere in JSON; the "
     "reference overlooks them"),
    (r"requests\.\d+\.unchecked", lambda line, oracle, ours: is_refusal(oracle) and not is_refusal(ours),
     "the reference refuses a context that does not fit the schema even where requests are not to be validated; "
     "in ours that is part of validating the request, which `checked` compares"),
)

# A number in policy text that JavaScript rounds: such a policy's JSON is not compared.
BIG_INTEGER = re.compile(r"\d{16,}")


MOST_CRASHES = 10


class Engines:
    def __init__(self, binary=BINARY, modules=MODULES):
        self.binary = binary
        self.modules = modules

    def oracle(self, lines):
        return self._run(["node", str(HERE / "oracle.mjs"), str(self.modules)], lines)

    def ours(self, lines):
        return self._run([str(self.binary)], lines)

    @staticmethod
    def _run(command, lines):
        """One answer a line. A program that dies at a line answers {"crash": ...} there, and for all that
        follow once it died MOST_CRASHES times."""
        answers = []
        crashes = 0
        while len(answers) < len(lines):
            rest = lines[len(answers):]
            done = subprocess.run(command, input="".join(line + "\n" for line in rest),
                                  capture_output=True, encoding="utf-8", errors="surrogateescape")
            # Only "\n" ends a line: JSON strings may hold U+2028 and its like.
            got = [json.loads(text) for text in done.stdout.split("\n")[:-1]]
            answers += got[:len(rest)]
            if len(got) < len(rest):
                if not got and done.returncode in (126, 127):
                    raise RuntimeError(done.stderr)
                summary = re.search(r"SUMMARY: .*|runtime error: .*", done.stderr)
                said = summary.group() if summary else done.stderr[-300:]
                answers.append({"crash": f"status {done.returncode}: {said}"})
                crashes += 1
                if crashes == MOST_CRASHES:
                    answers += answers[-1:] * (len(lines) - len(answers))
        return answers

    def differences(self, lines):
        """For each line the list of (part, oracle's, ours); empty where they agree."""
        oracle = self.oracle([json.dumps(line) for line in lines])
        ours = self.ours([json.dumps(for_ours(line, a)) for line, a in zip(lines, oracle)])
        out = [differences(*row) for row in zip(lines, oracle, ours)]
        self._compare_printed(lines, oracle, ours, out)
        return out

    def _compare_printed(self, lines, oracle, ours, out):
        """What we print must mean the same to the oracle as what it was printed from."""
        which, texts = [], []
        for i, (line, a, b) in enumerate(zip(lines, oracle, ours)):
            printed = b.get("text") or {}
            if "broken" in a or not printed:
                continue
            groups = {g: {k: printed[k] for k in line["policies"][g] if printed.get(k) is not None}
                      for g in ("staticPolicies", "templates")}
            which.append(i)
            texts.append(json.dumps({"policies": groups, "printed": True}))
        for i, again in zip(which, self.oracle(texts)):
            for name, value in again.get("json", {}).items():
                expected = oracle[i]["json"].get(name)
                if value != expected and not BIG_INTEGER.search(policy_text(lines[i], name)):
                    out[i].append((f"printed.{name}", expected, ours[i]["text"][name]))


def for_ours(line, oracle):
    """The line with its JSON documents as text, each for a reader of its own, and what the oracle wrote."""
    out = dict(line)
    if "entities" in line:
        out["entities"] = json.dumps(line["entities"])
    out["requests"] = [r | {"context": json.dumps(r["context"])} for r in line.get("requests", [])]
    out["reference"] = {"json": {k: json.dumps(v) for k, v in oracle.get("json", {}).items() if v}}
    if "schemaJson" in oracle:
        out["reference"]["schemaJson"] = json.dumps(oracle["schemaJson"])
    return out


def policy_text(line, name):
    policies = line["policies"]
    return policies["staticPolicies"].get(name) or policies["templates"].get(name) or ""


def differences(line, oracle, ours):
    if "broken" in oracle:
        return []  # the reference trapped: it has no answer
    if "crash" in ours:
        return [("crash", None, ours["crash"])]
    out = []
    for part in ("policies", "schema", "validation", "entities", "entitiesWithSchema"):
        if oracle.get(part) != ours.get(part):
            out.append((part, oracle.get(part), ours.get(part)))
    for name, value in oracle.get("json", {}).items():
        if BIG_INTEGER.search(policy_text(line, name)):
            continue
        if value != canonical(ours["json"].get(name)):
            out.append((f"json.{name}", value, ours["json"].get(name)))
        elif value is not None and not ours["reads"].get(name):
            out.append((f"reads.{name}", True, ours["reads"].get(name)))
    if oracle.get("schema") and ours.get("schema") and not ours.get("schemaReads"):
        out.append(("schemaReads", True, ours.get("schemaReads")))
    for i, request in enumerate(oracle["requests"]):
        mine = ours["requests"][i]
        out += [(f"requests.{i}.{part}", value, mine.get(part)) for part, value in request.items()
                if mine.get(part) != value]
        if mine.get("fromJson") is False:
            out.append((f"requests.{i}.fromJson", True, False))
    return [row for row in out if not accepted(line, *row)]


def canonical(node):
    """JSON of a policy in one form where there are several, that of the reference: `x has a.b` as
    x has a && x.a has b, a literal of a pattern for each code point, a list of one action as that action."""
    if isinstance(node, list):
        return [canonical(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    node = {key: canonical(inner) for key, inner in node.items()}
    if isinstance(node.get("pattern"), list) and "left" in node:
        node["pattern"] = [piece for part in node["pattern"] for piece in
                           ([part] if part == "Wildcard" else [{"Literal": c} for c in part["Literal"]])]
    if node.get("op") == "in" and len(node.get("entities", [])) == 1:
        node["entity"] = node.pop("entities")[0]
    path = node["has"].get("attr") if isinstance(node.get("has"), dict) else None
    if not isinstance(path, list):
        return node
    left = node["has"]["left"]
    out = None
    for name in path:
        step = {"has": {"left": left, "attr": name}}
        out = step if out is None else {"&&": {"left": out, "right": step}}
        left = {".": {"left": left, "attr": name}}
    return out


def accepted(line, part, oracle, ours):
    return any(re.fullmatch(pattern, part) and test(line, oracle, ours)
               for pattern, test, _ in ACCEPTED)


def kind_of(part):
    """The part without what is its place: a case being shrunk keeps the kind of its difference."""
    if part.startswith(("json.", "printed.", "reads.")):
        return part.split(".")[0]
    return re.sub(r"^requests\.\d+\.", "requests.", part)
