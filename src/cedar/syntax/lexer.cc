#include "cedar/syntax/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::cedar {
namespace {

struct Mark {
  std::string_view text;
  TokenKind kind;
};

// Longer ones before their prefixes.
constexpr std::array kMarks{
    Mark{"::", TokenKind::kPathSeparator},
    Mark{"==", TokenKind::kEq},
    Mark{"!=", TokenKind::kNotEq},
    Mark{"<=", TokenKind::kLessEq},
    Mark{">=", TokenKind::kGreaterEq},
    Mark{"&&", TokenKind::kAnd},
    Mark{"||", TokenKind::kOr},
    Mark{"@", TokenKind::kAt},
    Mark{".", TokenKind::kDot},
    Mark{",", TokenKind::kComma},
    Mark{";", TokenKind::kSemicolon},
    Mark{":", TokenKind::kColon},
    Mark{"?", TokenKind::kQuestion},
    Mark{"(", TokenKind::kOpenParen},
    Mark{")", TokenKind::kCloseParen},
    Mark{"{", TokenKind::kOpenBrace},
    Mark{"}", TokenKind::kCloseBrace},
    Mark{"[", TokenKind::kOpenBracket},
    Mark{"]", TokenKind::kCloseBracket},
    Mark{"=", TokenKind::kAssign},
    Mark{"<", TokenKind::kLess},
    Mark{">", TokenKind::kGreater},
    Mark{"!", TokenKind::kNot},
    Mark{"+", TokenKind::kPlus},
    Mark{"-", TokenKind::kMinus},
    Mark{"*", TokenKind::kStar},
    Mark{"/", TokenKind::kSlash},
    Mark{"%", TokenKind::kPercent},
};

// Unicode's White_Space beyond ASCII, in UTF-8.
constexpr std::array<std::string_view, 19> kWideSpaces{
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
    "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_ascii_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  ParseResult<Tokens> run() {
    for (;;) {
      skip_space_and_comments();
      if (at_ == text_.size()) {
        out_.tokens.push_back({TokenKind::kEnd, span_from(at_)});
        return std::move(out_);
      }
      if (const auto problem = read_token()) {
        return std::vector<Problem>{*problem};
      }
    }
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
  [[nodiscard]] Span span_from(size_t begin) const {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
  }

  template <typename Predicate>
  void skip_while(Predicate predicate) {
    while (at_ < text_.size() && predicate(text_[at_])) {
      ++at_;
    }
  }

  void skip_space_and_comments() {
    while (at_ < text_.size()) {
      if (is_ascii_space(text_[at_])) {
        ++at_;
      } else if (rest().starts_with("//")) {
        const size_t begin = at_;
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
        out_.comments.push_back(span_from(begin));
      } else if (static_cast<uint8_t>(text_[at_]) < 0x80) {
        return;
      } else {
        const auto* const wide = std::ranges::find_if(
            kWideSpaces, [&](std::string_view space) { return rest().starts_with(space); });
        if (wide == kWideSpaces.end()) {
          return;
        }
        at_ += wide->size();
      }
    }
  }

  std::optional<Problem> read_token() {
    const size_t begin = at_;
    const char c = text_[at_];
    if (is_letter(c)) {
      skip_word();
      return push(TokenKind::kIdentifier, begin);
    }
    if (is_digit(c)) {
      skip_while(is_digit);
      return push(TokenKind::kNumber, begin);
    }
    if (c == '"') {
      return read_string();
    }
    if (c == '?' && begin + 1 < text_.size() && is_letter(text_[begin + 1])) {
      ++at_;
      skip_word();
      return push(TokenKind::kSlot, begin);
    }
    const auto* const mark =
        std::ranges::find_if(kMarks, [&](const Mark& m) { return rest().starts_with(m.text); });
    if (mark == kMarks.end()) {
      return unknown_character();
    }
    at_ += mark->text.size();
    return push(mark->kind, begin);
  }

  void skip_word() {
    skip_while([](char c) { return is_letter(c) || is_digit(c); });
  }

  // A backslash takes the next character with it, which must not end the line.
  std::optional<Problem> read_string() {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        ++at_;
        if (at_ == text_.size() || text_[at_] == '\n') {
          break;
        }
      }
      ++at_;
    }
    if (at_ >= text_.size() || text_[at_] != '"') {
      at_ = std::min(text_.find_first_of("\r\n", begin), text_.size());
      return Problem{span_from(begin), "a string that does not end", "close it with `\"`"};
    }
    ++at_;
    return push(TokenKind::kString, begin);
  }

  std::optional<Problem> unknown_character() {
    const size_t begin = at_++;
    skip_while([](char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; });
    const std::string_view found = text_.substr(begin, at_ - begin);
    if (found == "\uFEFF") {
      return Problem{span_from(begin), "a byte order mark", "save the file without one"};
    }
    std::string help;
    if (found == "&" || found == "|") {
      help = fmt::format("did you mean `{0}{0}`?", found);
    } else if (found == "'") {
      help = "strings stand in double quotes";
    }
    return Problem{span_from(begin), fmt::format("unexpected character `{}`", printable(found)),
                   std::move(help)};
  }

  std::optional<Problem> push(TokenKind kind, size_t begin) {
    out_.tokens.push_back({kind, span_from(begin)});
    return std::nullopt;
  }

  std::string_view text_;
  size_t at_ = 0;
  Tokens out_;
};

// The first byte that is not part of valid UTF-8.
uint32_t first_invalid(std::string_view text) {
  size_t valid = 0;
  size_t invalid = text.size();
  while (invalid - valid > 1) {
    const size_t middle = valid + (invalid - valid) / 2;
    // A prefix that ends inside a character is not valid; up to three bytes more make it whole.
    bool fine = false;
    for (size_t more = 0; more < 4 && middle + more <= text.size() && !fine; ++more) {
      fine = is_utf8(text.substr(0, middle + more));
    }
    (fine ? valid : invalid) = middle;
  }
  return static_cast<uint32_t>(valid);
}

}  // namespace

ParseResult<Tokens> tokenize(std::string_view text, size_t limit) {
  if (text.size() > std::min<size_t>(limit, std::numeric_limits<uint32_t>::max())) {
    return std::vector<Problem>{{{}, fmt::format("longer than {} bytes", limit), {}}};
  }
  if (!is_utf8(text)) {
    const uint32_t at = first_invalid(text);
    return std::vector<Problem>{{{at, at + 1}, "not valid UTF-8", {}}};
  }
  return Lexer(text).run();
}

}  // namespace sally::cedar
