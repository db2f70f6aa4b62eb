#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/encoding.h"

namespace sally::crypto {
namespace {

class Sealing : public testing::Test {
 protected:
  static Aead key(char fill) {
    auto aead = Aead::make(Secret(std::string(kAeadKeySize, fill)));
    EXPECT_TRUE(aead.ok());
    return std::move(*aead);
  }
  Bytes seal(std::string_view plain, std::string_view associated) {
    auto sealed = aead_.seal(as_bytes(plain), as_bytes(associated), random_);
    EXPECT_TRUE(sealed.ok());
    return std::move(*sealed);
  }
  ErrorKind refusal(ByteView sealed, std::string_view associated) {
    const auto opened = aead_.open(sealed, as_bytes(associated));
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? ErrorKind::kInternal : opened.error().kind();
  }

  SeededRandom random_{1};
  Aead aead_ = key('k');
};

TEST_F(Sealing, WhatWasSealedOpens) {
  for (const size_t size : {0U, 1U, 15U, 16U, 17U, 100'000U}) {
    const std::string plain(size, 'p');
    const Bytes sealed = seal(plain, "row 7");
    EXPECT_EQ(sealed.size(), kAeadNonceSize + size + kAeadTagSize);
    const auto opened = aead_.open(sealed, as_bytes("row 7"));
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->reveal(), plain);
  }
}

TEST_F(Sealing, EveryChangedOctetIsNoticed) {
  const Bytes sealed = seal("attack at dawn", "row 7");
  for (size_t place = 0; place < sealed.size(); ++place) {
    Bytes changed = sealed;
    changed[place] ^= std::byte{1};
    EXPECT_EQ(refusal(changed, "row 7"), ErrorKind::kCorrupt) << place;
  }
}

TEST_F(Sealing, TruncatedAtEveryByteIsNoticed) {
  const Bytes sealed = seal("attack at dawn", "row 7");
  for (size_t length = 0; length < sealed.size(); ++length) {
    EXPECT_EQ(refusal(ByteView(sealed).first(length), "row 7"), ErrorKind::kCorrupt) << length;
  }
}

TEST_F(Sealing, AnotherPlaceOrKeyDoesNotOpenIt) {
  const Bytes sealed = seal("attack at dawn", "row 7");
  EXPECT_EQ(refusal(sealed, "row 8"), ErrorKind::kCorrupt);
  EXPECT_EQ(refusal(sealed, ""), ErrorKind::kCorrupt);
  EXPECT_FALSE(key('q').open(sealed, as_bytes("row 7")).ok());
}

TEST_F(Sealing, TheSameTextIsSealedAnewEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    seen.insert(to_hex(seal("same", "")));
  }
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(Sealing, AKeyOfAnotherSizeIsRefused) {
  for (const size_t size : {0U, 16U, 31U, 33U}) {
    const auto made = Aead::make(Secret(std::string(size, 'k')));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind(), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace sally::crypto
