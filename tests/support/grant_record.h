// A grant for tests.
#pragma once

#include <string>

#include "store/grants.h"
#include "support/times.h"

namespace sally::test {

// Asked for by the key `key_a`, to be approved by one other.
inline store::GrantRecord grant_record(const std::string& id) {
  return {.id = id,
          .role = "on-call",
          .principal = "key_a",
          .from = "10.1.2.3",
          .reason = "the night shift",
          .needed = 1,
          .lasts = std::chrono::hours(1),
          .requested = at_second(1'000),
          .lapses = at_second(2'000)};
}

}  // namespace sally::test
