// Digits: a number of a version, of any length: versions are hostile, and dates overflow.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace sally::vet::dependency {

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Digits {
 public:
  Digits() = default;
  // `digits`: nothing but digits; none of them is 0.
  explicit Digits(std::string_view digits) {
    const size_t first = digits.find_first_not_of('0');
    if (first != std::string_view::npos) {
      digits_ = digits.substr(first);
    }
  }
  [[nodiscard]] bool is_zero() const { return digits_.empty(); }
  [[nodiscard]] std::string to_string() const { return digits_.empty() ? "0" : digits_; }

  friend bool operator==(const Digits&, const Digits&) = default;
  friend std::strong_ordering operator<=>(const Digits& a, const Digits& b) {
    const auto by_length = a.digits_.size() <=> b.digits_.size();
    return by_length != 0 ? by_length : a.digits_.compare(b.digits_) <=> 0;
  }

 private:
  std::string digits_;  // without leading zeros
};

}  // namespace sally::vet::dependency
