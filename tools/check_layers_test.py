"""Tests of check_layers.py: each rule has a tree that keeps it and one that breaks it."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import check_layers

TABLE = """\
# rooms
base:
crypto: base
policy: base
app: *
<openssl/> crypto
<sqlite3.h> crypto app
"""


class CheckLayers(unittest.TestCase):
    def offences(self, files, table=TABLE):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "src").mkdir()
            (root / "src" / "LAYERS").write_text(table)
            for name, text in files.items():
                path = root / "src" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return check_layers.check(root)

    def assert_clean(self, name, text):
        self.assertEqual(self.offences({name: text}), [])

    def assert_refused(self, name, text, words):
        found = self.offences({name: text})
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])
        self.assertTrue(found[0].startswith(f"src/{name}:"), found[0])

    def test_own_and_allowed_rooms_pass(self):
        self.assert_clean("policy/a.cc", '#include "policy/a.h"\n#include "base/b.h"\n')

    def test_a_room_outside_the_row_is_refused(self):
        self.assert_refused("policy/a.cc", '\n#include "crypto/hash.h"\n', "a.cc:2: `policy` may not")

    def test_a_star_allows_every_room_above(self):
        self.assert_clean("app/main.cc", '#include "policy/a.h"\n#include "crypto/a.h"\n')

    def test_nothing_includes_app(self):
        self.assert_refused("policy/a.h", '#include "app/config.h"\n', "may not include")

    def test_a_third_party_header_passes_in_its_room(self):
        self.assert_clean("crypto/a.cc", "#include <openssl/evp.h>\n#include <sqlite3.h>\n")

    def test_a_third_party_header_elsewhere_is_refused(self):
        self.assert_refused("app/a.cc", "#include <openssl/evp.h>\n", "by crypto only")
        self.assert_refused("base/a.cc", "#  include  <sqlite3.h>\n", "by crypto, app only")

    def test_a_header_that_only_begins_alike_passes(self):
        self.assert_clean("base/a.cc", "#include <sqlite3.hpp>\n#include <opensslx/a.h>\n")

    def test_a_standard_header_passes(self):
        self.assert_clean("base/a.cc", "#include <string>\n#include <sys/stat.h>\n")

    def test_a_test_header_is_refused_outside_of_tests(self):
        self.assert_clean("base/a_test.cc", '#include <gtest/gtest.h>\n#include "support/x.h"\n')
        self.assert_refused("base/a.cc", "#include <gtest/gtest.h>\n", "belongs in a test")
        self.assert_refused("base/a.cc", '#include "support/x.h"\n', "names no room")

    def test_a_header_without_its_room_is_refused(self):
        self.assert_refused("base/a.cc", '#include "bytes.h"\n', "names no room")

    def test_our_header_in_angle_brackets_is_refused(self):
        self.assert_refused("policy/a.cc", "#include <base/bytes.h>\n", "with quotes")

    def test_an_include_that_is_no_literal_is_refused(self):
        self.assert_refused("base/a.cc", "#include HEADER\n", "no literal")

    def test_a_folder_without_a_row_is_refused(self):
        self.assert_refused("extra/a.cc", "\n", "no row")

    def test_files_that_are_no_sources_are_not_read(self):
        self.assert_clean("base/README.md", '#include "crypto/a.h"\n')

    def test_a_table_that_names_a_room_below_is_refused(self):
        for table in ("base: crypto\ncrypto:\n", "base:\nbase:\n", "base\n", "base:\n<a.h> none\n",
                      "base:\n<a.h>\n"):
            with self.assertRaises(ValueError, msg=table):
                self.offences({}, table)

    def test_the_exit_status_tells_clean_offence_and_broken_table(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            root = Path(folder)
            (root / "src" / "base").mkdir(parents=True)
            self.assertEqual(check_layers.main(["", folder]), 2)
            (root / "src" / "LAYERS").write_text("base:\n")
            self.assertEqual(check_layers.main(["", folder]), 0)
            (root / "src" / "base" / "a.cc").write_text('#include "x/y.h"\n')
            self.assertEqual(check_layers.main(["", folder]), 1)


if __name__ == "__main__":
    unittest.main()
