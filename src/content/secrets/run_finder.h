// RunFinder: where in a text do long runs of letters, digits, `_` and `-` stand? Whatever is
// random and long holds one. Looks at 64 octets at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace sally::content {

// Octets of one run that are asked for.
inline constexpr size_t kRunLength = 10;

// Whether `c` may stand in a run.
[[nodiscard]] constexpr bool is_run(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-';
}

// The first position in [from, text.size()] where kRunLength octets of a run begin; text.size()
// where there is none.
[[nodiscard]] size_t next_run(std::string_view text, size_t from);
// The same without what only some processors have.
[[nodiscard]] size_t next_run_portable(std::string_view text, size_t from);

}  // namespace sally::content
