#include "content/secrets/assignment_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include "content/secrets/context.h"

namespace sally::content {
namespace {

constexpr AssignmentRule kRules[] = {
#define SALLY_ASSIGNED(id, words, charset, min, max, check, severity) \
  {id, words, Charset::charset, min, max, ValueCheck::check, Severity::severity},
#include "content/secrets/assignment_rules.def"
#undef SALLY_ASSIGNED
};

constexpr size_t kKey = 3;

constexpr bool rules_fit() {
  for (const AssignmentRule& rule : kRules) {
    if (rule.min < kKey || rule.min > rule.max || rule.max > kMaxValue || rule.words.empty()) {
      return false;
    }
    size_t length = 0;
    for (const char c : rule.words) {
      if (is_upper(c) || (c == '|' && length < kKey)) {
        return false;
      }
      length = c == '|' ? 0 : length + 1;
    }
    if (length < kKey) {
      return false;
    }
  }
  return true;
}
static_assert(rules_fit(), "assignment_rules.def: words of 3 and more, lower case; min <= max");

// A table of the words, by a hash of their first three octets.
class WordIndex {
 public:
  WordIndex() {
    for (size_t i = 0; i < std::size(kRules); ++i) {
      std::string_view words = kRules[i].words;
      while (!words.empty()) {
        const std::string_view word = words.substr(0, words.find('|'));
        words.remove_prefix(std::min(words.size(), word.size() + 1));
        named_.push_back({word, static_cast<uint16_t>(i)});
      }
    }
    std::ranges::sort(named_, {}, [](const internal::NamedRule& named) {
      return std::tuple(hash(named.word), named.word, named.rule);
    });
    for (size_t i = 0; i < named_.size(); ++i) {
      Bucket& bucket = buckets_[hash(named_[i].word)];
      bucket.begin = bucket.end == 0 ? static_cast<uint16_t>(i) : bucket.begin;
      bucket.end = static_cast<uint16_t>(i + 1);
    }
  }

  [[nodiscard]] std::span<const internal::NamedRule> find(std::string_view key) const {
    const Bucket bucket = buckets_[hash(key)];
    return std::span(named_).subspan(bucket.begin, bucket.end - bucket.begin);
  }

 private:
  struct Bucket {
    uint16_t begin = 0;
    uint16_t end = 0;
  };
  static constexpr unsigned kBits = 12;
  static size_t hash(std::string_view key) {
    const uint32_t octets = static_cast<uint8_t>(key[0]) |
                            static_cast<uint32_t>(static_cast<uint8_t>(key[1])) << 8 |
                            static_cast<uint32_t>(static_cast<uint8_t>(key[2])) << 16;
    return (octets * 0x9E3779B1U) >> (32 - kBits);
  }
  std::vector<internal::NamedRule> named_;
  std::array<Bucket, 1U << kBits> buckets_{};
};

// What a text is made of.
struct Makeup {
  size_t letters = 0;
  size_t digits = 0;
  size_t changes = 0;  // from letter to digit or back
  size_t distinct = 0;
  double entropy = 0;  // bits to a character
};

Makeup makeup_of(std::string_view text) {
  Makeup out;
  std::array<uint16_t, 256> counts{};
  for (size_t i = 0; i < text.size(); ++i) {
    out.letters += is_letter(text[i]) ? 1 : 0;
    out.digits += is_digit(text[i]) ? 1 : 0;
    out.changes += i > 0 && ((is_digit(text[i]) && is_letter(text[i - 1])) ||
                             (is_letter(text[i]) && is_digit(text[i - 1])))
                       ? 1
                       : 0;
    ++counts[static_cast<uint8_t>(text[i])];
  }
  for (const uint16_t count : counts) {
    if (count > 0) {
      ++out.distinct;
      const double share = count / static_cast<double>(text.size());
      out.entropy -= share * std::log2(share);
    }
  }
  return out;
}

// Words and numbers with separators, such as `us-east-1` or `release/2024.01`: no part mixes
// letters and digits as chance would.
bool is_name(std::string_view value) {
  constexpr size_t kFewestChanges = 2;
  constexpr size_t kShortestPart = 7;
  while (!value.empty()) {
    const std::string_view part = value.substr(0, value.find_first_of("-_./:"));
    value.remove_prefix(std::min(value.size(), part.size() + 1));
    if (part.size() >= kShortestPart && makeup_of(part).changes >= kFewestChanges) {
      return false;
    }
  }
  return true;
}

// Words one behind another: most letters are small and stand in rows of three and more, which
// chance with capitals among them hardly gives.
bool is_camel_case(std::string_view value) {
  constexpr size_t kRow = 3;
  size_t upper = 0;
  size_t in_rows = 0;
  for (size_t i = 0; i < value.size();) {
    size_t end = i;
    while (end < value.size() && is_lower(value[end])) {
      ++end;
    }
    in_rows += end - i >= kRow ? end - i : 0;
    upper += end < value.size() && is_upper(value[end]) ? 1 : 0;
    i = end + 1;
  }
  return upper > 0 && in_rows * 2 >= value.size();
}

bool is_hex_only(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return is_in(Charset::kHex, c); });
}

