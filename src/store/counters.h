// Counters: what is counted per caller, address or id, and forgotten by itself. A port with an
// engine in memory and room for one that a fleet shares.
//
// Every engine passes tests/support/counters_conformance.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sally::store {

// A bucket holds `burst` tokens and gains `per_minute` of them a minute, evenly.
struct Bucket {
  uint32_t per_minute = 0;  // zero: it never gives anything
  uint32_t burst = 0;
};

struct Take {
  static constexpr Nanos kNever = Nanos::max();

  bool taken = false;
  Nanos wait{0};  // until it could be taken; zero when it was; kNever when more than the burst
};

// Called by every loop thread; an engine never blocks on a network or a disk (one that shares its
// counts keeps a reservation of its own and settles behind the callers' backs).
//
// Time is the caller's monotonic clock. A name lives in one of three name spaces: sums, buckets and
// sets do not see one another. A failure is kUnavailable: the engine cannot count (it is full of
// what may not be forgotten, or cannot reach its peers), and the caller refuses.
class Counters {
 public:
  Counters() = default;
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;
  virtual ~Counters() = default;

  // Adds `delta` to the sum `name` and returns the new sum. A sum starts at zero and ends `life`
  // after the first addition. Stops at the ends of the number range instead of wrapping.
  [[nodiscard]] virtual Result<int64_t> add(std::string_view name, int64_t delta, Nanos life,
                                            MonoTime now) = 0;

  // Takes `tokens` from the bucket `name`, all or none. A bucket never seen is full. The shape may
  // change from call to call: what has been taken is kept as the time until the bucket is full.
  [[nodiscard]] virtual Result<Take> take(std::string_view name, const Bucket& shape,
                                          uint32_t tokens, MonoTime now) = 0;

  // Puts `member` into the set `set` until `life` from now. True when it was not in it; one that
  // was stays, until the later of the two ends.
  [[nodiscard]] virtual Result<bool> insert(std::string_view set, std::string_view member,
                                            Nanos life, MonoTime now) = 0;
  [[nodiscard]] virtual Result<bool> contains(std::string_view set, std::string_view member,
                                              MonoTime now) = 0;
};

}  // namespace sally::store
