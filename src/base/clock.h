// Clock: time as a parameter. Nothing but SystemClock asks the operating system what time it is.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace sally {

using Millis = std::chrono::milliseconds;
using Micros = std::chrono::microseconds;
using Nanos = std::chrono::nanoseconds;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Micros>;
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Nanos>;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const = 0;
  [[nodiscard]] virtual MonoTime monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const override;
  [[nodiscard]] MonoTime monotonic() const override;
};

// Stands still until told otherwise: for tests, and for replays.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start) : now_(start) {}
  [[nodiscard]] WallTime now() const override { return now_; }
  [[nodiscard]] MonoTime monotonic() const override { return mono_; }
  void advance(Nanos by) {
    now_ += std::chrono::duration_cast<Micros>(by);
    mono_ += by;
  }

 private:
  WallTime now_;
  MonoTime mono_{};
};

// RFC 3339 in UTC with milliseconds: `2026-11-20T10:04:11.204Z`.
std::string format_time(WallTime time);
// The same into `out` (24 bytes, no terminator).
void format_time(WallTime time, char* out);
// Accepts what format_time writes, with 0 to 6 fractional digits.
Result<WallTime> parse_time(std::string_view text);

// `10s`, `250ms`, `5m`, `1h`, `30d`: a count and a unit. Refuses anything else, and overflow.
Result<Millis> parse_duration(std::string_view text);
std::string format_duration(Millis duration);

}  // namespace sally
