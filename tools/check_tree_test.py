"""Tests of check_tree.py and count_results.py."""

import unittest

import check_tree
import count_results


class CheckTree(unittest.TestCase):
    def assert_refused(self, name, text, words):
        found = check_tree.offences_of(name, text.encode())
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_a_clean_file_passes(self):
        self.assertEqual(check_tree.offences_of("src/a.cc", b"int a;\n// see /v1/work and ./home\n"), [])

    def test_a_path_of_one_machine_is_refused(self):
        for path in ("/work/x/y", "see `/home/me/x`", "/root/x"):
            self.assert_refused("docs/a.md", path, "one machine")

    def test_unfinished_work_is_refused(self):
        self.assert_refused("src/a.cc", "// TODO: later", "unfinished")

    def test_a_package_mirror_is_refused(self):
        self.assert_refused("tests/e2e/package-lock.json", '  "resolved": "https://mirror.corp/x"', "host")
        good = b'"resolved": "https://registry.npmjs.org/openai/-/openai-6.tgz"'
        self.assertEqual(check_tree.offences_of("tests/e2e/package-lock.json", good), [])

    def test_space_at_the_end_of_a_line_is_refused(self):
        self.assert_refused("src/a.h", "int a; \n", "line's end")

    def test_a_heading_without_its_space_is_refused(self):
        self.assert_refused("src/a/README.md", "#perimeter\n", "heading")
        self.assertEqual(check_tree.offences_of("docs/a.md", b"# a\n#include <x>\n"), [])

    def test_a_private_key_is_refused_outside_of_tests(self):
        key = "-----BEGIN PRIVATE KEY-----\n"
        self.assert_refused("examples/a.pem", key, "private key")
        self.assertEqual(check_tree.offences_of("tests/vectors/a.pem", key.encode()), [])

    def test_a_large_file_is_refused_and_a_binary_one_not_read(self):
        self.assert_refused("docs/a.bin", "\0" * (check_tree.MIB + 1), "1 MiB")
        self.assertEqual(check_tree.offences_of("docs/a.bin", b"\0 TODO"), [])

    def test_a_model_may_be_larger_in_its_own_place_only(self):
        large = "\0" * (check_tree.MIB + 1)
        self.assertEqual(check_tree.offences_of("models/names/names.model", large.encode()), [])
        self.assert_refused("models/names/notes.md", large, "1 MiB")
        self.assert_refused("src/models/names/names.model", large, "1 MiB")
        self.assert_refused("models/names/names.model", large * 4, "4 MiB")

    def test_a_room_needs_a_readme_of_twenty_to_sixty_lines(self):
        files = {"src/LAYERS": b"", "src/a/x.cc": b"", "src/b/x.cc": b"", "src/c/x.cc": b"",
                 "src/b/README.md": b"short\n", "src/c/README.md": b"line\n" * 30}
        found = list(check_tree.rooms_without_readme(list(files), files.get))
        self.assertEqual([line.split(":")[0] for line in found],
                         ["src/a/README.md", "src/b/README.md"])


LOG = """\
1: [==========] 5 tests from 1 test suite ran. (1 ms total)
1: [  PASSED  ] 4 tests.
1: [  SKIPPED ] 1 test, listed below:
1/5 Test #1: unit.base ...................   Passed    0.10 sec
2: [  PASSED  ] 3 tests.
2: [  FAILED  ] 2 tests, listed below:
2/5 Test #2: unit.net ....................***Failed    0.10 sec
3: Segmentation fault
3/5 Test #3: unit.crash ..................***Exception: SegFault  0.10 sec
4: # pass 7
4: # fail 0
6: 12 passed, 0 failed, 2 skipped
6/6 Test #6: e2e .........................   Passed    3.10 sec
4/5 Test #4: e2e.openai ..................   Passed    3.10 sec
5/5 Test #5: fuzzreplay.json_fuzz ........   Passed    0.10 sec
"""


class CountResults(unittest.TestCase):
    def test_each_binary_counts_its_own_tests(self):
        passed, failed, skipped, bad = count_results.count_ctest(LOG)
        self.assertEqual((passed, failed, skipped), (4 + 3 + 7 + 12 + 1, 2 + 1, 1 + 2))
        self.assertEqual(bad, ["unit.net", "unit.crash"])

    def test_the_output_of_those_that_failed_can_be_had(self):
        self.assertEqual(count_results.output_of_failed(LOG), [
            "unit.net: [  PASSED  ] 3 tests.", "unit.net: [  FAILED  ] 2 tests, listed below:",
            "unit.crash: Segmentation fault"])

    def test_a_check_counts_as_one(self):
        self.assertEqual(count_results.count_checks("ok a\nfailed b\nok c\n"), (2, 1, ["b"]))

    def test_a_binary_that_fails_after_its_tests_passed_still_fails(self):
        log = "1: [  PASSED  ] 4 tests.\n1/1 Test #1: unit.base ...***Failed  0.1 sec\n"
        self.assertEqual(count_results.count_ctest(log)[:2], (4, 1))


if __name__ == "__main__":
    unittest.main()
