#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace sally {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kStandardAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// [k][i]: what the byte `i` does to a checksum with `k` bytes behind it, so that four are taken in
// one step.
constexpr std::array<std::array<uint32_t, 256>, 4> make_crc_tables() {
  std::array<std::array<uint32_t, 256>, 4> tables{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    }
    tables[0][i] = value;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t i = 0; i < 256; ++i) {
      const uint32_t before = tables[k - 1][i];
      tables[k][i] = tables[0][before & 0xFF] ^ (before >> 8);
    }
  }
  return tables;
}
constexpr auto kCrcTables = make_crc_tables();

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte octet : bytes) {
    const auto value = std::to_integer<unsigned>(octet);
    out += kHex[value >> 4];
    out += kHex[value & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Bytes out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

std::string to_base64(ByteView bytes, Base64 alphabet, Padding padding) {
  const std::string_view table = alphabet == Base64::kUrl ? kUrlAlphabet : kStandardAlphabet;
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  uint32_t bits = 0;
  int count = 0;
  for (const std::byte octet : bytes) {
    bits = (bits << 8) | std::to_integer<uint32_t>(octet);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += table[(bits >> count) & 63];
    }
  }
  if (count > 0) {
    out += table[(bits << (6 - count)) & 63];
  }
  while (padding == Padding::kRequired && out.size() % 4 != 0) {
    out += '=';
  }
  return out;
}

std::optional<Bytes> from_base64(std::string_view text, Base64 alphabet, Padding padding) {
  const std::string_view table = alphabet == Base64::kUrl ? kUrlAlphabet : kStandardAlphabet;
  if (padding == Padding::kRequired) {
    if (text.size() % 4 != 0) {
      return std::nullopt;
    }
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
      text.remove_suffix(1);
    }
  }
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = table.find(c);
    if (value == std::string_view::npos) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<std::byte>(bits >> count));
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) {
    return std::nullopt;
  }
  return out;
}

std::string to_base62(ByteView bytes, size_t width) {
  std::vector<unsigned> number;
  number.reserve(bytes.size());
  for (const std::byte octet : bytes) {
    number.push_back(std::to_integer<unsigned>(octet));
  }
  std::string out;
  while (std::any_of(number.begin(), number.end(), [](unsigned d) { return d != 0; })) {
    unsigned remainder = 0;
    for (unsigned& digit : number) {
      const unsigned value = remainder * 256 + digit;
      digit = value / 62;
      remainder = value % 62;
    }
    out += kBase62[remainder];
  }
  while (out.size() < width) {
    out += '0';
  }
  std::reverse(out.begin(), out.end());
  return out;
}

bool is_utf8(std::string_view text) {
  size_t i = 0;
  const auto at = [&](size_t k) { return static_cast<uint8_t>(text[k]); };
  while (i < text.size()) {
    const uint8_t lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > text.size()) {
      return false;
    }
    const uint8_t second = at(i + 1);
    const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) {
      return false;
    }
    for (size_t k = 2; k < length; ++k) {
      if ((at(i + k) & 0xC0) != 0x80) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return to_lower(x) == to_lower(y);
         });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

uint32_t crc32(ByteView bytes) {
  uint32_t value = 0xFFFFFFFFU;
  const auto octet = [&](size_t i) { return std::to_integer<uint32_t>(bytes[i]); };
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
    value ^= octet(0) | octet(1) << 8 | octet(2) << 16 | octet(3) << 24;
    value = kCrcTables[3][value & 0xFF] ^ kCrcTables[2][value >> 8 & 0xFF] ^
            kCrcTables[1][value >> 16 & 0xFF] ^ kCrcTables[0][value >> 24];
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    value = kCrcTables[0][(value ^ octet(i)) & 0xFF] ^ (value >> 8);
  }
  return value ^ 0xFFFFFFFFU;
}

}  // namespace sally
