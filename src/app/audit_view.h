// What the commands of `audit` share in how they show things.
#pragma once

#include <string>

#include "base/clock.h"

namespace sally::app {

// `2 s ago`, `5 min ago`, `3 h ago`, `4 days ago`; a time to come is `0 s ago`.
[[nodiscard]] std::string how_long_ago(WallTime now, WallTime then);

}  // namespace sally::app
