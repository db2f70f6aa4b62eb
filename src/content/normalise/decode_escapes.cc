// Characters written by their numbers: percent, entities, backslashes, quoted-printable.
#include <algorithm>
#include <optional>
#include <string>

#include "content/normalise/decoder.h"
#include "content/normalise/utf8.h"

namespace sally::content {

namespace {

// One escape: how many octets it takes and what it stands for.
struct Escape {
  size_t taken = 0;
  std::string made;
};

struct EntityRow {
  std::string_view name;
  std::string_view text;
};
constexpr EntityRow kEntities[] = {
#define SALLY_ENTITY(name, text) {name, text},
#include "content/normalise/entities.def"
#undef SALLY_ENTITY
};
constexpr size_t kMaxEntityName = 16;
constexpr size_t kMinQuotedPrintable = 3;

// A number of `least` to `most` digits at `at`; the base is 8, 10 or 16.
struct Number {
  size_t digits = 0;
  uint32_t value = 0;
};
Number number_at(std::string_view text, size_t at, uint32_t base, size_t most) {
  Number number;
  while (number.digits < most && at + number.digits < text.size()) {
    const int digit = hex_value(text[at + number.digits]);
    if (digit < 0 || static_cast<uint32_t>(digit) >= base) {
      break;
    }
    number.value = std::min(number.value * base + static_cast<uint32_t>(digit), 0x110000U);
    ++number.digits;
  }
  return number;
}

// UTF-8 of a scalar value; nothing for what is none.
std::string utf8_of(uint32_t code) {
  std::string made;
  if (code < 0x110000 && (code < 0xD800 || code > 0xDFFF)) {
    append_utf8(made, code);
  }
  return made;
}

std::optional<Escape> percent_at(std::string_view text, size_t at) {
  const Number number = number_at(text, at + 1, 16, 2);
  if (number.digits != 2) {
    return std::nullopt;
  }
  return Escape{3, std::string(1, static_cast<char>(number.value))};
}

std::optional<Escape> entity_at(std::string_view text, size_t at) {
  if (at + 2 < text.size() && text[at + 1] == '#') {
    const bool hex = (text[at + 2] | 0x20) == 'x';
    const size_t begin = at + (hex ? 3 : 2);
    constexpr size_t kMostDigits = 10;  // leading zeros too
    const Number number = number_at(text, begin, hex ? 16 : 10, kMostDigits);
    if (number.digits == 0) {
      return std::nullopt;
    }
    const size_t end = begin + number.digits;
    const bool closed = end < text.size() && text[end] == ';';
    return Escape{end + (closed ? 1 : 0) - at, utf8_of(number.value)};
  }
  const std::string_view rest = text.substr(at + 1, kMaxEntityName);
  const std::string_view name = rest.substr(0, rest.find(';'));
  if (name.size() == rest.size()) {
    return std::nullopt;
  }
  for (const EntityRow& row : kEntities) {
    if (row.name == name) {
      return Escape{name.size() + 2, std::string(row.text)};
    }
  }
  return std::nullopt;
}

// \u0041, with a second one where two are a surrogate pair; \u{41}; \U00000041; \x41; \101.
std::optional<Escape> backslash_at(std::string_view text, size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  if (kind == 'x') {
    const Number number = number_at(text, at + 2, 16, 2);
    return number.digits == 2
               ? std::optional(Escape{4, std::string(1, static_cast<char>(number.value))})
               : std::nullopt;
  }
  if (kind == 'U') {
    const Number number = number_at(text, at + 2, 16, 8);
    return number.digits == 8 ? std::optional(Escape{10, utf8_of(number.value)}) : std::nullopt;
  }
  if (kind == 'u' && at + 2 < text.size() && text[at + 2] == '{') {
    const Number number = number_at(text, at + 3, 16, 6);
    const size_t end = at + 3 + number.digits;
    return number.digits > 0 && end < text.size() && text[end] == '}'
               ? std::optional(Escape{end + 1 - at, utf8_of(number.value)})
               : std::nullopt;
  }
  if (kind == 'u') {
    const Number high = number_at(text, at + 2, 16, 4);
    if (high.digits != 4) {
      return std::nullopt;
    }
    if (high.value >= 0xD800 && high.value < 0xDC00 && text.substr(at + 6).starts_with("\\u")) {
      const Number low = number_at(text, at + 8, 16, 4);
      if (low.digits == 4 && low.value >= 0xDC00 && low.value < 0xE000) {
        return Escape{12, utf8_of(0x10000 + ((high.value - 0xD800) << 10) + low.value - 0xDC00)};
      }
    }
    return Escape{6, utf8_of(high.value)};
  }
  const Number octal = number_at(text, at + 1, 8, 3);
  return octal.digits == 3 && octal.value < 0x100
             ? std::optional(Escape{4, std::string(1, static_cast<char>(octal.value))})
             : std::nullopt;
}

std::optional<Escape> quoted_printable_at(std::string_view text, size_t at) {
  const auto is_digit = [&](size_t i) {
    return i < text.size() && hex_value(text[i]) >= 0 && (text[i] < 'a' || text[i] > 'f');
  };
  if (is_digit(at + 1) && is_digit(at + 2)) {
    return Escape{3, std::string(1, static_cast<char>(number_at(text, at + 1, 16, 2).value))};
  }
  if (text.substr(at + 1).starts_with("\r\n")) {
    return Escape{3, ""};
  }
  if (text.substr(at + 1).starts_with('\n')) {
    return Escape{2, ""};
  }
  return std::nullopt;
}

template <typename At>
void decode_all(DecodedText& out, char sign, At escape_at) {
  const std::string_view text = out.text();
  for (size_t at = text.find(sign); at < text.size() && !out.is_full(); at = text.find(sign, at)) {
    if (const auto escape = escape_at(text, at)) {
      out.go_to(at);
      out.put(escape->taken, escape->made);
      at += escape->taken;
    } else {
      ++at;
    }
  }
}

}  // namespace

void decode_percent(DecodedText& out) {
  decode_all(out, '%', percent_at);
}

void decode_entities(DecodedText& out) {
  decode_all(out, '&', entity_at);
}

void decode_escapes(DecodedText& out) {
  decode_all(out, '\\', backslash_at);
}

void decode_quoted_printable(DecodedText& out) {
  const std::string_view text = out.text();
  size_t found = 0;
  for (size_t at = text.find('='); at < text.size() && found < kMinQuotedPrintable;
       at = text.find('=', at + 1)) {
    found += quoted_printable_at(text, at) ? 1 : 0;
  }
  if (found == kMinQuotedPrintable) {
    decode_all(out, '=', quoted_printable_at);
  }
}

}  // namespace sally::content
