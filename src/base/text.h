// Helpers for messages that people read.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sally {

// The candidate nearest to `word` by edit distance, where it is near enough to be a slip of the
// finger; empty otherwise. For "did you mean".
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

// `text` fit for a terminal, a log or an error: control characters, escape sequences and invalid
// UTF-8 become `?`, at most `limit` bytes, `…` where it was cut.
[[nodiscard]] std::string printable(std::string_view text, size_t limit = 120);

}  // namespace sally
