#include "store/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string_view>

#include "base/encoding.h"

namespace sally::store {
namespace {

std::string hash_hex(size_t length) {
  std::array<std::byte, 64> message;
  for (size_t i = 0; i < message.size(); ++i) {
    message[i] = static_cast<std::byte>(i);
  }
  const Hash128 key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  const Hash128 hash = siphash128(key, ByteView(message).first(length));
  return to_hex(std::as_bytes(std::span(&hash, 1)));
}

// `openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:16 SIPHASH` of the
// octets 00 01 02 ...
TEST(SipHash, AgreesWithOpenSsl) {
  EXPECT_EQ(hash_hex(0), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(hash_hex(1), "da87c1d86b99af44347659119b22fc45");
  EXPECT_EQ(hash_hex(7), "a1f1ebbed8dbc153c0b84aa61ff08239");
  EXPECT_EQ(hash_hex(8), "3b62a9ba6258f5610f83e264f31497b4");
  EXPECT_EQ(hash_hex(15), "5493e99933b0a8117e08ec0f97cfc3d9");
  EXPECT_EQ(hash_hex(16), "6ee2a4ca67b054bbfd3315bf85230577");
  EXPECT_EQ(hash_hex(55), "67f14984c7da791248e32bb5922583da");
}

}  // namespace
}  // namespace sally::store
