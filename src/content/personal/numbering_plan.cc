#include "content/personal/numbering_plan.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <set>
#include <string>

#include "content/personal/checksum.h"

namespace sally::content::personal {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kMostDigits = 15;

// Countries that write a 0 before national numbers, the most phones first.
constexpr unsigned kTrunkCodes[] = {44, 49, 33, 91, 81, 61, 62, 86, 90,  92,  31, 27,  41,  43,
                                    46, 32, 82, 84, 66, 60, 63, 40, 380, 353, 64, 234, 972, 358};

PhoneNumber number(unsigned code, uint64_t national) {
  PhoneNumber number;
  number.set_country_code(static_cast<int>(code));
  number.set_national_number(national);
  return number;
}

}  // namespace

NumberingPlan::NumberingPlan() {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  std::set<int> codes;
  library.GetSupportedCallingCodes(&codes);
  for (const int code : codes) {
    uint64_t national = 2;
    for (size_t digits = 1; digits < kMostDigits; ++digits, national = national * 10 + 2) {
      const bool possible =
          library.IsPossibleNumberWithReason(number(static_cast<unsigned>(code), national)) ==
          PhoneNumberUtil::IS_POSSIBLE;
      lengths_[static_cast<size_t>(code)] |= static_cast<uint16_t>(possible ? 1U << digits : 0U);
    }
  }
}

bool NumberingPlan::is_assigned(unsigned code, std::string_view national) {
  PhoneNumber asked = number(code, number_of(national));
  const size_t zeros = std::min(national.find_first_not_of('0'), national.size());
  if (zeros > 0) {
    asked.set_italian_leading_zero(true);
    asked.set_number_of_leading_zeros(static_cast<int>(zeros));
  }
  return PhoneNumberUtil::GetInstance()->IsValidNumber(asked);
}

bool NumberingPlan::is_national_form(std::string_view digits, std::span<const size_t> groups) {
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  const uint64_t national = number_of(digits);
  std::string form;
  return std::ranges::any_of(kTrunkCodes, [&](unsigned code) {
    const PhoneNumber asked = number(code, national);
    if (library.IsPossibleNumberWithReason(asked) != PhoneNumberUtil::IS_POSSIBLE) {
      return false;
    }
    library.Format(asked, PhoneNumberUtil::NATIONAL, &form);
    size_t group = 0;
    size_t size = 0;
    size_t total = 0;
    for (const char c : form + " ") {
      if (is_digit(c)) {
        ++size;
      } else if (size > 0) {
        if (group == groups.size() || groups[group] != size) {
          return false;
        }
        total += size;
        size = 0;
        ++group;
      }
    }
    return group == groups.size() && total == digits.size();
  });
}

}  // namespace sally::content::personal
