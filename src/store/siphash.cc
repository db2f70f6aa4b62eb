#include "store/siphash.h"

#include <array>
#include <bit>
#include <cstring>

namespace sally::store {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as they stand");

struct Words {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  uint64_t finish() {
    for (int i = 0; i < 4; ++i) {
      round();
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

Hash128 siphash128(const Hash128& key, ByteView message) {
  Words words{key.low ^ 0x736f6d6570736575U, key.high ^ 0x646f72616e646f6dU ^ 0xee,
              key.low ^ 0x6c7967656e657261U, key.high ^ 0x7465646279746573U};
  const uint64_t length = message.size();
  while (message.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, message.data(), sizeof(word));
    words.absorb(word);
    message = message.subspan(sizeof(word));
  }
  uint64_t last = length << 56;
  for (size_t i = 0; i < message.size(); ++i) {
    last |= std::to_integer<uint64_t>(message[i]) << (8 * i);
  }
  words.absorb(last);
  words.v2 ^= 0xee;
  Hash128 out;
  out.low = words.finish();
  words.v1 ^= 0xdd;
  out.high = words.finish();
  return out;
}

}  // namespace sally::store
