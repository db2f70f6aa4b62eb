// The arithmetic that check digits are made of. Every function takes octets that are digits (or,
// where it says so, letters in upper case) and looks at each once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace sally::content::personal {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
constexpr unsigned digit_of(char c) {
  return static_cast<unsigned>(c - '0');
}
// `0` to `9`, then `A` as 10 to `Z` as 35.
constexpr unsigned value_of(char c) {
  return is_digit(c) ? digit_of(c) : static_cast<unsigned>(c - 'A') + 10;
}

constexpr uint64_t number_of(std::string_view digits) {
  uint64_t number = 0;
  for (const char c : digits) {
    number = number * 10 + digit_of(c);
  }
  return number;
}

// The sum of each value times its weight, for as many as there are weights.
constexpr unsigned weighted(std::string_view text, std::initializer_list<unsigned> weights) {
  unsigned sum = 0;
  size_t at = 0;
  for (const unsigned weight : weights) {
    sum += value_of(text[at++]) * weight;
  }
  return sum;
}

// ISO/IEC 7812-1 annex B. `start`: the doubled sum of digits that stand before but are not written.
constexpr bool luhn(std::string_view digits, unsigned start = 0) {
  unsigned sum = start;
  for (size_t i = 0; i < digits.size(); ++i) {
    unsigned digit = digit_of(digits[digits.size() - 1 - i]);
    if (i % 2 == 1) {
      digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    }
    sum += digit;
  }
  return sum % 10 == 0;
}

// The remainder by 97 of digits and letters read as in an IBAN (ISO 13616: `A` is 10).
constexpr unsigned mod97(std::string_view text, unsigned before = 0) {
  unsigned rest = before;
  for (const char c : text) {
    const unsigned value = value_of(c);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest;
}

// ISO 7064 MOD 11,10 with the check digit last.
constexpr bool iso7064_mod11_10(std::string_view digits) {
  unsigned product = 10;
  for (const char c : digits.substr(0, digits.size() - 1)) {
    unsigned sum = (digit_of(c) + product) % 10;
    sum = sum == 0 ? 10 : sum;
    product = sum * 2 % 11;
  }
  return (11 - product) % 10 == digit_of(digits.back());
}

// J. Verhoeff, 1969: the dihedral group of order ten; the check digit last.
[[nodiscard]] bool verhoeff(std::string_view digits);

// Days of a month, in a leap year.
constexpr bool is_day(unsigned month, unsigned day) {
  constexpr unsigned kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month - 1];
}
constexpr unsigned two_digits(std::string_view text, size_t at) {
  return digit_of(text[at]) * 10 + digit_of(text[at + 1]);
}
// Six digits as year, month, day and as day, month, year.
constexpr bool is_yymmdd(std::string_view text) {
  return is_day(two_digits(text, 2), two_digits(text, 4));
}
constexpr bool is_ddmmyy(std::string_view text) {
  return is_day(two_digits(text, 2), two_digits(text, 0));
}

constexpr bool all_same(std::string_view text) {
  return text.find_first_not_of(text.empty() ? '\0' : text[0]) == std::string_view::npos;
}

}  // namespace sally::content::personal
