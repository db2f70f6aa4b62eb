#include "cedar/syntax/format.h"

#include <algorithm>
#include <array>
#include <vector>

#include "cedar/syntax/layout.h"
#include "cedar/syntax/lexer.h"

namespace sally::cedar {
namespace {

struct Comment {
  std::string_view text;
  bool blank_line_above;
};

// A token with the comments written to it.
struct Word {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  std::vector<Comment> above;
  std::string_view behind;  // on its line
  bool blank_line_above = false;
};

bool is_closing(TokenKind kind) {
  return kind == TokenKind::kCloseParen || kind == TokenKind::kCloseBracket ||
         kind == TokenKind::kCloseBrace;
}

std::string_view trimmed(std::string_view text) {
  const size_t end = text.find_last_not_of(" \t\v\f");
  return text.substr(0, end + 1);
}

// The words of a text. Commas before a closing bracket are left out; their comments go to what
// stands beside them.
class Words {
 public:
  Words(std::string_view text, const Tokens& tokens) : text_(text), comments_(tokens.comments) {
    for (const Token& token : tokens.tokens) {
      add(token);
    }
  }

  std::vector<Word> take() { return std::move(words_); }

 private:
  [[nodiscard]] std::string_view at(Span span) const {
    return text_.substr(span.begin, span.end - span.begin);
  }

  void add(const Token& token) {
    Word word{.kind = token.kind, .text = at(token.span), .above = {}, .behind = {}};
    while (next_ < comments_.size() && comments_[next_].begin < token.span.begin) {
      const Span span = comments_[next_++];
      const std::string_view gap = between(span.begin);
      // A comment on the line of the word before it belongs to that one.
      if (!words_.empty() && end_ == word_end_ && gap.find_first_of("\r\n") == gap.npos) {
        words_.back().behind = trimmed(at(span));
      } else {
        word.above.push_back({trimmed(at(span)), std::ranges::count(gap, '\n') > 1});
      }
      end_ = span.end;
    }
    word.blank_line_above = std::ranges::count(between(token.span.begin), '\n') > 1;
    end_ = word_end_ = token.span.end;
    if (is_closing(word.kind) && !words_.empty() && words_.back().kind == TokenKind::kComma) {
      drop_comma(word);
    }
    words_.push_back(std::move(word));
  }

  // What stands between the last token or comment and `begin`.
  [[nodiscard]] std::string_view between(uint32_t begin) const {
    return text_.substr(end_, begin - end_);
  }

  void drop_comma(Word& closing) {
    Word comma = std::move(words_.back());
    words_.pop_back();
    if (!comma.behind.empty()) {
      if (comma.above.empty() && words_.back().behind.empty()) {
        words_.back().behind = comma.behind;
      } else {
        comma.above.push_back({comma.behind, false});
      }
    }
    closing.above.insert(closing.above.begin(), comma.above.begin(), comma.above.end());
  }

  std::string_view text_;
  const std::vector<Span>& comments_;
  size_t next_ = 0;        // comment
  uint32_t end_ = 0;       // of the last token or comment
  uint32_t word_end_ = 0;  // of the last token
  std::vector<Word> words_;
};

// Walks the words of policies that the parser accepted, so that nothing here can fail; its depth is
// bounded by the parser's.
class Formatter {
 public:
  explicit Formatter(const std::vector<Word>& words) : words_(words) {}

  const Layout& run() {
    while (!at(TokenKind::kEnd)) {
      comments_at_top();
      policy();
    }
    comments_at_top();
    return layout_;
  }

