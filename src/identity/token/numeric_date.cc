#include "identity/token/numeric_date.h"

#include <cmath>

namespace sally::identity {

std::optional<WallTime> numeric_date(double seconds) {
  constexpr double kEndOfTime = 253'402'300'800;  // the year 10000
  if (!(seconds >= 0 && seconds < kEndOfTime)) {
    return std::nullopt;
  }
  const double whole = std::floor(seconds);
  const auto micros = static_cast<int64_t>((seconds - whole) * 1e6);
  return WallTime(std::chrono::seconds(static_cast<int64_t>(whole)) + Micros(micros));
}

}  // namespace sally::identity
