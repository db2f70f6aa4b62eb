// For tests of this folder: protobuf messages, assembled by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sally::vet::model::proto {

inline std::string varint(uint64_t value) {
  std::string out;
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  return out + static_cast<char>(value);
}
inline std::string number(uint32_t field, uint64_t value) {
  return varint(uint64_t{field} << 3) + varint(value);
}
inline std::string text(uint32_t field, std::string_view value) {
  return varint(uint64_t{field} << 3 | 2) + varint(value.size()) + std::string(value);
}

}  // namespace sally::vet::model::proto
