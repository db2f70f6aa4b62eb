// CountedRateLimiter: core's RateLimiter on the counters of the store.
#pragma once

#include "core/limits.h"
#include "store/counters.h"

namespace sally::perimeter {

class CountedRateLimiter final : public RateLimiter {
 public:
  // `counters` outlives the limiter.
  explicit CountedRateLimiter(store::Counters& counters) : counters_(counters) {}
  [[nodiscard]] Result<Millis> take(std::string_view who, const Rate& rate, MonoTime now) override;

 private:
  store::Counters& counters_;
};

}  // namespace sally::perimeter
