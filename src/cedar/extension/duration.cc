#include "cedar/extension/duration.h"

#include <fmt/format.h>

#include <array>

#include "cedar/extension/digits.h"

namespace sally::cedar {
namespace {

struct Unit {
  std::string_view suffix;
  uint64_t milliseconds;
};
// In the order in which they are written.
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

constexpr bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

Parsed<Duration> Duration::parse(std::string_view text) {
  using Out = Parsed<Duration>;
  constexpr std::string_view kMalformed =
      "expected numbers with the units d, h, m, s and ms, in this order";
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.empty()) {
    return Out::failed(kMalformed);
  }
  int64_t total = 0;
  bool overflow = false;
  size_t next_unit = 0;
  while (!text.empty()) {
    const std::string_view digits = take_digits(text);
    size_t letters = 0;
    while (letters < text.size() && is_letter(text[letters])) {
      ++letters;
    }
    const std::string_view suffix = text.substr(0, letters);
    text.remove_prefix(letters);
    while (next_unit < kUnits.size() && kUnits[next_unit].suffix != suffix) {
      ++next_unit;
    }
    if (digits.empty() || next_unit == kUnits.size()) {
      return Out::failed(kMalformed);
    }
    const auto count = digits_value(digits);
    uint64_t part = 0;
    overflow = overflow || !count.has_value() ||
               __builtin_mul_overflow(*count, kUnits[next_unit].milliseconds, &part) ||
               (negative ? __builtin_sub_overflow(total, part, &total)
                         : __builtin_add_overflow(total, part, &total));
    ++next_unit;
  }
  if (overflow) {
    return Out::failed("beyond the range of a duration");
  }
  return Duration{total};
}

std::string Duration::to_string() const {
  return fmt::format("{}ms", milliseconds);
}

}  // namespace sally::cedar