 private:
  [[nodiscard]] const Word& peek() const { return words_[next_]; }
  [[nodiscard]] bool at(TokenKind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool at_word(std::string_view text) const {
    return at(TokenKind::kIdentifier) && peek().text == text;
  }

  // The comments above the next word; they are not written again with it.
  void comments_above() {
    for (; comments_done_ < peek().above.size(); ++comments_done_) {
      layout_.comment(peek().above[comments_done_].text);
    }
  }

  void comments_at_top() {
    layout_.blank_line();
    for (; comments_done_ < peek().above.size(); ++comments_done_) {
      const Comment& comment = peek().above[comments_done_];
      if (comment.blank_line_above) {
        layout_.blank_line();
      }
      layout_.comment(comment.text);
    }
    if (peek().blank_line_above) {
      layout_.blank_line();
    }
  }

  void word() {
    comments_above();
    comments_done_ = 0;
    layout_.text(peek().text);
    if (!peek().behind.empty()) {
      layout_.trailing_comment(peek().behind);
    }
    ++next_;
  }

  // The word that closes what was indented.
  void closing_word(bool spaced) {
    comments_above();
    layout_.dedent();
    spaced ? layout_.space_or_break() : layout_.break_or_nothing();
    word();
  }

  void policy() {
    while (at(TokenKind::kAt)) {
      word();
      word();
      if (at(TokenKind::kOpenParen)) {
        word();
        word();
        word();
      }
      layout_.new_line();
    }
    word();
    layout_.space();
    scope();
    while (!at(TokenKind::kSemicolon)) {
      layout_.new_line();
      condition();
    }
    word();
  }

  // On one line only where nothing is asked of anything.
  void scope() {
    constexpr size_t kBare = 6;  // `(principal, action, resource`
    const bool is_bare = words_[next_ + kBare].kind == TokenKind::kCloseParen;
    layout_.open(is_bare ? Layout::Fit::kWhereItFits : Layout::Fit::kNever);
    word();
    layout_.indent();
    layout_.break_or_nothing();
    for (;;) {
      constraint();
      if (!at(TokenKind::kComma)) {
        break;
      }
      word();
      layout_.space_or_break();
    }
    closing_word(false);
    layout_.close();
  }

  void constraint() {
    layout_.open();
    word();
    relation_tail();
    layout_.close();
  }

  void condition() {
    layout_.open();
    word();
    layout_.space_or_break();
    word();
    layout_.indent();
    layout_.space_or_break();
    expression();
    closing_word(true);
    layout_.close();
  }

  void expression() { at_word("if") ? if_expression() : alternatives(); }

  void if_expression() {
    layout_.open();
    for (int part = 0; part < 3; ++part) {
      word();
      layout_.indent();
      layout_.space_or_break();
      expression();
      layout_.dedent();
      if (part < 2) {
        layout_.space_or_break();
      }
    }
    layout_.close();
  }

  void alternatives() {
    layout_.open();
    conjunction();
    while (at(TokenKind::kOr)) {
      layout_.space();
      word();
      layout_.space_or_break();
      conjunction();
    }
    layout_.close();
  }

  void conjunction() {
    layout_.open();
    relation();
    while (at(TokenKind::kAnd)) {
      layout_.space();
      word();
      layout_.space_or_break();
      relation();
    }
    layout_.close();
  }

  [[nodiscard]] bool at_relation() const {
    constexpr std::array kKinds{TokenKind::kEq,     TokenKind::kNotEq,   TokenKind::kLess,
                                TokenKind::kLessEq, TokenKind::kGreater, TokenKind::kGreaterEq};
    return std::ranges::find(kKinds, peek().kind) != kKinds.end() || at_word("in") ||
           at_word("has") || at_word("like") || at_word("is");
  }

  void relation() {
    layout_.open();
    sum();
    relation_tail();
    layout_.close();
  }

  // The operator and what is right of it, where there is one; `is ... in ...` has two. A list or a
  // record opens on the operator's line.
  void relation_tail() {
    while (at_relation()) {
      layout_.space();
      word();
      if (at(TokenKind::kOpenBracket) || at(TokenKind::kOpenBrace)) {
        layout_.space();
        sum();
      } else {
        layout_.indent();
        layout_.space_or_break();
        sum();
        layout_.dedent();
      }
    }
  }

  void sum() {
    layout_.open();
    product();
    while (at(TokenKind::kPlus) || at(TokenKind::kMinus)) {
      layout_.space();
      word();
      layout_.space_or_break();
      product();
    }
    layout_.close();
  }

  void product() {
    layout_.open();
    unary();
    while (at(TokenKind::kStar)) {
      layout_.space();
      word();
      layout_.space_or_break();
      unary();
    }
    layout_.close();
  }

  void unary() {
    while (at(TokenKind::kNot) || at(TokenKind::kMinus)) {
      word();
    }
    member();
  }

  // The first access stays with what it is asked of. The arguments of the last call are outside of
  // the group: they may break while the accesses do not.
  void member() {
    layout_.open();
    primary();
    layout_.indent();
    bool first = true;
    while (at(TokenKind::kDot) || at(TokenKind::kOpenBracket)) {
      if (!first) {
        layout_.break_or_nothing();
      }
      first = false;
      const bool is_name = at(TokenKind::kDot);
      word();
      word();
      if (!is_name) {
        word();
      } else if (at(TokenKind::kOpenParen)) {
        if (ends_member(next_)) {
          break;
        }
        arguments();
      }
    }
    layout_.dedent();
    layout_.close();
    if (at(TokenKind::kOpenParen)) {
      arguments();
    }
  }

  // Whether nothing is asked of the call whose `(` is `open`.
  [[nodiscard]] bool ends_member(size_t open) const {
    size_t depth = 0;
    size_t i = open;
    do {
      depth += words_[i].kind == TokenKind::kOpenParen ? 1 : 0;
      depth -= words_[i].kind == TokenKind::kCloseParen ? 1 : 0;
      ++i;
    } while (depth > 0);
    return words_[i].kind != TokenKind::kDot && words_[i].kind != TokenKind::kOpenBracket;
  }

  void primary() {
    if (at(TokenKind::kOpenParen)) {
      layout_.open();
      word();
      layout_.indent();
      layout_.break_or_nothing();
      expression();
      closing_word(false);
      layout_.close();
    } else if (at(TokenKind::kOpenBracket)) {
      list(TokenKind::kCloseBracket, false);
    } else if (at(TokenKind::kOpenBrace)) {
      list(TokenKind::kCloseBrace, true);
    } else {
      word();
      while (at(TokenKind::kPathSeparator)) {
        word();
        word();
      }
      // The call of a function; of a method, member() takes the arguments.
      if (at(TokenKind::kOpenParen)) {
        arguments();
      }
    }
  }

  void arguments() { list(TokenKind::kCloseParen, false); }

  // From the opening word to the closing one. Records have spaces inside and names before values.
  void list(TokenKind close, bool is_record) {
    layout_.open();
    word();
    layout_.indent();
    if (!at(close)) {
      is_record ? layout_.space_or_break() : layout_.break_or_nothing();
    }
    const bool is_empty = at(close);
    while (!at(close)) {
      is_record ? attribute() : expression();
      if (at(TokenKind::kComma)) {
        word();
        layout_.space_or_break();
      }
    }
    closing_word(is_record && !is_empty);
    layout_.close();
  }

  void attribute() {
    layout_.open();
    word();
    word();
    layout_.space();
    expression();
    layout_.close();
  }

  const std::vector<Word>& words_;
  size_t next_ = 0;
  size_t comments_done_ = 0;  // of those above the next word
  Layout layout_;
};

}  // namespace

ParseResult<std::string> format_policies(std::string_view text, const FormatOptions& options,
                                         const ParseLimits& limits) {
  if (auto parsed = parse_policies(text, limits); !parsed.ok()) {
    return parsed.problems();
  }
  const auto tokens = tokenize(text, limits.bytes);
  if (!tokens.ok()) {
    return tokens.problems();
  }
  const std::vector<Word> words = Words(text, *tokens).take();
  return Formatter(words).run().set(options.width, options.indent);
}

}  // namespace sally::cedar
