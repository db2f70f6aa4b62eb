#include "formats/python/tokens.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace sally::formats {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<signed char>(c) < 0;
}
bool is_name_octet(char c) {
  return is_name_start(c) || is_digit(c);
}
bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

// The longest first.
constexpr std::array<std::string_view, 24> kOperators = {
    "**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "==", "<=", ">=", "**",
    "//",  ">>",  "<<",  "+=",  "-=",  "*=", "/=", "%=", "&=", "|=", "^=", "@="};

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const PythonLimits& limits) : text_(text), limits_(limits) {}

  PythonTokens run() {
    if (text_.size() > limits_.bytes) {
      out_.problem = "the file is too large";
      return std::move(out_);
    }
    if (text_.starts_with("\xEF\xBB\xBF")) {
      at_ = 3;
    }
    find_encoding();
    while (at_ < text_.size() && !out_.problem) {
      step();
      if (out_.tokens.size() > limits_.tokens) {
        out_.problem = "the file has too many tokens";
      }
    }
    if (!fstrings_.empty() && !out_.problem) {
      out_.problem = "a text is not closed";
    }
    end_line();
    for (; indents_.size() > 1; indents_.pop_back()) {
      add(PythonToken::Kind::kDedent, at_, 0);
    }
    return std::move(out_);
  }

 private:
  // An f-string that is being read.
  struct FString {
    char quote;
    bool triple;
    bool raw;
    bool in_expression = false;
    size_t depth = 0;       // of brackets where its expression began
    size_t spec_depth = 0;  // expressions within format specifications within it
    bool in_spec = false;
  };

  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  // Python ends lines with `\n`, `\r\n` or `\r`.
  [[nodiscard]] size_t line_end(size_t at) const {
    return std::min(text_.find_first_of("\r\n", at), text_.size());
  }

  void add(PythonToken::Kind kind, size_t begin, size_t length) {
    out_.tokens.push_back(
        {.kind = kind, .line = token_line_, .offset = begin, .text = text_.substr(begin, length)});
  }

  void end_line() {
    token_line_ = line_;
    if (!out_.tokens.empty() && out_.tokens.back().kind != PythonToken::Kind::kNewline &&
        out_.tokens.back().kind != PythonToken::Kind::kIndent &&
        out_.tokens.back().kind != PythonToken::Kind::kDedent) {
      add(PythonToken::Kind::kNewline, at_, 0);
    }
  }

  // PEP 263: a comment on one of the first two lines.
  void find_encoding() {
    size_t at = at_;
    for (int line = 0; line < 2 && at < text_.size(); ++line) {
      const size_t end = line_end(at);
      std::string_view one = text_.substr(at, end - at);
      while (!one.empty() && is_blank(one.front())) {
        one.remove_prefix(1);
      }
      if (one.starts_with('#')) {
        out_.encoding = declared_encoding(one);
        if (!out_.encoding.empty()) {
          return;
        }
      } else if (!one.empty()) {
        return;
      }
      at = end + (text_.substr(end, 2) == "\r\n" ? 2 : 1);
    }
  }

  // `coding:` or `coding=` anywhere in a comment, and what follows; empty: there is none.
  static std::string_view declared_encoding(std::string_view comment) {
    constexpr std::string_view kWord = "coding";
    for (size_t at = comment.find(kWord); at != std::string_view::npos;
         at = comment.find(kWord, at + 1)) {
      std::string_view rest = comment.substr(at + kWord.size());
      if (!rest.starts_with(':') && !rest.starts_with('=')) {
        continue;
      }
      rest.remove_prefix(1);
      while (rest.starts_with(' ') || rest.starts_with('\t')) {
        rest.remove_prefix(1);
      }
      const auto is_part = [](char c) {
        return is_digit(c) || (is_name_start(c) && static_cast<signed char>(c) > 0) || c == '-' ||
               c == '.';
      };
      const auto length =
          static_cast<size_t>(std::ranges::find_if_not(rest, is_part) - rest.begin());
      if (length > 0) {
        return rest.substr(0, length);
      }
    }
    return {};
  }

  void step() {
    token_line_ = line_;
    if (!fstrings_.empty() && !fstrings_.back().in_expression) {
      fstring_text();
      return;
    }
    if (line_start_ && fstrings_.empty()) {
      if (begin_line()) {
        return;
      }
    }
    const char c = peek();
    if (is_blank(c)) {
      ++at_;
    } else if (c == '#') {
      const size_t end = line_end(at_);
      out_.comments.push_back({.line = line_, .text = text_.substr(at_, end - at_)});
      at_ = end;
    } else if (c == '\n' || c == '\r') {
      newline();
    } else if (c == '\\' && (peek(1) == '\n' || peek(1) == '\r')) {
      at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      ++line_;
    } else if (is_name_start(c)) {
      name();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (c == '"' || c == '\'') {
      string(at_);
    } else {
      sign();
    }
  }

  void newline() {
    if (peek() == '\r' && peek(1) == '\n') {
      ++at_;
    }
    if (depth_ == 0 && fstrings_.empty()) {
      end_line();
      line_start_ = true;
    }
    ++at_;
    ++line_;
  }

  // The indentation of a line. True: the line is blank, a comment or a magic.
  bool begin_line() {
    size_t column = 0;
    size_t at = at_;
    for (; at < text_.size() && is_blank(text_[at]); ++at) {
      constexpr size_t kTab = 8;
      column = text_[at] == ' ' ? column + 1 : text_[at] == '\t' ? (column / kTab + 1) * kTab : 0;
    }
    at_ = at;
    line_start_ = false;
    const char c = peek();
    if (c == '#' || c == '\n' || c == '\r' || at_ >= text_.size()) {
      return c != '\0' ? false : at_ >= text_.size();
    }
    if (c == '!' || (c == '%' && (is_name_start(peek(1)) || peek(1) == '%'))) {
      const size_t end = line_end(at_);
      add(PythonToken::Kind::kMagic, at_, end - at_);
      add(PythonToken::Kind::kNewline, end, 0);
      at_ = end;
      return true;
    }
    if (column > indents_.back() && indents_.size() < kMostIndents) {
      indents_.push_back(column);
      add(PythonToken::Kind::kIndent, at_, 0);
    }
    while (column < indents_.back()) {
      indents_.pop_back();
      add(PythonToken::Kind::kDedent, at_, 0);
    }
    return false;
  }

  void name() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_name_octet(text_[at_])) {
      ++at_;
    }
    const std::string_view word = text_.substr(begin, at_ - begin);
    constexpr size_t kMostPrefix = 2;
    if ((peek() == '"' || peek() == '\'') && word.size() <= kMostPrefix &&
        word.find_first_not_of("rRbBuUfFtT") == std::string_view::npos) {
      string(begin);
      return;
    }
    add(PythonToken::Kind::kName, begin, word.size());
  }

  void number() {
    const size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool sign = (c == '+' || c == '-') && at_ > begin &&
                        (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') && is_digit(peek(1)) &&
                        text_.substr(begin, 2) != "0x" && text_.substr(begin, 2) != "0X";
      if (!is_name_octet(c) && c != '.' && !sign) {
        break;
      }
      ++at_;
    }
    add(PythonToken::Kind::kNumber, begin, at_ - begin);
  }

  // A text whose prefix begins at `begin` and whose quote is next.
  void string(size_t begin) {
    const std::string_view prefix = text_.substr(begin, at_ - begin);
    const char quote = peek();
    const bool triple = peek(1) == quote && peek(2) == quote;
    const bool computed = prefix.find_first_of("fFtT") != std::string_view::npos;
    const bool raw = prefix.find_first_of("rR") != std::string_view::npos;
    at_ += triple ? 3 : 1;
    if (computed) {
      if (fstrings_.size() >= limits_.nesting) {
        out_.problem = "texts within texts, too deep";
        return;
      }
      add(PythonToken::Kind::kFStart, begin, at_ - begin);
      fstrings_.push_back({.quote = quote, .triple = triple, .raw = raw});
      return;
    }
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        line_ += text_[at_ + 1] == '\n' ? 1 : 0;
        at_ += 2;
        continue;
      }
      if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        add(PythonToken::Kind::kString, begin, at_ - begin);
        return;
      }
      if (c == '\n' || (c == '\r' && peek(1) != '\n')) {
        if (!triple) {
          break;  // not closed: the line ends it
        }
        ++line_;
      }
      ++at_;
    }
    at_ = std::min(at_, text_.size());
    add(PythonToken::Kind::kString, begin, at_ - begin);
    if (triple) {
      out_.problem = "a text is not closed";
    }
  }

  // The text of an f-string up to an expression or its end.
  void fstring_text() {
    FString& f = fstrings_.back();
    const size_t begin = at_;
    const auto flush = [&] {
      if (at_ > begin) {
        add(PythonToken::Kind::kFMiddle, begin, at_ - begin);
      }
    };
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && !f.raw && at_ + 1 < text_.size() && !f.in_spec) {
        line_ += text_[at_ + 1] == '\n' ? 1 : 0;
        // `\{` is a backslash and an expression; `\N{...}` is none.
        if (text_[at_ + 1] == 'N' && peek(2) == '{') {
          at_ = std::min(text_.find('}', at_), text_.size());
        } else {
          at_ += text_[at_ + 1] == '{' || text_[at_ + 1] == '}' ? 1 : 2;
        }
        continue;
      }
      if (c == '{' && peek(1) == '{' && !f.in_spec) {
        at_ += 2;
        continue;
      }
      if (c == '}' && peek(1) == '}' && !f.in_spec) {
        at_ += 2;
        continue;
      }
      if (c == '{') {
        flush();
        add(PythonToken::Kind::kOperator, at_, 1);
        ++at_;
        f.in_expression = true;
        f.spec_depth += f.in_spec ? 1 : 0;
        f.in_spec = false;
        f.depth = depth_;
        return;
      }
      if (c == '}' && f.in_spec) {
        flush();
        add(PythonToken::Kind::kOperator, at_, 1);
        ++at_;
        f.in_spec = f.spec_depth > 0;
        f.spec_depth -= f.in_spec ? 1 : 0;
        return;
      }
      if (c == f.quote && (!f.triple || (peek(1) == f.quote && peek(2) == f.quote))) {
        flush();
        const size_t length = f.triple ? 3 : 1;
        add(PythonToken::Kind::kFEnd, at_, length);
        at_ += length;
        fstrings_.pop_back();
        return;
      }
      if (c == '\n' || (c == '\r' && peek(1) != '\n')) {
        if (!f.triple) {
          flush();
          add(PythonToken::Kind::kFEnd, at_, 0);
          fstrings_.pop_back();
          return;
        }
        ++line_;
      }
      ++at_;
    }
    flush();
    out_.problem = "a text is not closed";
  }

  void sign() {
    const char c = peek();
    if (!fstrings_.empty() && fstrings_.back().depth == depth_) {
      FString& f = fstrings_.back();
      if (c == '}') {
        add(PythonToken::Kind::kOperator, at_, 1);
        ++at_;
        f.in_expression = false;
        f.in_spec = f.spec_depth > 0;
        f.spec_depth -= f.in_spec ? 1 : 0;
        return;
      }
      if (c == ':') {
        add(PythonToken::Kind::kOperator, at_, 1);
        ++at_;
        f.in_expression = false;
        f.in_spec = true;
        return;
      }
    }
    for (const std::string_view sign : kOperators) {
      if (text_.substr(at_).starts_with(sign)) {
        add(PythonToken::Kind::kOperator, at_, sign.size());
        at_ += sign.size();
        return;
      }
    }
    if (c == '(' || c == '[' || c == '{') {
      ++depth_;
    } else if ((c == ')' || c == ']' || c == '}') && depth_ > 0 &&
               (fstrings_.empty() || depth_ > fstrings_.back().depth)) {
      --depth_;
    }
    add(PythonToken::Kind::kOperator, at_, 1);
    ++at_;
  }

  static constexpr size_t kMostIndents = 1'000;

  std::string_view text_;
  const PythonLimits& limits_;
  PythonTokens out_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t token_line_ = 1;
  size_t depth_ = 0;
  bool line_start_ = true;
  std::vector<size_t> indents_ = {0};
  std::vector<FString> fstrings_;
};

