// NumericDate (RFC 7519, section 2).
#pragma once

#include <optional>

#include "base/clock.h"

namespace sally::identity {

// Seconds since 1970, down to the microsecond; nullopt outside the years 1970 to 9999.
[[nodiscard]] std::optional<WallTime> numeric_date(double seconds);

}  // namespace sally::identity
