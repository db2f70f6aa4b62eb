// Placeholder: what stands in a text for a value of the vault: `[EMAIL_ADDRESS_1_x7k2q9a4]`.
//
//   placeholder = "[" label "_" number "_" tag "]"
//   label       = letter *63( letter / digit / "_" )   the type of the value
//   number      = 1 to 4294967295                      of the value in its scope
//   tag         = 8 characters of Crockford's base 32: 40 bits of a digest under the vault's key
//
// Read back in any case of its letters, as models change it, and with the escapes of markdown:
// `\[EMAIL\_ADDRESS\_1\_x7k2q9a4\]`. Backticks around it, quotes and brackets are text like any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/vault.h"

namespace sally::content::anonymise {

// How a text is written: by itself, or as what stands between the quotes of a JSON string, where a
// backslash is two.
enum class Writing : uint8_t { kText, kJsonString };

struct Placeholder {
  std::string label;
  uint32_t number = 0;
  store::VaultTag tag{};
};

// No placeholder is written with more octets than this, escapes included.
inline constexpr size_t kLongestPlaceholder = 200;

// The label for values of `type`: its letters in upper case, all else `_`; at most 40 octets.
[[nodiscard]] std::string label_of(std::string_view type);
[[nodiscard]] std::string to_text(const store::VaultEntry& entry);

struct PlaceholderMatch {
  enum class State : uint8_t {
    kNo,    // none begins here
    kMore,  // the text is too short to tell
    kYes,
  };
  State state = State::kNo;
  size_t length = 0;  // octets of it as it is written
  Placeholder placeholder;
};

// Whether a placeholder begins where `text` begins. Looks at no more than kLongestPlaceholder
// octets. Whether it is genuine, only the vault knows.
[[nodiscard]] PlaceholderMatch match_placeholder(std::string_view text, Writing writing);

}  // namespace sally::content::anonymise
