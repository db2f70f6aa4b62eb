// Datetime: an instant in milliseconds since 1970-01-01T00:00:00Z (Cedar RFC 80).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cedar/extension/duration.h"
#include "cedar/extension/parsed.h"

namespace sally::cedar {

struct Datetime {
  int64_t milliseconds = 0;

  // `YYYY-MM-DD`, `YYYY-MM-DDThh:mm:ss[.SSS]Z` or `YYYY-MM-DDThh:mm:ss[.SSS](+|-)hhmm`; the
  // proleptic Gregorian calendar from year 0000 to 9999, no leap seconds, offsets below a day.
  static Parsed<Datetime> parse(std::string_view text);
  // `2024-05-01T00:00:00.000Z`, which parses to the same value; for an instant beyond the years
  // that can be written, the milliseconds since the epoch: `9223372036854775807 ms`.
  [[nodiscard]] std::string to_string() const;
  // Whether to_string() is text that parse() reads.
  [[nodiscard]] bool has_text() const;

  // nullopt beyond 64 bits.
  [[nodiscard]] std::optional<Datetime> offset(Duration by) const;
  [[nodiscard]] std::optional<Duration> since(Datetime earlier) const;
  // The start of its day (UTC), toward the past.
  [[nodiscard]] std::optional<Datetime> to_date() const;
  // What passed since the start of its day: never negative.
  [[nodiscard]] Duration to_time() const;

  auto operator<=>(const Datetime&) const = default;
};

}  // namespace sally::cedar
