#include "vet/pickle/nested.h"

#include <algorithm>
#include <cstdint>

#include "formats/pickle/opcode.h"

namespace sally::vet::pickle {
namespace {

constexpr size_t kShortest = 8;  // a call needs more

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

bool begins_protocol(std::string_view octets) {
  return octets.size() >= 3 && octets[0] == '\x80' && octets[1] >= 0 && octets[1] <= 5 &&
         formats::kPickleOpcodes[static_cast<unsigned char>(octets[2])].argument !=
             formats::PickleArgument::kNoOpcode;
}

// Whether it begins as a call of protocol 0 does: `cos\nsystem\n`, `(cos\n`, `(S'..'\nios\n`.
bool begins_textual(std::string_view octets) {
  const size_t begin = octets.find_first_not_of('(');
  if (begin > 2) {  // or there is none
    return false;
  }
  const size_t line = octets.find('\n');
  if (line == std::string_view::npos || line == octets.size() - 1) {
    return false;
  }
  const char first = octets[begin];
  if (first == 'c') {
    const std::string_view module = octets.substr(begin + 1, line - begin - 1);
    return !module.empty() && module.find_first_not_of(
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
                                  ".") == std::string_view::npos;
  }
  return begin > 0 && (first == 'S' || first == 'V' || first == 'I' || first == 'd' ||
                       first == 'l' || first == 'i');
}

}  // namespace

NestedKind may_hold_pickle(formats::PickleKind kind, std::string_view head) {
  constexpr std::string_view kFirst = "\x80\xc2(c'\"8g";
  if (head.size() < kShortest || kFirst.find(head[0]) == std::string_view::npos) {
    return NestedKind::kNone;
  }
  // A text may quote a pickle of protocol 0; octets do not.
  if (begins_protocol(head) || (kind != formats::PickleKind::kText && begins_textual(head))) {
    return NestedKind::kRaw;
  }
  if (head.starts_with("\xc2\x80") && begins_protocol(head.substr(1))) {
    return NestedKind::kLatin1;  // octets as protocol 2 writes them
  }
  // A STRING has its quote, and escapes.
  if (kind == formats::PickleKind::kText && (head[0] == '\'' || head[0] == '"')) {
    const std::string_view inner = head.substr(1);
    if (inner.starts_with("\\x80\\x0")) {
      return NestedKind::kEscaped;
    }
    head = inner;
  }
  if (head.starts_with("80") && head[2] == '0' && head[3] >= '0' && head[3] <= '5' &&
      std::ranges::all_of(head.substr(0, kShortest - 1),
                          [](char c) { return hex_digit(c) >= 0; })) {
    return NestedKind::kHex;
  }
  if (head.starts_with("gA") && head[2] >= 'A' && head[2] <= 'X' &&
      std::ranges::all_of(head.substr(0, kShortest - 1),
                          [](char c) { return base64_digit(c) >= 0; })) {
    return NestedKind::kBase64;
  }
  return NestedKind::kNone;
}

std::string undone(NestedKind kind, std::string_view text) {
  if (kind == NestedKind::kLatin1) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      const auto octet = static_cast<unsigned char>(text[i]);
      if ((octet == 0xc2 || octet == 0xc3) && i + 1 < text.size()) {
        out += static_cast<char>((octet & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
      } else {
        out += text[i];
      }
    }
    return out;
  }
  if (kind != NestedKind::kHex && kind != NestedKind::kBase64) {
    return std::string(text);
  }
  const bool hex = kind == NestedKind::kHex;
  const unsigned bits = hex ? 4 : 6;
  std::string out;
  uint32_t held = 0;
  unsigned have = 0;
  for (const char c : text) {
    const int digit = hex ? hex_digit(c) : base64_digit(c);
    if (digit < 0) {
      if (c == '\n' || c == '\r' || c == ' ') {
        continue;
      }
      break;
    }
    held = held << bits | static_cast<uint32_t>(digit);
    have += bits;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>(held >> have & 0xff);
    }
  }
  return out;
}

}  // namespace sally::vet::pickle
