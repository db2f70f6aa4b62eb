#include "ledger/crc32c.h"

#include <array>
#include <cstring>

namespace sally::ledger {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    }
    table[i] = value;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
// The instruction takes three cycles and one can begin in each, so that three parts of the bytes
// are taken side by side. A part's checksum joins the next one's as if it had been taken on over
// the zeros that stand for it: a linear map, here by the bytes of its argument.
using ShiftTable = std::array<std::array<uint32_t, 256>, sizeof(uint32_t)>;

constexpr ShiftTable make_shift(size_t part) {
  ShiftTable shift{};
  for (size_t byte = 0; byte < shift.size(); ++byte) {
    std::array<uint32_t, 256>& table = shift[byte];
    for (size_t bit = 0; bit < 8; ++bit) {
      uint32_t crc = uint32_t{1} << (8 * byte + bit);
      for (size_t i = 0; i < part; ++i) {
        crc = (crc >> 8) ^ kTable[crc & 0xFF];
      }
      table[size_t{1} << bit] = crc;
    }
    for (size_t i = 0; i < table.size(); ++i) {
      table[i] = table[i & (i - 1)] ^ table[i & ~(i - 1)];
    }
  }
  return shift;
}
template <size_t kPart>
constexpr ShiftTable kShift = make_shift(kPart);

template <size_t kPart>
uint64_t shift(uint64_t crc) {
  const ShiftTable& by = kShift<kPart>;
  return by[0][crc & 0xFF] ^ by[1][crc >> 8 & 0xFF] ^ by[2][crc >> 16 & 0xFF] ^
         by[3][crc >> 24 & 0xFF];
}

uint64_t word_at(const std::byte* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Takes as many times three parts as there are.
template <size_t kPart>
[[gnu::target("sse4.2")]] uint64_t take_parts(ByteView& bytes, uint64_t crc) {
  for (; bytes.size() >= 3 * kPart; bytes = bytes.subspan(3 * kPart)) {
    const std::byte* at = bytes.data();
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < kPart; i += sizeof(uint64_t)) {
      crc = __builtin_ia32_crc32di(crc, word_at(at + i));
      second = __builtin_ia32_crc32di(second, word_at(at + kPart + i));
      third = __builtin_ia32_crc32di(third, word_at(at + 2 * kPart + i));
    }
    crc = shift<kPart>(shift<kPart>(crc) ^ second) ^ third;
  }
  return crc;
}

[[gnu::target("sse4.2")]] uint32_t crc32c_sse(ByteView bytes, uint32_t seed) {
  uint64_t crc = ~seed;
  crc = take_parts<256>(bytes, crc);  // of a page
  crc = take_parts<64>(bytes, crc);   // of an event
  const std::byte* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= sizeof(uint64_t); left -= sizeof(uint64_t), at += sizeof(uint64_t)) {
    crc = __builtin_ia32_crc32di(crc, word_at(at));
  }
  auto narrow = static_cast<uint32_t>(crc);
  for (; left > 0; --left, ++at) {
    narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  }
  return ~narrow;
}
#endif

}  // namespace

uint32_t crc32c_portable(ByteView bytes, uint32_t seed) {
  uint32_t crc = ~seed;
  for (const std::byte b : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint32_t>(b)) & 0xFF];
  }
  return ~crc;
}

uint32_t crc32c(ByteView bytes, uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) {
    return crc32c_sse(bytes, seed);
  }
#endif
  return crc32c_portable(bytes, seed);
}

}  // namespace sally::ledger
