#include "content/personal/keccak.h"

#include <bit>

#include "base/check.h"

namespace sally::content::personal {
namespace {

constexpr size_t kRate = 136;

// The Keccak reference, version 3.0: 24 rounds over 25 lanes.
void permute(std::array<uint64_t, 25>& state) {
  uint8_t lfsr = 1;
  for (int round = 0; round < 24; ++round) {
    std::array<uint64_t, 5> column{};
    for (size_t x = 0; x < 5; ++x) {
      column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
    }
    for (size_t x = 0; x < 5; ++x) {
      const uint64_t theta = column[(x + 4) % 5] ^ std::rotl(column[(x + 1) % 5], 1);
      for (size_t y = 0; y < 25; y += 5) {
        state[x + y] ^= theta;
      }
    }
    size_t x = 1;
    size_t y = 0;
    uint64_t lane = state[1];
    for (int t = 0; t < 24; ++t) {
      const size_t next = (2 * x + 3 * y) % 5;
      x = y;
      y = next;
      const uint64_t kept = state[x + 5 * y];
      state[x + 5 * y] = std::rotl(lane, static_cast<int>((t + 1) * (t + 2) / 2 % 64));
      lane = kept;
    }
    for (size_t row = 0; row < 25; row += 5) {
      const std::array<uint64_t, 5> kept{state[row], state[row + 1], state[row + 2], state[row + 3],
                                         state[row + 4]};
      for (size_t i = 0; i < 5; ++i) {
        state[row + i] = kept[i] ^ (~kept[(i + 1) % 5] & kept[(i + 2) % 5]);
      }
    }
    for (unsigned j = 0; j < 7; ++j) {
      if ((lfsr & 1U) != 0) {
        state[0] ^= uint64_t{1} << ((1U << j) - 1);
      }
      lfsr = static_cast<uint8_t>((unsigned{lfsr} << 1U) ^ ((unsigned{lfsr} >> 7U) * 0x71U));
    }
  }
}

}  // namespace

std::array<uint8_t, 32> keccak256(std::string_view text) {
  SALLY_CHECK(text.size() < kRate);
  std::array<uint64_t, 25> state{};
  const auto put = [&state](size_t at, uint8_t octet) {
    state[at / 8] ^= uint64_t{octet} << (at % 8 * 8);
  };
  for (size_t i = 0; i < text.size(); ++i) {
    put(i, static_cast<uint8_t>(text[i]));
  }
  put(text.size(), 0x01);
  put(kRate - 1, 0x80);
  permute(state);
  std::array<uint8_t, 32> out{};
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<uint8_t>(state[i / 8] >> (i % 8 * 8));
  }
  return out;
}

}  // namespace sally::content::personal
