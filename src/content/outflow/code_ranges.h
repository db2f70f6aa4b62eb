// find_code: which parts of a text Markdown shows as code, where nothing is a link or a tag.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "content/normalise/offset_map.h"

namespace sally::content {

// Fenced blocks and code spans (CommonMark 0.31, sections 4.5 and 6.1), in order. Only what every
// reader must take for code: behind a fence in doubtful indentation, in raw HTML, and where a span
// of code may go on over lines, nothing counts as code. Linear.
[[nodiscard]] std::vector<Span> find_code(std::string_view text);

// Lines that leave a reader where `text`, which ends with a line, leaves it: in the same block of
// code or of HTML, or in none. At most kLongestState octets. Linear.
inline constexpr size_t kLongestState = 1'024;
[[nodiscard]] std::string code_state(std::string_view text);

// Whether `at` lies in one of `ranges`.
[[nodiscard]] bool is_inside(const std::vector<Span>& ranges, size_t at);

}  // namespace sally::content
