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


if __name__ == "__main__":
    unittest.main()
