// The tokens of policies and of schemas in their human syntax.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cedar/syntax/span.h"

namespace sally::cedar {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,  // reserved words too
  kNumber,      // decimal digits
  kString,      // with its quotes, not unescaped
  kSlot,        // `?principal`
  kAt,
  kDot,
  kComma,
  kSemicolon,
  kColon,
  kPathSeparator,  // `::`
  kQuestion,       // `?` with no identifier behind
  kOpenParen,
  kCloseParen,
  kOpenBrace,
  kCloseBrace,
  kOpenBracket,
  kCloseBracket,
  kAssign,  // `=`
  kEq,      // `==`
  kNotEq,
  kLess,
  kLessEq,
  kGreater,
  kGreaterEq,
  kAnd,  // `&&`
  kOr,   // `||`
  kNot,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kPercent,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Span span;
};

struct Tokens {
  std::vector<Token> tokens;   // the last one, and only that, is kEnd
  std::vector<Span> comments;  // `// ...` without the end of the line
};

// White space is what Unicode calls so. Fails at the first thing that is no token: an unterminated
// string, a byte that is no UTF-8, a character of no meaning; and where the text is longer than
// `limit` bytes (at most 4 GiB - 1).
ParseResult<Tokens> tokenize(std::string_view text, size_t limit);

}  // namespace sally::cedar
