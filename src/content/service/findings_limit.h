// How much one question may be answered.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace sally::content {

inline constexpr size_t kMostFindings = 100'000;

// Takes `count` from what is `left` of kMostFindings; kInvalidInput where it is more.
[[nodiscard]] inline Result<> count_findings(size_t count, size_t& left) {
  if (count > left) {
    return Error(ErrorKind::kInvalidInput, "the texts hold more than 100000 findings",
                 "ask about fewer at a time");
  }
  left -= count;
  return ok();
}

}  // namespace sally::content
