#include "formats/jinja/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"

namespace sally::formats {
namespace {

constexpr size_t kMostBraces = 200;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool begins_name(char c) {
  return c == '_' || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::optional<uint32_t> hex_of(std::string_view text, size_t from, size_t digits) {
  if (from + digits > text.size()) {
    return std::nullopt;
  }
  uint32_t value = 0;
  for (const char c : text.substr(from, digits)) {
    const char low = to_lower(c);
    if (!is_digit(c) && (low < 'a' || low > 'f')) {
      return std::nullopt;
    }
    value = value * 16 + static_cast<uint32_t>(is_digit(c) ? c - '0' : low - 'a' + 10);
  }
  return value;
}

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | ((point >> 18) & 0x07));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// One escape of Python's, its backslash at `at` of `raw`; returns where it ends.
size_t undo_escape(std::string_view raw, size_t at, std::string& out) {
  const char c = raw[at + 1];
  static constexpr std::string_view kFrom = "abfnrtv\\'\"";
  static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\'\"";
  if (const size_t plain = kFrom.find(c); plain != std::string_view::npos) {
    out += kTo[plain];
    return at + 2;
  }
  if (c == '\n') {
    return at + 2;
  }
  if (c == 'x' || c == 'u' || c == 'U') {
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    if (const auto point = hex_of(raw, at + 2, digits)) {
      append_utf8(out, *point);
      return at + 2 + digits;
    }
  }
  if (c >= '0' && c <= '7') {
    uint32_t value = 0;
    size_t end = at + 1;
    for (; end < raw.size() && end < at + 4 && raw[end] >= '0' && raw[end] <= '7'; ++end) {
      value = value * 8 + static_cast<uint32_t>(raw[end] - '0');
    }
    append_utf8(out, value);
    return end;
  }
  if (c == 'N' && at + 2 < raw.size() && raw[at + 2] == '{') {
    const size_t end = raw.find('}', at);
    if (end != std::string_view::npos) {
      const bool line = equal_ignoring_case(raw.substr(at + 3, end - at - 3), "LOW LINE");
      out += line ? '_' : '\0';
      return end + 1;
    }
  }
  out += '\\';
  return at + 1;
}

std::string undo_escapes(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  size_t at = 0;
  while (at < raw.size()) {
    if (raw[at] == '\\' && at + 1 < raw.size()) {
      at = undo_escape(raw, at, out);
    } else {
      out += raw[at++];
    }
  }
  return out;
}

size_t end_of_number(std::string_view text, size_t from) {
  size_t end = from;
  const auto digits = [&](bool hex) {
    while (end < text.size() &&
           (is_digit(text[end]) || text[end] == '_' ||
            (hex && to_lower(text[end]) >= 'a' && to_lower(text[end]) <= 'f'))) {
      ++end;
    }
  };
  if (text[from] == '0' && from + 1 < text.size() &&
      std::string_view("xob").find(to_lower(text[from + 1])) != std::string_view::npos) {
    end += 2;
    digits(true);
    return end;
  }
  digits(false);
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    ++end;
    digits(false);
  }
  if (end + 1 < text.size() && to_lower(text[end]) == 'e') {
    const size_t sign = text[end + 1] == '-' || text[end + 1] == '+' ? 2 : 1;
    if (end + sign < text.size() && is_digit(text[end + sign])) {
      end += sign;
      digits(false);
    }
  }
  return end;
}

std::string_view operator_at(std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 6> kTwo = {"//", "**", "==", "!=", ">=", "<="};
  for (const std::string_view two : kTwo) {
    if (text.substr(at).starts_with(two)) {
      return two;
    }
  }
  static constexpr std::string_view kOne = "+-*/%~[](){}<>=.:|,;";
  return kOne.find(text[at]) == std::string_view::npos ? std::string_view() : text.substr(at, 1);
}

}  // namespace

Result<JinjaTokens> jinja_tokens(std::string_view text, size_t from, std::string_view close,
                                 size_t most, size_t& work) {
  JinjaTokens out{.tokens = {}, .after = from};
  size_t at = from;
  const auto spent = [&](Error error) {
    work += out.tokens.size() + (std::min(at, text.size()) - from) / 128 + 1;
    return error;
  };
  size_t braces = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (is_space(c)) {
      ++at;
      continue;
    }
    if (braces == 0) {
      const bool trims = (c == '-' || c == '+') && text.substr(at + 1).starts_with(close);
      if (trims || text.substr(at).starts_with(close)) {
        out.tokens.push_back({JinjaTokenKind::kEnd, {}, at});
        out.after = at + close.size() + (trims ? 1 : 0);
        return out;
      }
    }
    if (out.tokens.size() >= most) {
      return spent(Error(ErrorKind::kTooLarge, "a tag has too many parts"));
    }
    if (c == '"' || c == '\'') {
      size_t end = at + 1;
      while (end < text.size() && text[end] != c) {
        end += text[end] == '\\' ? 2 : 1;
      }
      if (end >= text.size()) {
        at = end;
        return spent(Error(ErrorKind::kInvalidInput, "a text has no end"));
      }
      out.tokens.push_back(
          {JinjaTokenKind::kText, undo_escapes(text.substr(at + 1, end - at - 1)), at});
      at = end + 1;
    } else if (begins_name(c)) {
      size_t end = at + 1;
      while (end < text.size() && (begins_name(text[end]) || is_digit(text[end]))) {
        ++end;
      }
      out.tokens.push_back({JinjaTokenKind::kName, std::string(text.substr(at, end - at)), at});
      at = end;
    } else if (is_digit(c)) {
      const size_t end = end_of_number(text, at);
      out.tokens.push_back({JinjaTokenKind::kNumber, std::string(text.substr(at, end - at)), at});
      at = end;
    } else {
      const std::string_view sign = operator_at(text, at);
      if (sign.empty()) {
        return spent(Error(ErrorKind::kInvalidInput, "a character that is none of Jinja's"));
      }
      if (sign == "{" || sign == "[" || sign == "(") {
        if (++braces > kMostBraces) {
          return spent(Error(ErrorKind::kTooLarge, "brackets are too deep"));
        }
      } else if ((sign == "}" || sign == "]" || sign == ")") && braces > 0) {
        --braces;
      }
      out.tokens.push_back({JinjaTokenKind::kOperator, std::string(sign), at});
      at += sign.size();
    }
  }
  return spent(Error(ErrorKind::kInvalidInput, fmt::format("a tag has no `{}`", close)));
}

}  // namespace sally::formats
