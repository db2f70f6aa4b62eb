// Text encodings: hex, base64 (RFC 4648), base62, percent-decoding, UTF-8 validity.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sally {

std::string to_hex(ByteView bytes);
// Lower or upper case; nothing else.
std::optional<Bytes> from_hex(std::string_view text);

enum class Base64 : uint8_t { kStandard, kUrl };
enum class Padding : uint8_t { kNone, kRequired };
std::string to_base64(ByteView bytes, Base64 alphabet, Padding padding);
// Strict: canonical trailing bits, padding exactly as asked, no white space.
std::optional<Bytes> from_base64(std::string_view text, Base64 alphabet, Padding padding);

// `bytes` as a big-endian number in base 62 (0-9A-Za-z), left-filled with `0` to `width`.
std::string to_base62(ByteView bytes, size_t width);

// RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

// ASCII only: `A` to `a`.
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
// `text` without the spaces and tabs at its ends.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

// CRC-32 (ISO-HDLC), as in zip and in the checksum of an API key.
[[nodiscard]] uint32_t crc32(ByteView bytes);

}  // namespace sally