bool after_number(std::string_view value, char separator) {
  constexpr size_t kFewestDigits = 5;
  const size_t at = value.find(separator);
  return at != std::string_view::npos && at >= kFewestDigits &&
         std::ranges::all_of(value.substr(0, at), is_digit) && looks_random(value.substr(at + 1));
}

constexpr std::string_view kCheckNames[] = {"random",          "UUID",
                                            "digits",          "a kind first",
                                            "ten A inside",    "data centre at the end",
                                            "number : random", "number - random"};

}  // namespace

std::span<const internal::NamedRule> internal::named_rules(std::string_view three_lower_octets) {
  static const WordIndex index;
  return index.find(three_lower_octets);
}

std::span<const AssignmentRule> assignment_rules() {
  return kRules;
}

bool is_uuid(std::string_view value) {
  constexpr size_t kUuid = 36;
  if (value.size() != kUuid) {
    return false;
  }
  for (size_t i = 0; i < kUuid; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !is_in(Charset::kHex, value[i])) {
      return false;
    }
  }
  return true;
}

bool looks_like_secret(std::string_view value) {
  constexpr size_t kShort = 16;
  constexpr size_t kFewestDistinct = 7;
  constexpr double kLeastEntropy = 3.2;
  constexpr double kLeastEntropyShort = 2.7;
  const Makeup makeup = makeup_of(value);
  if (makeup.digits == 0 || makeup.letters < 2 || makeup.distinct < kFewestDistinct ||
      makeup.entropy < (value.size() < kShort ? kLeastEntropyShort : kLeastEntropy)) {
    return false;
  }
  const bool hex = is_hex_only(value);
  return (hex || (!is_name(value) && !is_camel_case(value))) &&
         (value.size() < kShort || looks_random(value)) && !is_uuid(value);
}

bool accepts(const AssignmentRule& rule, std::string_view value) {
  constexpr size_t kFewestDistinct = 5;
  constexpr size_t kPadding = 11;
  constexpr std::string_view kAs = "AAAAAAAAAA";
  constexpr size_t kHex = 32;
  switch (rule.check) {
    case ValueCheck::kRandom:
      return looks_like_secret(value);
    case ValueCheck::kUuid:
      return is_uuid(value) && looks_random(value);
    case ValueCheck::kDigits:
      return std::ranges::all_of(value, is_digit) && makeup_of(value).distinct >= kFewestDistinct;
    case ValueCheck::kPrefixed:
      return (value.starts_with("test_") || value.starts_with("live_") ||
              value.starts_with("sk_")) &&
             looks_random(value.substr(value.find('_') + 1));
    case ValueCheck::kPadded:
      return value.substr(kPadding).starts_with(kAs) &&
             looks_random(value.substr(kPadding + kAs.size()));
    case ValueCheck::kMailchimp:
      return value.size() >= kHex && is_hex_only(value.substr(0, kHex)) && looks_random(value) &&
             (value.size() == kHex || value.substr(kHex).starts_with("-us"));
    case ValueCheck::kNumbered:
      return after_number(value, ':');
    case ValueCheck::kNumberDash:
      return after_number(value, '-');
  }
  return false;
}

std::string assignment_rules_reference() {
  std::string out =
      "| rule | words before | value | check | severity |\n| --- | --- | --- | --- | --- |\n";
  for (const AssignmentRule& rule : kRules) {
    std::string words(rule.words);
    std::ranges::replace(words, '|', ' ');
    out += fmt::format("| `{}` | `{}` | {} of {} | {} | {} |\n", rule.id, words,
                       rule.min == rule.max ? fmt::format("{}", rule.min)
                                            : fmt::format("{} to {}", rule.min, rule.max),
                       name_of(rule.charset), kCheckNames[static_cast<size_t>(rule.check)],
                       name_of(rule.severity));
  }
  return out;
}

}  // namespace sally::content
