// AssignmentRule: a kind of credential that is told by the provider's name before it and by its
// own shape. The table is assignment_rules.def. Besides it: what any secret looks like.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "content/secrets/secret_rules.h"

namespace sally::content {

// What is asked of a value besides its characters and its length.
enum class ValueCheck : uint8_t {
  kRandom,      // looks_like_secret
  kUuid,        // 8-4-4-4-12 hexadecimal digits
  kDigits,      // digits, and not few different ones
  kPrefixed,    // `test_`, `live_` or `sk_`, then something random
  kPadded,      // ten `A` after eleven characters, the others random
  kMailchimp,   // 32 hexadecimal digits, then nothing or `-us` and the number of a data centre
  kNumbered,    // a number, `:`, something random
  kNumberDash,  // a number, `-`, something random
};

struct AssignmentRule {
  std::string_view id;
  std::string_view words;  // lower case, `|` between
  Charset charset;
  uint16_t min;
  uint16_t max;
  ValueCheck check;
  Severity severity;
};

std::span<const AssignmentRule> assignment_rules();

// Calls `take` with the number of every rule one of whose words stands in `name` and ends at most
// kWordReach octets before its end. A rule may come more than once. Case does not count.
inline constexpr size_t kWordReach = 24;
template <typename Take>
void for_each_rule_named(std::string_view name, Take take);

// Whether `value`, of the rule's charset and length, is what the rule is about.
[[nodiscard]] bool accepts(const AssignmentRule& rule, std::string_view value);

// Random enough to be a secret by itself where a name such as `api_key` stands before it: letters
// and digits mixed, enough different characters; no name made of words and numbers, no UUID, no
// placeholder.
[[nodiscard]] bool looks_like_secret(std::string_view value);
[[nodiscard]] bool is_uuid(std::string_view value);

// The table for people, one row to a line.
std::string assignment_rules_reference();

namespace internal {
// The rules by the first three octets of their words.
struct NamedRule {
  std::string_view word;
  uint16_t rule;
};
std::span<const NamedRule> named_rules(std::string_view three_lower_octets);
}  // namespace internal

template <typename Take>
void for_each_rule_named(std::string_view name, Take take) {
  constexpr size_t kKey = 3;
  constexpr size_t kLongest = 64;
  if (name.size() > kLongest) {
    name.remove_prefix(name.size() - kLongest);
  }
  char lower[kLongest];
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  const std::string_view folded(lower, name.size());
  for (size_t i = 0; i + kKey <= folded.size(); ++i) {
    for (const internal::NamedRule& named : internal::named_rules(folded.substr(i, kKey))) {
      if (folded.substr(i).starts_with(named.word) &&
          i + named.word.size() + kWordReach >= folded.size()) {
        take(named.rule);
      }
    }
  }
}

}  // namespace sally::content
