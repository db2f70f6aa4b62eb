#include "cedar/syntax/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sally::cedar {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;
constexpr char32_t kLastAscii = 0x7F;
constexpr size_t kMostHexDigits = 6;

struct Range {
  char32_t first;
  char32_t last;
};

// Written as `\u{...}`: controls, invisible characters, those that change the direction of text.
constexpr std::array kHidden{
    Range{0x00, 0x1F},     Range{0x7F, 0xA0},     Range{0xAD, 0xAD},       Range{0x61C, 0x61C},
    Range{0x1680, 0x1680}, Range{0x180E, 0x180E}, Range{0x2000, 0x200F},   Range{0x2028, 0x202F},
    Range{0x205F, 0x206F}, Range{0x3000, 0x3000}, Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},
    Range{0xFFF9, 0xFFFB}, Range{0xE000, 0xF8FF}, Range{0xE0000, 0x10FFFF}};

struct Short {
  char letter;
  char32_t code_point;
};
constexpr std::array kShort{Short{'n', '\n'},  Short{'r', '\r'},  Short{'t', '\t'}, Short{'0', 0},
                            Short{'\\', '\\'}, Short{'\'', '\''}, Short{'"', '"'}};

std::optional<uint32_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  if (lower >= 'a' && lower <= 'f') {
    return lower - 'a' + 10;
  }
  return std::nullopt;
}

// What follows `\x`.
std::optional<char32_t> ascii_escape(std::string_view text) {
  if (text.size() != 2) {
    return std::nullopt;
  }
  const auto high = hex_digit(text[0]);
  const auto low = hex_digit(text[1]);
  if (!high || !low || *high * 16 + *low > kLastAscii) {
    return std::nullopt;
  }
  return *high * 16 + *low;
}

// What follows `\u`, up to `}`.
std::optional<char32_t> unicode_escape(std::string_view text) {
  if (!text.starts_with('{') || !text.ends_with('}')) {
    return std::nullopt;
  }
  char32_t value = 0;
  size_t digits = 0;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (c == '_' && digits > 0) {
      continue;
    }
    const auto digit = hex_digit(c);
    if (!digit || ++digits > kMostHexDigits) {
      return std::nullopt;
    }
    value = value * 16 + *digit;
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (digits == 0 || surrogate || value > kLastCodePoint) {
    return std::nullopt;
  }
  return value;
}

// What follows a backslash, removed from `rest`.
std::optional<char32_t> escape(std::string_view& rest) {
  if (rest.empty()) {
    return std::nullopt;
  }
  const char letter = rest.front();
  rest.remove_prefix(1);
  if (letter == 'x' || letter == 'u') {
    const size_t length = letter == 'x' ? 2 : rest.find('}') + 1;  // npos + 1 is 0
    const std::string_view text = rest.substr(0, length);
    rest.remove_prefix(text.size());
    return letter == 'x' ? ascii_escape(text) : unicode_escape(text);
  }
  const auto* const row = std::ranges::find(kShort, letter, &Short::letter);
  return row == kShort.end() ? std::nullopt : std::optional(row->code_point);
}

// One code point of valid UTF-8, removed from `rest`, which is not empty.
char32_t next_code_point(std::string_view& rest) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(rest[i]); };
  const uint8_t lead = byte(0);
  size_t length = 1;
  char32_t value = lead;
  if (lead >= 0xF0) {
    length = 4;
    value = lead & 0x07U;
  } else if (lead >= 0xE0) {
    length = 3;
    value = lead & 0x0FU;
  } else if (lead >= 0xC0) {
    length = 2;
    value = lead & 0x1FU;
  }
  length = std::min(length, rest.size());
  for (size_t i = 1; i < length; ++i) {
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  rest.remove_prefix(length);
  return value;
}

// Calls `take(code_point, is_escaped_star)` for each; false with `bad` set where an escape is none.
template <typename Take>
bool decode(std::string_view raw, bool is_pattern, BadEscape& bad, Take take) {
  std::string_view rest = raw;
  while (!rest.empty()) {
    const std::string_view start = rest;
    char32_t value = next_code_point(rest);
    bool star = false;
    std::optional<char32_t> read = value;
    if (value == '\\') {
      star = is_pattern && rest.starts_with('*');
      if (star) {
        rest.remove_prefix(1);
        read = U'*';
      } else {
        read = escape(rest);
      }
    } else if (value == '\r') {
      read = std::nullopt;
    }
    if (!read) {
      bad = {static_cast<uint32_t>(start.data() - raw.data()),
             static_cast<uint32_t>(start.size() - rest.size())};
      return false;
    }
    take(*read, star);
  }
  return true;
}

void append_escaped(std::string& out, char32_t code_point) {
  const auto* const row = std::ranges::find(kShort, code_point, &Short::code_point);
  if (row != kShort.end() && code_point != '\'') {
    out += '\\';
    out += row->letter;
  } else if (std::ranges::any_of(kHidden, [&](const Range& range) {
               return code_point >= range.first && code_point <= range.last;
             })) {
    out += fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(code_point));
  } else {
    append_utf8(out, code_point);
  }
}

}  // namespace

void append_utf8(std::string& out, char32_t code_point) {
  const auto continuation = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | (code_point >> 6));
    continuation(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0U | (code_point >> 12));
    continuation(6);
    continuation(0);
  } else {
    out += static_cast<char>(0xF0U | (code_point >> 18));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

std::u32string code_points(std::string_view utf8) {
  std::u32string out;
  while (!utf8.empty()) {
    out += next_code_point(utf8);
  }
  return out;
}

std::optional<std::string> unescape(std::string_view raw, BadEscape& bad) {
  std::string out;
  out.reserve(raw.size());
  if (!decode(raw, false, bad, [&](char32_t value, bool) { append_utf8(out, value); })) {
    return std::nullopt;
  }
  return out;
}

std::optional<Pattern> unescape_pattern(std::string_view raw, BadEscape& bad) {
  Pattern out;
  if (!decode(raw, true, bad, [&](char32_t value, bool escaped_star) {
        out += value == U'*' && !escaped_star ? kWildcard : value;
      })) {
    return std::nullopt;
  }
  return out;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    append_escaped(out, next_code_point(text));
  }
  out += '"';
  return out;
}

std::string quoted(const Pattern& pattern) {
  std::string out = "\"";
  for (const char32_t value : pattern) {
    if (value == kWildcard) {
      out += '*';
    } else if (value == U'*') {
      out += "\\*";
    } else {
      append_escaped(out, value);
    }
  }
  out += '"';
  return out;
}

std::string quoted(const EntityUid& uid) {
  return uid.type + "::" + quoted(std::string_view(uid.id));
}

}  // namespace sally::cedar
