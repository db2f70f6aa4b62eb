#include "ledger/event_text.h"

#include <algorithm>

#include "base/check.h"
#include "base/encoding.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kCut = "\xE2\x80\xA6";

// How many octets the character at the front of `text` has; 0 where it is none.
size_t character_at(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return size <= text.size() && is_utf8(text.substr(0, size)) ? size : 0;
}

// The code point of a valid character of up to 3 octets; those of 4 are never escaped.
uint32_t code_point(std::string_view character) {
  const auto octet = [character](size_t i) { return uint32_t{static_cast<uint8_t>(character[i])}; };
  switch (character.size()) {
    case 1:
      return octet(0);
    case 2:
      return (octet(0) & 0x1F) << 6 | (octet(1) & 0x3F);
    case 3:
      return (octet(0) & 0x0F) << 12 | (octet(1) & 0x3F) << 6 | (octet(2) & 0x3F);
    default:
      return 0x10000;
  }
}

// Controls, and what changes how the text around it is shown.
bool is_unshowable(uint32_t c) {
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  constexpr Range kRanges[] = {
      {0x00, 0x1F},     {0x7F, 0x9F},      // C0, DEL, C1
      {0x061C, 0x061C}, {0x200E, 0x200F},  // marks of direction
      {0x2028, 0x202E},                    // line and paragraph ends, embeddings, overrides
      {0x2066, 0x2069}, {0xFEFF, 0xFEFF},  // isolates; byte order mark
  };
  return std::ranges::any_of(
      kRanges, [c](const Range& range) { return range.first <= c && c <= range.last; });
}

char* put(char* to, std::string_view text) {
  return std::copy(text.begin(), text.end(), to);
}

// `\u` and the four digits of a character that is_unshowable.
char* put_escape(char* to, uint32_t code) {
  to = put(to, "\\u");
  for (const int shift : {12, 8, 4, 0}) {
    *to++ = kHex[code >> shift & 0xF];
  }
  return to;
}

}  // namespace

char* put_text_slowly(char* to, std::string_view text, size_t most) {
  SALLY_CHECK(most >= 4);
  const bool cut = text.size() > most;
  if (cut) {
    size_t keep = most - kCut.size();
    while (keep > 0 && (static_cast<uint8_t>(text[keep]) & 0xC0) == 0x80) {
      --keep;
    }
    text = text.substr(0, keep);
  }
  *to++ = '"';
  while (!text.empty()) {
    const size_t size = character_at(text);
    const std::string_view character = text.substr(0, size);
    const uint32_t code = size == 0 ? 0 : code_point(character);
    if (size == 0) {
      to = put(to, kReplacement);
    } else if (code == '"' || code == '\\') {
      *to++ = '\\';
      *to++ = static_cast<char>(code);
    } else if (code == '\n') {
      to = put(to, "\\n");
    } else if (is_unshowable(code)) {
      to = put_escape(to, code);
    } else {
      to = put(to, character);
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  if (cut) {
    to = put(to, kCut);
  }
  *to++ = '"';
  return to;
}

std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t size = character_at(text);
    const std::string_view character = text.substr(0, size);
    if (size == 0) {
      out += kReplacement;
    } else if (const uint32_t code = code_point(character); is_unshowable(code)) {
      char escape[kEscapedBytes];
      put_escape(escape, code);
      out.append(escape, sizeof escape);
    } else {
      out += character;
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

}  // namespace sally::ledger
