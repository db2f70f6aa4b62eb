#include "content/personal/phone.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "content/personal/checksum.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

constexpr size_t kMostDigits = Phone::kMostDigits;
constexpr size_t kMostGroups = Phone::kMostGroups;
constexpr size_t kFewestDigits = 7;

// The calling code at the beginning of `digits`, which has `length` digits; 0 where there is none.
unsigned calling_code_of(const NumberingPlan& plan, std::string_view digits, size_t& length) {
  unsigned code = 0;
  for (length = 1; length <= 3 && length <= digits.size(); ++length) {
    code = code * 10 + digit_of(digits[length - 1]);
    if (plan.is_code(code)) {
      return code;
    }
  }
  return 0;
}

// Digits in groups, with what stands between them.
struct Groups {
  size_t count = 0;
  std::array<Span, kMostGroups> span;
  std::array<char, kMostGroups> before{};  // the separator; `(` and `)` count more than others
  std::array<char, kMostDigits> digits{};
  std::array<size_t, kMostGroups> total{};  // digits up to and with this group
  bool cut = false;                         // more digits follow that were not taken

  [[nodiscard]] size_t size(size_t group) const { return span[group].end - span[group].begin; }
  [[nodiscard]] char first(size_t group) const { return digits[total[group] - size(group)]; }
};

bool is_separator(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || c == '_';
}

Groups groups_at(std::string_view text, size_t at) {
  Groups groups;
  size_t taken = 0;
  while (groups.count < kMostGroups) {
    const size_t from = at;
    char separator = '\0';
    while (at < text.size() && at - from < 3 && is_separator(text[at])) {
      const bool stronger =
          text[at] == '(' || text[at] == ')' || separator == '\0' || separator == ' ';
      separator = stronger ? text[at] : separator;
      ++at;
    }
    size_t end = at;
    while (end < text.size() && end - at <= kMostDigits && is_digit(text[end])) {
      ++end;
    }
    const std::string_view gap = text.substr(from, at - from);
    const bool narrow = gap.size() <= 1 || gap == "  " || gap == " - ";
    if (end == at || (!narrow && separator != '(' && separator != ')')) {
      break;
    }
    if (taken + (end - at) > kMostDigits) {
      groups.cut = separator != ' ';
      break;
    }
    std::copy(text.begin() + static_cast<ptrdiff_t>(at), text.begin() + static_cast<ptrdiff_t>(end),
              groups.digits.begin() + static_cast<ptrdiff_t>(taken));
    taken += end - at;
    groups.span[groups.count] = {at, end};
    groups.before[groups.count] = separator;
    groups.total[groups.count] = taken;
    ++groups.count;
    at = end;
  }
  return groups;
}

// Whether nothing of a longer thing follows.
bool ends_at(std::string_view text, size_t end) {
  if (end >= text.size()) {
    return true;
  }
  const char c = text[end];
  const char next = end + 1 < text.size() ? text[end + 1] : '\0';
  return !is_alnum(c) && !(c == '_' && is_alnum(next)) && c != '%' && c != '@' &&
         !((c == '-' || c == '.' || c == '/' || c == ':') && is_digit(next)) &&
         !(c == '-' && is_alnum(next));
}

// Behind an extension (`x123`, ` ext. 123`) that begins at `end`; `end` where there is none.
size_t extension_end(std::string_view text, size_t end) {
  size_t at = end;
  while (at < text.size() && at - end < 2 && (text[at] == ' ' || text[at] == ',')) {
    ++at;
  }
  constexpr auto kWords =
      std::to_array<std::string_view>({"extension", "ext.", "ext", "x", "durchwahl"});
  for (const std::string_view word : kWords) {
    if (!equal_ignoring_case(text.substr(at, word.size()), word)) {
      continue;
    }
    size_t digits = at + word.size();
    if (digits < text.size() && (text[digits] == ' ' || text[digits] == ':')) {
      ++digits;
    }
    size_t last = digits;
    while (last < text.size() && last - digits < 7 && is_digit(text[last])) {
      ++last;
    }
    if (last > digits && last - digits <= 6 && ends_at(text, last)) {
      return last;
    }
  }
  return end;
}

std::optional<Phone> finished(std::string_view text, size_t begin, size_t end, PhoneKind kind) {
  const size_t with_extension = extension_end(text, end);
  if (with_extension == end && !ends_at(text, end)) {
    return std::nullopt;
  }
  Phone phone;
  // A bracket that nothing closes is the sentence's.
  const bool open =
      text[begin] == '(' && text.substr(begin, end - begin).find(')') == std::string_view::npos;
  phone.span = {open ? begin + 1 : begin, with_extension};
  phone.kind = kind;
  return phone;
}