// The octets of the character at `at` and what it is; of what is no UTF-8 one octet.
uint32_t character(std::string_view text, size_t at, size_t& length) {
  const auto octet = [&](size_t i) {
    return at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : uint8_t{0};
  };
  const uint8_t first = octet(0);
  length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  uint32_t value = length == 1 ? first : first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    value = value << 6 | (octet(i) & 0x3FU);
  }
  return value;
}

}  // namespace

PythonTokens tokenize_python(std::string_view text, const PythonLimits& limits) {
  return Tokenizer(text, limits).run();
}

std::string python_name(std::string_view written) {
  if (std::ranges::all_of(written, [](char c) { return static_cast<signed char>(c) >= 0; })) {
    return std::string(written);
  }
  std::string out;
  for (size_t at = 0; at < written.size();) {
    size_t length = 1;
    const uint32_t c = character(written, at, length);
    constexpr uint32_t kLetters = 26;
    if (c >= 0x1D400 && c < 0x1D6A4) {  // 13 alphabets of 52 letters
      const uint32_t letter = (c - 0x1D400) % (2 * kLetters);
      out += static_cast<char>(letter < kLetters ? 'A' + letter : 'a' + letter - kLetters);
    } else if (c >= 0x1D7CE && c <= 0x1D7FF) {
      out += static_cast<char>('0' + (c - 0x1D7CE) % 10);
    } else if ((c >= 0xFF21 && c <= 0xFF3A) || (c >= 0xFF41 && c <= 0xFF5A) || c == 0xFF3F ||
               (c >= 0xFF10 && c <= 0xFF19)) {
      out += static_cast<char>(c - 0xFEE0);
    } else {
      out += written.substr(at, length);
    }
    at += length;
  }
  return out;
}

