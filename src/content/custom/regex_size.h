// How large a regex is once its repeats are written out: what compiling it costs grows with that.
#pragma once

#include <cstddef>
#include <string_view>

namespace sally::content {

// Characters, classes and escapes of `regex` (PCRE's syntax), each as often as the repeats `{n,m}`
// around it say; never more than kHuge. A regex that is wrong has some size too; one with quoting
// or comments (`\Q`, `(?#`, `(?x)`), which would hide its groups, is huge.
inline constexpr size_t kHuge = 1'000'000;
[[nodiscard]] size_t written_out(std::string_view regex);

}  // namespace sally::content
