// A place in a list of tokens, and the problems found on the way: what the parsers of policies and
// of schemas are made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cedar/syntax/lexer.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// `text` and `tokens` outlive the cursor.
class Cursor {
 public:
  Cursor(std::string_view text, const Tokens& tokens) : text_(text), tokens_(tokens.tokens) {}

  // kEnd from the end on.
  [[nodiscard]] const Token& peek(size_t ahead = 0) const;
  // The token, and moves behind it.
  Token take();
  [[nodiscard]] bool at_end() const { return at(TokenKind::kEnd); }
  [[nodiscard]] bool at(TokenKind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool at_word(std::string_view word) const;
  bool accept(TokenKind kind);
  bool accept_word(std::string_view word);
  // False, and a problem, where another token stands here. `what` as in "expected {what}".
  bool expect(TokenKind kind, std::string_view what);

  // The token as it was written, whole: a string with its quotes.
  [[nodiscard]] std::string_view text(const Token& token) const;
  [[nodiscard]] std::string_view text(Span span) const;
  // From `begin` to the end of the last token taken.
  [[nodiscard]] Span span_from(uint32_t begin) const;

  // A string token's content; a problem and nullopt where an escape is none.
  [[nodiscard]] std::optional<std::string> string_value(const Token& token);

  void fail(Span span, std::string message, std::string help = {});
  // "expected {what}, found {the token here}". Always false, to return.
  bool fail_expected(std::string_view what, std::string help = {});
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }
  std::vector<Problem> take_problems() { return std::move(problems_); }

 private:
  std::string_view text_;
  const std::vector<Token>& tokens_;
  size_t next_ = 0;
  std::vector<Problem> problems_;
};

// The problem of an escape: `bad` as unescape() set it, `token` the string it stands in.
struct BadEscape;
[[nodiscard]] Problem escape_problem(std::string_view text, const Token& token,
                                     const BadEscape& bad);

}  // namespace sally::cedar
