#include "content/names/characters.h"

#include <algorithm>
#include <array>

namespace sally::content::names {
namespace {

enum class Fold : uint8_t { kNone, kUp32, kUp37, kUp38, kUp48, kUp63, kUp64, kUp80, kEven, kOdd };

// How far the lower case is, for each of Fold's kUp rows.
constexpr std::array<char32_t, 8> kDistance = {0, 32, 37, 38, 48, 63, 64, 80};

struct Range {
  char32_t first;
  char32_t last;
  CharClass what;
  Fold fold;
};

constexpr auto kRanges = std::to_array<Range>({
#define SALLY_RANGE(first, last, what, fold) {first, last, CharClass::what, Fold::fold},
#include "content/names/character_ranges.def"
#undef SALLY_RANGE
});

constexpr bool is_sorted_and_apart() {
  for (size_t i = 0; i < kRanges.size(); ++i) {
    if (kRanges[i].first > kRanges[i].last || (i > 0 && kRanges[i - 1].last >= kRanges[i].first)) {
      return false;
    }
  }
  return true;
}
static_assert(is_sorted_and_apart());

constexpr CharClass class_in(const Range& range, char32_t c) {
  if (range.fold == Fold::kEven || range.fold == Fold::kOdd) {
    const bool is_even = c % 2 == 0;
    return is_even == (range.fold == Fold::kEven) ? CharClass::kUpper : CharClass::kLower;
  }
  return range.what;
}

constexpr char32_t lower_in(const Range& range, char32_t c) {
  if (range.fold == Fold::kEven || range.fold == Fold::kOdd) {
    return class_in(range, c) == CharClass::kUpper ? c + 1 : c;
  }
  return c + kDistance[static_cast<size_t>(range.fold)];
}

constexpr const Range* range_of(char32_t c) {
  const auto* const found = std::ranges::lower_bound(kRanges, c, {}, &Range::last);
  return found != kRanges.end() && found->first <= c ? found : nullptr;
}

struct Entry {
  CharClass what = CharClass::kOther;
  char16_t lower = 0;
};

constexpr CharClass ascii_class(char32_t c) {
  if (c == ' ' || (c >= '\t' && c <= '\r')) {
    return CharClass::kSpace;
  }
  if (c >= 'A' && c <= 'Z') {
    return CharClass::kUpper;
  }
  if (c >= 'a' && c <= 'z') {
    return CharClass::kLower;
  }
  return c >= '0' && c <= '9' ? CharClass::kDigit : CharClass::kOther;
}

// Everything below U+0600, looked up at once.
constexpr char32_t kTableEnd = 0x600;
constexpr auto kTable = [] {
  std::array<Entry, kTableEnd> table{};
  for (char32_t c = 0; c < kTableEnd; ++c) {
    Entry& entry = table[c];
    entry.lower = static_cast<char16_t>(c);
    if (c < 0x80) {
      entry.what = ascii_class(c);
      entry.lower = static_cast<char16_t>(entry.what == CharClass::kUpper ? c + 32 : c);
    }
  }
  for (const Range& range : kRanges) {
    for (char32_t c = range.first; c <= range.last && c < kTableEnd; ++c) {
      table[c] = {class_in(range, c), static_cast<char16_t>(lower_in(range, c))};
    }
  }
  return table;
}();

constexpr Character kBad{0xFFFD, 1};

}  // namespace

Character character_at(std::string_view text, size_t at) {
  const auto octet = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t lead = octet(0);
  if (lead < 0x80) {
    return {lead, 1};
  }
  const uint32_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) {
    return kBad;
  }
  char32_t value = lead & (0x7FU >> length);
  for (uint32_t i = 1; i < length; ++i) {
    if ((octet(i) & 0xC0) != 0x80) {
      return kBad;
    }
    value = value << 6 | (octet(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value < kLeast[length] || value > 0x10FFFF || is_surrogate ? kBad
                                                                    : Character{value, length};
}

CharClass class_of(char32_t c) {
  if (c < kTableEnd) {
    return kTable[c].what;
  }
  const Range* range = range_of(c);
  return range == nullptr ? CharClass::kOther : class_in(*range, c);
}

char32_t lower_of(char32_t c) {
  if (c < kTableEnd) {
    return kTable[c].lower;
  }
  const Range* range = range_of(c);
  return range == nullptr ? c : lower_in(*range, c);
}

}  // namespace sally::content::names
