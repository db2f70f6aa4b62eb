// Telephone numbers by their shape and by the world's numbering plan.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "content/personal/network.h"
#include "content/personal/numbering_plan.h"

namespace sally::content::personal {

enum class PhoneKind : uint8_t {
  kInternational,  // `+`, a calling code, as many digits as numbers of that code have
  kNorthAmerican,  // 3-3-4 digits of the North American plan, parted by more than spaces
  kPrefixed,       // as kInternational with `00`
  kTrunk,          // groups of digits that begin with 0
  kLoose,          // other digits that may be a number where the context says so
};

struct Phone {
  static constexpr size_t kMostDigits = 15;  // ITU-T E.164
  static constexpr size_t kMostGroups = 8;

  Span span;
  PhoneKind kind = PhoneKind::kLoose;
  // Of those two kinds whether the numbering plan knows such a number (NumberingPlan); true of the
  // others. Some ten microseconds.
  [[nodiscard]] bool is_known() const;

  // What is_known asks about.
  unsigned code = 0;
  size_t digit_count = 0;
  size_t group_count = 0;
  std::array<char, kMostDigits> digits{};  // without `00` and the calling code
  std::array<size_t, kMostGroups> groups{};
};

// The number that begins at `begin` (a digit, `+` or `(`), its extension included. At most 15
// digits.
std::optional<Phone> phone_at(const NumberingPlan& plan, std::string_view text, size_t begin);

}  // namespace sally::content::personal
