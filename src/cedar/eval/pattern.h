// LikePattern: a pattern of `like`, split where it is compiled, matched in linear time.
#pragma once

#include <span>
#include <string_view>

#include "cedar/eval/arena.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// UTF-8 has no code point inside another, so that bytes are matched in place of code points.
struct LikePattern {
  // What stands between the wildcards; without a wildcard the one literal. The first has to be the
  // start of the text and the last its end, both may be empty; those between are not empty.
  std::span<const std::string_view> literals;

  // The literals are in `arena`, which grows.
  static LikePattern compile(const Pattern& pattern, Arena& arena);
  [[nodiscard]] bool matches(std::string_view text) const;
};

}  // namespace sally::cedar
