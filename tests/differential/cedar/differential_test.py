"""Tests of the generator, the comparison and the minimiser, without an engine."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import engines
import generate
import reduce
import syntax


class Generator(unittest.TestCase):
    def test_a_case_is_made_of_seed_and_index_alone(self):
        first = json.dumps([generate.case_of(3, i) for i in range(20)])
        self.assertEqual(first, json.dumps([generate.case_of(3, i) for i in range(20)]))
        self.assertNotEqual(first, json.dumps([generate.case_of(4, i) for i in range(20)]))

    def test_json_holds_no_number_that_javascript_rounds(self):
        def numbers(value):
            if isinstance(value, (dict, list)):
                for inner in value.values() if isinstance(value, dict) else value:
                    yield from numbers(inner)
            elif isinstance(value, (int, float)):
                yield value
        for i in range(200):
            line = generate.rendered(generate.case_of(1, i))
            for number in numbers([line["entities"], line["requests"]]):
                self.assertIsInstance(number, int)
                self.assertLess(abs(number), 2**53)

    def test_every_construct_of_the_language_is_generated(self):
        text = "".join(json.dumps(generate.rendered(generate.case_of(1, i))) for i in range(600))
        for word in ("like", " has ", " is ", " in [", "unless", "forbid", "?principal", "?resource", "isInRange",
                     "lessThan", "durationSince", "offset", "toDate", "toTime", "toDays", "containsAll",
                     "containsAny", "isEmpty", "hasTag", "getTag", "if ", "9223372036854775807", "appliesTo",
                     "enum", "tags", "namespace", "Set<", "templateLinks", "isMulticast", "__extn", "__entity"):
            self.assertIn(word, text)


class Writer(unittest.TestCase):
    def test_parentheses_stand_where_they_are_needed(self):
        one, two = ["lit", 1], ["lit", 2]
        for node, text in (
                (["bin", "*", ["bin", "+", one, two], two], "(1 + 2) * 2"),
                (["bin", "-", one, ["bin", "-", two, one]], "1 - (2 - 1)"),
                (["bin", "==", ["bin", "<", one, two], ["lit", True]], "(1 < 2) == true"),
                (["get", ["if", ["lit", True], one, two], "a"], "(if true then 1 else 2).a"),
                (["neg", one], "-(1)"), (["not", ["not", ["var", "context"]]], "!!context"),
                (["like", ["lit", "a"], ["a*", None]], '"a" like "a\\**"')):
            self.assertEqual(syntax.expression(node), text)


class Comparison(unittest.TestCase):
    LINE = {"policies": {"staticPolicies": {"p": "permit(principal,action,resource);"}, "templates": {}}}
    ORACLE = {"policies": True, "json": {"p": {"a": 1}}, "requests": [{"plain": {"decision": "allow"}}]}
    OURS = {"policies": True, "json": {"p": {"a": 1}}, "reads": {"p": True},
            "requests": [{"plain": {"decision": "allow"}}]}

    def parts(self, ours, oracle=None):
        return [part for part, _, _ in engines.differences(self.LINE, oracle or self.ORACLE, ours)]

    def test_equal_answers_do_not_differ(self):
        self.assertEqual(self.parts(self.OURS), [])

    def test_each_part_is_compared(self):
        self.assertEqual(self.parts(self.OURS | {"policies": False}), ["policies"])
        self.assertEqual(self.parts(self.OURS | {"json": {"p": {"a": 2}}}), ["json.p"])
        self.assertEqual(self.parts(self.OURS | {"json": {}}), ["json.p"])
        self.assertEqual(self.parts(self.OURS | {"reads": {}}), ["reads.p"])
        self.assertEqual(self.parts(self.OURS | {"requests": [{"plain": {"decision": "deny"}}]}),
                         ["requests.0.plain"])
        self.assertEqual(self.parts({"crash": "status -6"}), ["crash"])
        self.assertEqual(self.parts(self.OURS, self.ORACLE | {"validation": ["p"]}), ["validation"])


class Minimiser(unittest.TestCase):
    def test_what_does_not_matter_goes(self):
        class Differing:
            """Engines that differ over every policy with `like` in it."""
            def differences(self, lines):
                return [[("policies", True, False)] if " like " in json.dumps(line["policies"]) else []
                        for line in lines]
        case = next(c for c in (generate.case_of(1, i) for i in range(100))
                    if "schema" in c and " like " in json.dumps(generate.rendered(c)["policies"])
                    and all("text" not in p for p in c["policies"].values()))
        small = reduce.reduced(case, {"policies"}, Differing())
        texts = [*generate.rendered(small)["policies"]["staticPolicies"].values(),
                 *generate.rendered(small)["policies"]["templates"].values()]
        self.assertEqual(len(texts), 1)
        self.assertLess(len(texts[0]), 90)
        self.assertEqual((small["entities"], small["requests"], small["schema"]), ([], [], None))


if __name__ == "__main__":
    unittest.main()
