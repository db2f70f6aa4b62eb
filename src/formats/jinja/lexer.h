// The tokens of one tag of a Jinja template.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::formats {

enum class JinjaTokenKind : uint8_t { kName, kText, kNumber, kOperator, kEnd };

struct JinjaToken {
  JinjaTokenKind kind;
  std::string text;  // of a text: with its escapes undone
  uint64_t offset;
};

struct JinjaTokens {
  std::vector<JinjaToken> tokens;  // the last is kEnd
  size_t after;                    // where in the template the tag has ended
};

// The tokens of the tag whose inside begins at `from` of `text` and ends with `close` (`}}`, `%}`),
// which braces within hide. kInvalidInput where a character is none of Jinja's or the tag has no
// end; kTooLarge above `most` tokens or brackets too deep. Adds what that cost to `work`: tokens,
// and octets in their hundreds.
Result<JinjaTokens> jinja_tokens(std::string_view text, size_t from, std::string_view close,
                                 size_t most, size_t& work);

}  // namespace sally::formats
