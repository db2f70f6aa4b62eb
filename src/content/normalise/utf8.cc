#include "content/normalise/utf8.h"

#include <bit>
#include <cstring>

namespace sally::content {

size_t find_non_ascii(std::string_view text, size_t from) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  constexpr size_t kBlock = 64;
  const auto word = [&](size_t at) {
    uint64_t value = 0;
    std::memcpy(&value, text.data() + at, sizeof value);
    return value;
  };
  // Blocks whose loads the compiler makes into vectors; then words; then octets.
  for (; from + kBlock <= text.size(); from += kBlock) {
    uint64_t all = 0;
    for (size_t i = 0; i < kBlock; i += sizeof all) {
      all |= word(from + i);
    }
    if ((all & kHighBits) != 0) {
      break;
    }
  }
  for (; from + sizeof(uint64_t) <= text.size(); from += sizeof(uint64_t)) {
    if ((word(from) & kHighBits) != 0) {
      break;
    }
  }
  while (from < text.size() && static_cast<uint8_t>(text[from]) < 0x80) {
    ++from;
  }
  return from;
}

}  // namespace sally::content
