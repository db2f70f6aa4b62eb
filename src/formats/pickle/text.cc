#include "formats/pickle/text.h"

namespace sally::formats {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\v\f";

int digit_of(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'Z') {
    return c - 'A' + 10;
  }
  return 99;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18 & 7));
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// The number of `count` digits at the beginning of `text`; nullopt where there are fewer.
std::optional<uint32_t> hex_of(std::string_view text, size_t count) {
  if (text.size() < count) {
    return std::nullopt;
  }
  uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    const int digit = digit_of(c);
    if (digit > 15) {
      return std::nullopt;
    }
    value = value << 4 | static_cast<uint32_t>(digit);
  }
  return value;
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return '\0';
  }
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('\0'));  // C's reader stops there
  const size_t begin = line.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) {
    return {};
  }
  return line.substr(begin, line.find_last_not_of(kSpaces) - begin + 1);
}

// Digits of `base` with single `_` between.
std::optional<int64_t> digits(std::string_view text, int base, bool negative) {
  if (text.empty() || text.front() == '_' || text.back() == '_') {
    return std::nullopt;
  }
  int64_t value = 0;
  bool underscore = false;
  for (const char c : text) {
    if (c == '_') {
      if (underscore) {
        return std::nullopt;
      }
      underscore = true;
      continue;
    }
    underscore = false;
    const int digit = digit_of(c);
    if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
        __builtin_sub_overflow(value, digit, &value)) {
      return std::nullopt;
    }
  }
  if (negative) {
    return value;
  }
  if (value == INT64_MIN) {
    return std::nullopt;
  }
  return -value;
}

struct Number {
  std::string_view digits;
  int base = 10;
  bool negative = false;
};

// The parts of a line of INT or LONG.
Number number_of(std::string_view line) {
  Number number{.digits = trimmed(line)};
  std::string_view& text = number.digits;
  if (text.ends_with('L')) {
    text.remove_suffix(1);
  }
  number.negative = text.starts_with('-');
  if (number.negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);
    number.base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
    if (number.base != 10) {
      text.remove_prefix(2);
    }
  }
  return number;
}

}  // namespace

std::optional<std::string> unescape_pickle_string(std::string_view line) {
  if (line.size() < 2 || line.front() != line.back() ||
      (line.front() != '\'' && line.front() != '"')) {
    return std::nullopt;
  }
  line = line.substr(1, line.size() - 2);
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
      continue;
    }
    const char c = line[++i];
    if (const char plain = simple_escape(c); plain != '\0') {
      out += plain;
    } else if (c == 'x') {
      const auto value = hex_of(line.substr(i + 1), 2);
      if (!value) {
        return std::nullopt;
      }
      out += static_cast<char>(*value);
      i += 2;
    } else if (c >= '0' && c <= '7') {
      int value = c - '0';
      for (int more = 0;
           more < 2 && i + 1 < line.size() && line[i + 1] >= '0' && line[i + 1] <= '7'; ++more) {
        value = value * 8 + (line[++i] - '0');
      }
      out += static_cast<char>(value);
    } else {
      out += '\\';
      out += c;
    }
  }
  return out;
}

std::string unescape_pickle_unicode(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size() && (line[i + 1] == 'u' || line[i + 1] == 'U')) {
      const size_t count = line[i + 1] == 'u' ? 4 : 8;
      if (const auto code = hex_of(line.substr(i + 2), count)) {
        append_utf8(out, *code);
        i += 1 + count;
        continue;
      }
    }
    append_utf8(out, static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<int64_t> parse_pickle_index(std::string_view line) {
  std::string_view text = trimmed(line);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  return digits(text, 10, negative);
}

std::optional<int64_t> parse_pickle_int(std::string_view line) {
  const Number number = number_of(line);
  return digits(number.digits, number.base, number.negative);
}

bool is_pickle_int(std::string_view line) {
  const Number number = number_of(line);
  bool underscore = true;
  for (const char c : number.digits) {
    if (c == '_' ? underscore : digit_of(c) >= number.base) {
      return false;
    }
    underscore = c == '_';
  }
  return !underscore;
}

int64_t pickle_little(std::string_view octets) {
  uint64_t value = 0;
  for (size_t i = 0; i < octets.size() && i < 8; ++i) {
    value |= static_cast<uint64_t>(static_cast<unsigned char>(octets[i])) << 8 * i;
  }
  if (!octets.empty() && octets.size() < 8 && (octets.back() & 0x80) != 0) {
    value |= ~uint64_t{0} << 8 * octets.size();
  }
  return static_cast<int64_t>(value);
}

}  // namespace sally::formats
