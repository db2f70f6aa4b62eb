// decoded_forms: what a short text, a URL or a part of one, says in other writings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sally::content {

struct DecodedForm {
  std::string text;
  bool encoded = false;  // from base64, base32 or hex, which hide it; not from percent alone
};

// The text itself, percent-decoded as often as it can be, and what its tokens are in base64 (both
// alphabets), base32 and hex, of 4 octets or more, three deep. Together at most eight times the
// text's octets and 2 KiB; what is over is left out. A form need not be text.
[[nodiscard]] std::vector<DecodedForm> decoded_forms(std::string_view text);

// UTF-8 of `least` octets or more, three quarters of them letters, digits or spaces.
[[nodiscard]] bool reads_as_text(std::string_view text, size_t least);

}  // namespace sally::content
