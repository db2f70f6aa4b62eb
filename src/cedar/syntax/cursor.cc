#include "cedar/syntax/cursor.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {

const Token& Cursor::peek(size_t ahead) const {
  return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

Token Cursor::take() {
  const Token token = peek();
  next_ = std::min(next_ + 1, tokens_.size() - 1);
  return token;
}

bool Cursor::at_word(std::string_view word) const {
  return at(TokenKind::kIdentifier) && text(peek()) == word;
}

bool Cursor::accept(TokenKind kind) {
  if (!at(kind)) {
    return false;
  }
  take();
  return true;
}

bool Cursor::accept_word(std::string_view word) {
  if (!at_word(word)) {
    return false;
  }
  take();
  return true;
}

bool Cursor::expect(TokenKind kind, std::string_view what) {
  return accept(kind) || fail_expected(what);
}

std::string_view Cursor::text(Span span) const {
  return text_.substr(span.begin, span.end - span.begin);
}

std::string_view Cursor::text(const Token& token) const {
  return text(token.span);
}

Span Cursor::span_from(uint32_t begin) const {
  return {begin, next_ == 0 ? begin : tokens_[next_ - 1].span.end};
}

std::optional<std::string> Cursor::string_value(const Token& token) {
  BadEscape bad;
  const std::string_view raw = text(token);
  auto value = unescape(raw.substr(1, raw.size() - 2), bad);
  if (!value) {
    problems_.push_back(escape_problem(text_, token, bad));
  }
  return value;
}

void Cursor::fail(Span span, std::string message, std::string help) {
  problems_.push_back({span, std::move(message), std::move(help)});
}

bool Cursor::fail_expected(std::string_view what, std::string help) {
  const Token& token = peek();
  const std::string found = token.kind == TokenKind::kEnd
                                ? "the end of the text"
                                : fmt::format("`{}`", printable(text(token), 40));
  fail(token.span, fmt::format("expected {}, found {}", what, found), std::move(help));
  return false;
}

Problem escape_problem(std::string_view text, const Token& token, const BadEscape& bad) {
  const uint32_t begin = token.span.begin + 1 + bad.offset;
  const std::string_view escape = text.substr(begin, bad.length);
  if (escape == "\r") {
    return {{begin, begin + bad.length}, "a carriage return in a string", "write it as `\\r`"};
  }
  return {{begin, begin + bad.length},
          fmt::format("`{}` is no escape", printable(escape, 40)),
          "a backslash itself is written `\\\\`; code points are written `\\u{1F600}`"};
}

}  // namespace sally::cedar
