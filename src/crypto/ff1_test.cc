#include "crypto/ff1.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "support/vector_file.h"

namespace sally::crypto {
namespace {

using Numerals = std::vector<uint8_t>;

Numerals numerals_of(std::string_view text) {
  Numerals out;
  for (const char c : text) {
    out.push_back(static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10));
  }
  return out;
}

Ff1 ff1_of(unsigned radix) {
  auto ff1 = Ff1::make(Secret(std::string(32, 'k')), radix);
  EXPECT_TRUE(ff1.ok());
  return std::move(*ff1);
}

TEST(Ff1, AgreesWithNistsSamples) {
  test::run_vectors("crypto/ff1.txt", [](test::Vector& vector) {
    const Bytes radix = vector.bytes("radix");
    ASSERT_EQ(radix.size(), 1U);
    const auto ff1 =
        Ff1::make(Secret(as_text(vector.bytes("key"))), std::to_integer<unsigned>(radix[0]));
    ASSERT_TRUE(ff1.ok());
    const Bytes tweak = vector.bytes("tweak");
    const Numerals plain = numerals_of(as_text(vector.bytes("plain")));
    Numerals text = plain;
    ASSERT_TRUE(ff1->encrypt(text, tweak).ok());
    EXPECT_EQ(text, numerals_of(as_text(vector.bytes("encrypted"))));
    ASSERT_TRUE(ff1->decrypt(text, tweak).ok());
    EXPECT_EQ(text, plain);
  });
}

TEST(Ff1, DecryptsWhatItEncryptedAtEveryLengthAndRadix) {
  for (unsigned radix = 2; radix <= Ff1::kMostRadix; ++radix) {
    const Ff1 ff1 = ff1_of(radix);
    for (size_t length = 0; length <= Ff1::kMostNumerals + 1; ++length) {
      Numerals plain(length);
      for (size_t i = 0; i < length; ++i) {
        plain[i] = static_cast<uint8_t>((i % 3 == 0 ? radix - 1 : i) % radix);
      }
      Numerals text = plain;
      const Bytes tweak(length % 40, std::byte{9});
      ASSERT_EQ(ff1.encrypt(text, tweak).ok(), ff1.fits(length)) << radix << ' ' << length;
      if (ff1.fits(length)) {
        EXPECT_NE(text, plain) << radix << ' ' << length;
        ASSERT_TRUE(ff1.decrypt(text, tweak).ok());
      }
      ASSERT_EQ(text, plain) << radix << ' ' << length;
    }
  }
}

TEST(Ff1, IsAPermutationAsFarAsOneLooks) {
  const Ff1 ff1 = ff1_of(10);
  std::set<Numerals> seen;
  for (uint32_t i = 0; i < 2'000; ++i) {
    Numerals text(6);
    for (uint32_t rest = i * 499; uint8_t& digit : text) {
      digit = static_cast<uint8_t>(rest % 10);
      rest /= 10;
    }
    ASSERT_TRUE(ff1.encrypt(text, {}).ok());
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(Ff1, RefusesADomainBelowAMillion) {
  EXPECT_FALSE(ff1_of(10).fits(5));
  EXPECT_TRUE(ff1_of(10).fits(6));
  EXPECT_FALSE(ff1_of(36).fits(3));
  EXPECT_TRUE(ff1_of(36).fits(4));
  EXPECT_FALSE(ff1_of(2).fits(19));
  EXPECT_TRUE(ff1_of(2).fits(20));
}

TEST(Ff1, RefusesWhatIsNoNumeralOfItsRadix) {
  Numerals text = numerals_of("123456a");
  const auto refused = ff1_of(10).encrypt(text, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(text, numerals_of("123456a"));
  EXPECT_FALSE(Ff1::make(Secret(std::string(31, 'k')), 10).ok());
  EXPECT_FALSE(Ff1::make(Secret(std::string(32, 'k')), 37).ok());
  EXPECT_FALSE(Ff1::make(Secret(std::string(32, 'k')), 1).ok());
}

TEST(Ff1, DependsOnTheTweak) {
  const Ff1 ff1 = ff1_of(10);
  Numerals a = numerals_of("4111111111111111");
  Numerals b = a;
  ASSERT_TRUE(ff1.encrypt(a, as_bytes("one")).ok());
  ASSERT_TRUE(ff1.encrypt(b, as_bytes("two")).ok());
  EXPECT_NE(a, b);
  EXPECT_FALSE(ff1.encrypt(a, Bytes(Ff1::kMostTweak + 1)).ok());
  EXPECT_TRUE(ff1.encrypt(a, Bytes(Ff1::kMostTweak)).ok());
}

}  // namespace
}  // namespace sally::crypto