std::string python_string(std::string_view literal) {
  const size_t quote_at = literal.find_first_of("'\"");
  if (quote_at == std::string_view::npos) {
    return std::string(literal);
  }
  const bool raw = literal.substr(0, quote_at).find_first_of("rR") != std::string_view::npos;
  const char quote = literal[quote_at];
  std::string_view body = literal.substr(quote_at);
  const size_t quotes = body.size() >= 6 && body[1] == quote && body[2] == quote ? 3 : 1;
  body.remove_prefix(std::min(quotes, body.size()));
  if (body.size() >= quotes && body.ends_with(quote)) {
    body.remove_suffix(quotes);
  }
  if (raw || body.find('\\') == std::string_view::npos) {
    return std::string(body);
  }
  std::string out;
  const auto number = [&](size_t& at, size_t most, int base) {
    uint32_t value = 0;
    for (size_t i = 0; i < most && at < body.size(); ++i, ++at) {
      const char c = to_lower(body[at]);
      const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;
      if (digit >= base) {
        break;
      }
      value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(digit);
    }
    return value;
  };
  for (size_t at = 0; at < body.size();) {
    const char c = body[at++];
    if (c != '\\' || at >= body.size()) {
      out += c;
      continue;
    }
    const char escaped = body[at++];
    constexpr std::string_view kSigns = "abfnrtv\\'\"";
    constexpr std::string_view kMeant = "\a\b\f\n\r\t\v\\'\"";
    if (const size_t sign = kSigns.find(escaped); sign != std::string_view::npos) {
      out += kMeant[sign];
    } else if (escaped == '\n') {
      continue;
    } else if (escaped == 'x' || escaped == 'u' || escaped == 'U') {
      const uint32_t value = number(at, escaped == 'x' ? 2 : escaped == 'u' ? 4 : 8, 16);
      // Only what may hide a name matters.
      out += value < 0x80 ? std::string(1, static_cast<char>(value)) : std::string("?");
    } else if (escaped >= '0' && escaped <= '7') {
      --at;
      const uint32_t value = number(at, 3, 8);
      out += value < 0x80 ? static_cast<char>(value) : '?';
    } else {
      out += '\\';
      out += escaped;
    }
  }
  return out;
}

}  // namespace sally::formats
