#include "cedar/extension/decimal.h"

#include <fmt/format.h>

#include "cedar/extension/digits.h"

namespace sally::cedar {
namespace {

constexpr int64_t kUnit = 10'000;
constexpr size_t kFractionDigits = 4;

}  // namespace

Parsed<Decimal> Decimal::parse(std::string_view text) {
  using Out = Parsed<Decimal>;
  constexpr std::string_view kMalformed = "expected digits, a point and one to four digits";
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const std::string_view whole = take_digits(text);
  if (whole.empty() || !text.starts_with('.')) {
    return Out::failed(kMalformed);
  }
  text.remove_prefix(1);
  const std::string_view fraction = take_digits(text);
  if (fraction.empty() || !text.empty()) {
    return Out::failed(kMalformed);
  }
  if (fraction.size() > kFractionDigits) {
    return Out::failed("more than four digits after the point");
  }
  uint64_t parts = digits_value(fraction).value();
  for (size_t i = fraction.size(); i < kFractionDigits; ++i) {
    parts *= 10;
  }
  const auto units = digits_value(whole);
  int64_t out = 0;
  // Downwards, for the least value has no positive twin.
  if (!units.has_value() || *units > INT64_MAX ||
      __builtin_mul_overflow(-static_cast<int64_t>(*units), kUnit, &out) ||
      __builtin_sub_overflow(out, static_cast<int64_t>(parts), &out) ||
      (!negative && __builtin_sub_overflow(int64_t{0}, out, &out))) {
    return Out::failed("beyond the range of a decimal");
  }
  return Decimal{out};
}

std::string Decimal::to_string() const {
  // The remainder of the least value fits, its negation does not.
  const int64_t whole = ten_thousandths / kUnit;
  const int64_t rest = ten_thousandths % kUnit;
  std::string out = fmt::format("{}{}.{:04}", ten_thousandths < 0 && whole == 0 ? "-" : "", whole,
                                rest < 0 ? -rest : rest);
  while (out.ends_with('0') && !out.ends_with(".0")) {
    out.pop_back();
  }
  return out;
}

}  // namespace sally::cedar
