// SecretRule: the shape of one kind of credential. The table is secret_rules.def.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/finding.h"

namespace sally::content {

// Which characters a body is made of.
enum class Charset : uint8_t {
  kHex,            // 0-9 a-f A-F
  kBase32,         // A-Z 2-7
  kUpperAlnum,     // A-Z 0-9
  kUpperDash,      // ... -
  kLowerAlnum,     // a-z 0-9
  kAlnum,          // A-Z a-z 0-9
  kAlnumDash,      // ... -
  kAlnumSlash,     // ... /
  kWord,           // A-Z a-z 0-9 _
  kWordDash,       // ... _ -
  kWordDotDash,    // ... _ - .
  kWordColonDash,  // ... _ - :
  kBase64,         // A-Z a-z 0-9 + / =
  kBase64Any,      // ... _ - . too
  kTilde,          // A-Z a-z 0-9 _ - . ~
  kPercent,        // A-Z a-z 0-9 % _ -
  kPath,           // A-Z a-z 0-9 _ - . / @
  kUrl,            // ... ? & = % : ~ + too
  kVisible,        // ASCII, without space, quotes, backslash, brackets, comma, semicolon
  kPemBody,        // base64, and white space and `\n` as it stands inside JSON
};
inline constexpr size_t kCharsets = 20;

// In words.
[[nodiscard]] std::string_view name_of(Charset charset);
// Whether `c` belongs to `charset`.
[[nodiscard]] bool is_in(Charset charset, char c);

// What is asked of a body besides its length.
enum class BodyCheck : uint8_t {
  kRandom,  // looks_random
  kMixed,   // looks_random, has letters and digits and few separators: where the prefix says little
  kNumbered,   // a number, `:`, something that looks_random
  kTail,       // looks_random; the secret begins before the prefix
  kParts,      // parts with `-` between, digits first
  kAuthress,   // parts with `.` between, the third begins with `acc`
  kNotFiller,  // short: some different characters, no word of documentation
  kPem,        // enough different characters, none of looks_random's words
  kJwt,        // three base64url parts, the second a JSON object too
  kSally,      // CRC-32 of all before in the last six base62 digits
};

// What a body is that is longer than `max`.
enum class Over : uint8_t { kNothing, kFinding };

struct SecretRule {
  std::string_view id;
  std::string_view prefix;
  Charset charset;
  uint16_t min;
  uint16_t max;
  BodyCheck check;
  Over over;
  Severity severity;
  std::string_view what;
};

std::span<const SecretRule> secret_rules();

// No prefix and body together are longer, and no canary.
inline constexpr size_t kMaxSecret = 512;

// Whether `body`, which follows the rule's prefix and has a fitting length, is what the rule is
// about. `over`: it is the first `max` characters of a longer one.
[[nodiscard]] bool accepts(const SecretRule& rule, std::string_view body, bool over);

// Whether in [begin, end) of `text` a rule's prefix and a body long enough stand: what is there is
// decided by the prefix.
[[nodiscard]] bool holds_prefixed(std::string_view text, size_t begin, size_t end);

// Not a placeholder: enough different characters, no long run or staircase (`aaaa`, `1234`,
// `abcd`), none of the words that documentation fills keys with.
[[nodiscard]] bool looks_random(std::string_view body);

// Whether a prefix may begin behind these two characters (`\0` where there is none): not inside a
// word, except behind an escape such as the `n` of `\n` in a JSON text inside a text.
[[nodiscard]] bool may_begin(char second_last, char last);
// Whether the rule's prefix may stand inside a word all the same: it says enough.
[[nodiscard]] bool begins_inside_words(const SecretRule& rule);
// Whether a body may end before `next`.
[[nodiscard]] bool may_end(char next);

// The table for people, one row to a line.
std::string secret_rules_reference();

}  // namespace sally::content
