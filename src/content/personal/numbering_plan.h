// NumberingPlan: what libphonenumber knows of the world's telephone numbers. The lengths are read
// once, for a question to the library takes ten microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sally::content::personal {

class NumberingPlan {
 public:
  NumberingPlan();  // some milliseconds

  // Whether numbers of so many digits follow a country calling code (ITU-T E.164). `code` has at
  // most three digits.
  [[nodiscard]] bool is_code(unsigned code) const { return lengths_[code] != 0; }
  [[nodiscard]] bool has_length(unsigned code, size_t digits) const {
    return digits < 16 && (lengths_[code] >> digits & 1U) != 0;
  }

  // These ask the library. At most 15 digits.
  // Whether `national` lies in a range that is handed out.
  [[nodiscard]] static bool is_assigned(unsigned code, std::string_view national);
  // Whether a number with its trunk prefix 0 stands in groups as one of the larger countries
  // writes it. `groups`: how many digits each has.
  [[nodiscard]] static bool is_national_form(std::string_view digits,
                                             std::span<const size_t> groups);

 private:
  std::array<uint16_t, 1000> lengths_{};  // by calling code: bit n for n digits
};

}  // namespace sally::content::personal
