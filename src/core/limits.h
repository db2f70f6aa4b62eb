// RateLimiter: how often somebody may do something. A port: the counters behind it may be shared by
// a fleet.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sally {

struct Rate {
  uint32_t per_minute = 0;
  uint32_t burst = 0;
};

class RateLimiter {
 public:
  RateLimiter() = default;
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;
  virtual ~RateLimiter() = default;
  // Takes one token from the bucket of `who`. Zero: it was there. Otherwise how long until it will
  // be. Called from every loop thread; does not block. kUnavailable when it cannot tell.
  [[nodiscard]] virtual Result<Millis> take(std::string_view who, const Rate& rate,
                                            MonoTime now) = 0;
};

}  // namespace sally
