// Case files: a test as a text file that an operator could read.
//
//   # what this shows, in a sentence
//   expect: deny
//   rule: no-secrets
//
//   -- request --
//   POST /v1/chat/completions
//   -- reason --
//   ...
//
// First the header: `key: value` lines, comments (`#`) and empty lines. Then sections: everything
// after a `-- name --` line up to the next such line, as it stands. A key or section that the test
// did not read fails it, so that a misspelt expectation cannot go unnoticed.
//
// SALLY_BLESS=1 (`make bless`) rewrites expectations that differ; refused when CI is set.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::test {

class CaseFile {
 public:
  // Refuses a key or section that stands twice, and a header line without a colon.
  static Result<CaseFile> parse(std::string name, std::string_view text);

  // The file's stem.
  [[nodiscard]] const std::string& name() const { return name_; }

  // The value of a header key, or the text of a section (with its last line end). Marks it read.
  [[nodiscard]] std::optional<std::string> find(std::string_view key);
  [[nodiscard]] std::optional<std::string> find_section(std::string_view section);
  // The same; one that is missing fails the test and reads as empty.
  [[nodiscard]] std::string get(std::string_view key);
  [[nodiscard]] std::string section(std::string_view section);

  // Fails the test when the value differs from `actual`; rewrites it when blessing. A section is
  // compared with one line end at its end.
  void expect(std::string_view key, std::string_view actual);
  void expect_section(std::string_view section, std::string_view actual);

  // Keys and sections nobody asked for.
  [[nodiscard]] std::vector<std::string> unread() const;
  // The file as it would be written: what was parsed, with blessed values.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool changed() const { return changed_; }

 private:
  struct Part {
    std::string key;   // empty: a comment or an empty line of the header, kept in `text`
    std::string text;  // the value, or the section's lines
    bool is_section = false;
    bool read = false;
  };
  Part* part(std::string_view key, bool is_section);
  void expect_part(std::string_view key, bool is_section, std::string actual);

  std::string name_;
  std::vector<Part> parts_;
  bool changed_ = false;
};

// Runs `body` on every `*.case` file below `tests/cases/<folder>`, in order of name, each under its
// own trace. Fails on a file that does not parse, on unread parts, and when there is no file.
void run_cases(std::string_view folder, const std::function<void(CaseFile&)>& body);

// Compares `actual` with the file `tests/snapshots/<name>`: the readable form of a table.
void expect_snapshot(std::string_view name, std::string_view actual);
// The same for a tracked file anywhere, which is generated: `docs/configuration.md`.
void expect_generated(std::string_view path, std::string_view actual);

// Text with escapes as bytes: line ends are dropped, `\r` `\n` `\t` `\0` `\\` `\xHH` are what they
// say. For requests and frames in a section. A bad escape fails the test.
[[nodiscard]] std::string unescape(std::string_view text);

}  // namespace sally::test
