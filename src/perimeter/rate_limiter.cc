#include "perimeter/rate_limiter.h"

#include <algorithm>

namespace sally::perimeter {

Result<Millis> CountedRateLimiter::take(std::string_view who, const Rate& rate, MonoTime now) {
  const store::Bucket shape{std::max<uint32_t>(1, rate.per_minute),
                            std::max<uint32_t>(1, rate.burst)};
  TRY(const store::Take take, counters_.take(who, shape, 1, now));
  if (take.taken) {
    return Millis{0};
  }
  // Rounded up: a caller that waits this long finds its token.
  return std::max(Millis{1}, std::chrono::ceil<Millis>(take.wait));
}

}  // namespace sally::perimeter
