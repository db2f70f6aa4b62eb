// Decimal: Cedar's fixed-point number with four digits after the point.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "cedar/extension/parsed.h"

namespace sally::cedar {

struct Decimal {
  int64_t ten_thousandths = 0;

  // `-?` digits `.` one to four digits; from -922337203685477.5808 to 922337203685477.5807.
  static Parsed<Decimal> parse(std::string_view text);
  // Text that parses to the same value: no more zeros at the end than needed.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const Decimal&) const = default;
};

}  // namespace sally::cedar
