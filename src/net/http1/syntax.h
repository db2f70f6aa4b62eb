// The characters of HTTP/1.1, and the fields the protocol itself reads. RFC 9110, 5; RFC 9112, 5.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/inline_name.h"

namespace sally::net::http1 {

// For each byte of a field name its lower-case form, 0 where a name cannot hold it (RFC
// 9110, 5.6.2). An underscore is a token character, but some servers read it as `-`: a request's
// name has none.
extern const std::array<char, 256> kNameBytes;
[[nodiscard]] inline char name_byte(char c) {
  return kNameBytes[static_cast<unsigned char>(c)];
}

// No control character but the tab. Bytes over 0x7f are opaque (`obs-text`).
[[nodiscard]] bool is_field_value(std::string_view text);
// A lower-case field name.
[[nodiscard]] bool is_field_name(std::string_view text);

// Whether the comma-separated list holds `token` (lower case), ignoring case.
[[nodiscard]] bool list_holds(std::string_view list, std::string_view token);

// What a field means to the protocol.
enum class Known : uint8_t {
  kOther,
  kConnection,
  kContentLength,
  kExpect,
  kHopByHop,  // for the next hop only, of no use to us
  kHost,
  kTe,
  kTransferEncoding,
  kUpgrade,
  kWebSocketKey,
  kWebSocketVersion,
  kSingle,  // means nothing to the protocol, but two of it would be read differently by two readers
};

struct KnownField {
  InlineName name;
  Known known;
  bool single;    // twice in one head is refused
  bool consumed;  // not handed on: the protocol writes its own
};

// The row of a lower-case name; one of kOther where there is none.
[[nodiscard]] const KnownField& known_field(std::string_view name);

}  // namespace sally::net::http1
