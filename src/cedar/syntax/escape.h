// String literals and patterns: from what stands between the quotes to code points, and back.
//
// The escapes are `\n \r \t \\ \0 \' \"`, `\xHH` up to 7F, and `\u{H...}` of one to six hex digits
// (underscores between them are skipped); in patterns `\*` too. A carriage return must be escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cedar/syntax/ast.h"

namespace sally::cedar {

// A part of the raw text that is no escape.
struct BadEscape {
  uint32_t offset = 0;
  uint32_t length = 0;
};

// `raw` is UTF-8 without its quotes. nullopt with `bad` set where an escape is none.
[[nodiscard]] std::optional<std::string> unescape(std::string_view raw, BadEscape& bad);
// A `*` is the wildcard, however it is written, except as `\*`.
[[nodiscard]] std::optional<Pattern> unescape_pattern(std::string_view raw, BadEscape& bad);

// As a literal, with its quotes. Control characters and those that are invisible or change the
// direction of text are escaped, so that a policy reads as it is.
[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] std::string quoted(const Pattern& pattern);
// `A::"id"`.
[[nodiscard]] std::string quoted(const EntityUid& uid);

void append_utf8(std::string& out, char32_t code_point);
// The code points of valid UTF-8.
[[nodiscard]] std::u32string code_points(std::string_view utf8);

}  // namespace sally::cedar
