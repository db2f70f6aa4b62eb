"""Tests of detection_quality.py: what is hidden stays where its span says."""

import base64
import unittest

import detection_quality as quality

TEXT = "é: card 4111-1111, ok"
SPANS = [{"start": 8, "end": 17, "type": "CREDIT_CARD"}]


class Obfuscations(unittest.TestCase):
    def test_what_stands_around_a_span_stays(self):
        for name, hide in quality.OBFUSCATIONS.items():
            if "whole" in name:
                continue
            text, (span,) = hide(TEXT, SPANS)
            self.assertEqual(text[: span["start"]], TEXT[:8], name)
            self.assertEqual(text[span["end"] :], TEXT[17:], name)
            self.assertEqual(span["type"], "CREDIT_CARD")

    def test_a_span_of_a_whole_text_covers_its_octets(self):
        text, (span,) = quality.OBFUSCATIONS["hex of the whole text"](TEXT, SPANS)
        self.assertEqual(bytes.fromhex(text[span["start"] : span["end"]]), b"4111-1111")
        text, (span,) = quality.OBFUSCATIONS["base64 of the whole text"](TEXT, SPANS)
        begin, end = span["start"] // 4 * 4, -(-span["end"] // 4) * 4
        self.assertIn(b"4111-1111", base64.b64decode(text[begin:end]))


class Scores(unittest.TestCase):
    def score(self, gold, found):
        return quality.score([{"id": 1, "text": TEXT, "spans": gold}], {1: found}, {"CREDIT_CARD"})

    def test_half_of_what_both_cover_is_right(self):
        self.assertEqual(self.score(SPANS, [dict(SPANS[0], end=13)]).all(), [1, 0, 0])
        self.assertEqual(self.score(SPANS, [dict(SPANS[0], end=11)]).all(), [0, 1, 1])

    def test_a_span_of_another_type_does_not_count(self):
        self.assertEqual(self.score(SPANS, [dict(SPANS[0], type="PERSON")]).all(), [0, 1, 0])

    def test_what_is_found_in_a_clean_text_is_false(self):
        score = self.score([], SPANS)
        self.assertEqual(score.false_per_thousand(), 1000)
        self.assertEqual(score.f2(), 0)


class Evaluation(unittest.TestCase):
    TEXT = """all
source                     attack    AUC   R@1%  R@.1% | benign  FP@1%
deposit                        30  0.998  1.000  0.233 |     12  0.250
AUC 0.8490, mean over sources 0.8682; recall at 1 % 0.2322 (mean over sources 0.3404), at 0.1 % 0.0162; false at 1 %: hard negatives 0.0015, tool outputs 0.0007; thresholds 0.4999 0.9155
first part
AUC 0.9081, mean over sources 0.8835; recall at 1 % 0.3924 (mean over sources 0.4256), at 0.1 % 0.0207; false at 1 %: hard negatives 0.0039, tool outputs 0.0000; thresholds 0.4717 0.9360
obfuscated: 1095 attacks, recall at 1 % of the plain ones 0.258; less by
  upper case          0.016
  letters shuffled   -0.177
"""

    def test_what_was_printed_is_read(self):
        parts, losses = quality.read_evaluation(self.TEXT)
        self.assertEqual(parts["first part"]["figures"]["macro_recall"], 0.4256)
        self.assertEqual(parts["all"]["figures"]["auc"], 0.849)
        self.assertEqual(parts["all"]["sources"],
                         [("deposit", "30", "0.998", "1.000", "0.233", "12", "0.250")])
        self.assertEqual(losses, {"upper case": 0.016, "letters shuffled": -0.177})


class Page(unittest.TestCase):
    def test_a_part_that_is_not_measured_stays(self):
        parts = {"privacy": ["# One", "", "text"], "attack": ["# Two"]}
        self.assertEqual(quality.split_page(quality.join_page(parts)), parts)


if __name__ == "__main__":
    unittest.main()
