// Duration: a span of time in milliseconds (Cedar RFC 80).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cedar/extension/parsed.h"

namespace sally::cedar {

struct Duration {
  int64_t milliseconds = 0;

  // `-?` then numbers with the units `d h m s ms`, in this order, each at most once, at least one.
  static Parsed<Duration> parse(std::string_view text);
  // In milliseconds, `86400000ms`: parses to the same value.
  [[nodiscard]] std::string to_string() const;

  // Whole units, cut toward zero.
  [[nodiscard]] int64_t to_seconds() const { return milliseconds / 1000; }
  [[nodiscard]] int64_t to_minutes() const { return milliseconds / 60'000; }
  [[nodiscard]] int64_t to_hours() const { return milliseconds / 3'600'000; }
  [[nodiscard]] int64_t to_days() const { return milliseconds / 86'400'000; }

  auto operator<=>(const Duration&) const = default;
};

}  // namespace sally::cedar
