// Points in time for tests.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace sally::test {

// So many seconds after 1970.
inline WallTime at_second(int64_t seconds) {
  return WallTime(std::chrono::duration_cast<Micros>(std::chrono::seconds(seconds)));
}

}  // namespace sally::test