// `skip`: digits before the calling code.
std::optional<Phone> international(const NumberingPlan& plan, std::string_view text, size_t begin,
                                   const Groups& groups, size_t skip) {
  for (size_t count = groups.count; count > 0; --count) {
    const std::string_view digits(groups.digits.data(), groups.total[count - 1]);
    if (digits.size() <= skip) {
      break;
    }
    size_t length = 0;
    const unsigned code = calling_code_of(plan, digits.substr(skip), length);
    if (code == 0) {
      break;
    }
    const std::string_view national = digits.substr(skip + length);
    size_t size = national.size();
    // `+49 (0)30`: the trunk digit is not dialled.
    for (size_t i = 1; i < count; ++i) {
      if (groups.size(i) == 1 && groups.before[i] == '(' && groups.first(i) == '0') {
        --size;
      }
    }
    if (!plan.has_length(code, size)) {
      continue;
    }
    if (count < groups.count && groups.before[count] != ' ') {
      break;
    }
    auto phone = finished(text, begin, groups.span[count - 1].end,
                          skip == 0 ? PhoneKind::kInternational : PhoneKind::kPrefixed);
    if (phone) {
      phone->code = code;
      phone->digit_count = national.size();
      std::ranges::copy(national, phone->digits.begin());
    }
    return phone;
  }
  return std::nullopt;
}

bool is_north_american(std::string_view digits) {
  return digits[0] >= '2' && digits[3] >= '2' && !(digits[1] == '1' && digits[2] == '1') &&
         !(digits[4] == '1' && digits[5] == '1');
}

bool is_date(const Groups& groups) {
  return groups.count == 3 &&
         ((groups.size(0) == 4 && groups.size(1) <= 2 && groups.size(2) <= 2) ||
          (groups.size(0) <= 2 && groups.size(1) <= 2 && groups.size(2) == 4));
}

}  // namespace

std::optional<Phone> phone_at(const NumberingPlan& plan, std::string_view text, size_t begin) {
  const bool plus = text[begin] == '+';
  const Groups groups = groups_at(text, begin + (plus ? 1 : 0));
  if (groups.count == 0 || groups.cut || (plus && groups.before[0] == '-')) {
    return std::nullopt;
  }
  if (plus) {
    return international(plan, text, begin, groups, 0);
  }
  const size_t total = groups.total[groups.count - 1];
  const std::string_view all(groups.digits.data(), total);
  if (all.starts_with("00") && total >= 10 && groups.size(0) != 1) {
    return international(plan, text, begin, groups, 2);
  }
  // North America: 3-3-4, after 1 or 001.
  for (size_t first = 0; first < 2 && first + 3 <= groups.count; ++first) {
    const size_t skip = first == 0 ? 0 : groups.total[0];
    const std::string_view prefix = all.substr(0, skip);
    if (groups.size(first) == 3 && groups.size(first + 1) == 3 && groups.size(first + 2) == 4 &&
        (prefix.empty() || prefix == "1" || prefix == "001") &&
        is_north_american(all.substr(skip))) {
      if (first + 3 < groups.count && groups.before[first + 3] != ' ') {
        return std::nullopt;
      }
      const bool spaces = groups.before[first + 1] == ' ' && groups.before[first + 2] == ' ';
      return finished(text, begin, groups.span[first + 2].end,
                      spaces && prefix.empty() ? PhoneKind::kLoose : PhoneKind::kNorthAmerican);
    }
  }
  if (is_date(groups)) {
    return std::nullopt;
  }
  bool pairs = true;  // no group of one digit
  bool spaces = true;
  for (size_t i = 0; i < groups.count; ++i) {
    pairs = pairs && groups.size(i) >= 2;
    spaces = spaces && (i == 0 || groups.before[i] == ' ');
  }
  // Six digits are a number of a small town where they are three pairs.
  const bool town = total == 6 && groups.count == 3 && pairs && spaces;
  if (total < kFewestDigits && !town) {
    return std::nullopt;
  }
  const bool trunk =
      pairs && groups.count >= 2 && all[0] == '0' && all[1] != '0' && total >= 9 && total <= 12;
  if (!pairs && text[begin] != '(') {
    return std::nullopt;
  }
  auto phone = finished(text, begin, groups.span[groups.count - 1].end,
                        trunk ? PhoneKind::kTrunk : PhoneKind::kLoose);
  if (phone) {
    phone->digits = groups.digits;
    phone->digit_count = total;
    phone->group_count = groups.count;
    for (size_t i = 0; i < groups.count; ++i) {
      phone->groups[i] = groups.size(i);
    }
  }
  return phone;
}

bool Phone::is_known() const {
  const std::string_view asked(digits.data(), digit_count);
  // Many identifiers stand as 3-3-3.
  if (kind == PhoneKind::kTrunk && group_count == 3 && groups[0] == 3 && groups[1] == 3 &&
      groups[2] == 3) {
    return false;
  }
  return kind == PhoneKind::kPrefixed ? NumberingPlan::is_assigned(code, asked)
         : kind == PhoneKind::kTrunk
             ? NumberingPlan::is_national_form(asked, std::span(groups).first(group_count))
             : true;
}

}  // namespace sally::content::personal
