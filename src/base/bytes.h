// Bytes: octets, and the two views of them that the project uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sally {

using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline const uint8_t* as_u8(ByteView bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
inline uint8_t* as_u8(MutableBytes bytes) {
  return reinterpret_cast<uint8_t*>(bytes.data());
}

}  // namespace sally
