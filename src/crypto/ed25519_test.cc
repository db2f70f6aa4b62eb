#include "crypto/ed25519.h"

#include <gmock/gmock.h>

#include "base/encoding.h"

namespace sally::crypto {
namespace {

Bytes unhex(std::string_view digits) {
  auto bytes = from_hex(digits);
  EXPECT_TRUE(bytes.has_value()) << digits;
  return *bytes;
}

template <typename Array>
Array array_of(std::string_view digits) {
  const Bytes bytes = unhex(digits);
  Array out{};
  EXPECT_EQ(bytes.size(), out.size());
  std::ranges::copy(bytes, out.begin());
  return out;
}

// RFC 8032, section 7.1.
struct Vector {
  std::string_view seed, key, message, signature;
};
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
};

TEST(Ed25519, SignsAndVerifiesTheVectorsOfItsRfc) {
  for (const Vector& vector : kVectors) {
    const Bytes seed = unhex(vector.seed);
    auto key = Ed25519PrivateKey::from_seed(Secret(as_text(seed)));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->public_key(), array_of<Ed25519PublicKey>(vector.key));
    const Bytes message = unhex(vector.message);
    auto signature = key->sign(message);
    ASSERT_TRUE(signature.ok());
    EXPECT_EQ(*signature, array_of<Ed25519Signature>(vector.signature));
    EXPECT_TRUE(ed25519_verify(key->public_key(), message, *signature));
  }
}

TEST(Ed25519, RefusesASignatureWithAnyBitFlipped) {
  const Bytes seed = unhex(kVectors[1].seed);
  const auto key = Ed25519PrivateKey::from_seed(Secret(as_text(seed)));
  ASSERT_TRUE(key.ok());
  const Bytes message = unhex(kVectors[1].message);
  const auto good = key->sign(message);
  ASSERT_TRUE(good.ok());
  for (size_t bit = 0; bit < good->size() * 8; ++bit) {
    Ed25519Signature bad = *good;
    bad[bit / 8] ^= std::byte(1U << (bit % 8));
    EXPECT_FALSE(ed25519_verify(key->public_key(), message, bad)) << bit;
  }
}

TEST(Ed25519, RefusesAnotherMessageAndAnotherKey) {
  const auto key = Ed25519PrivateKey::from_seed(Secret(std::string(32, 'a')));
  const auto other = Ed25519PrivateKey::from_seed(Secret(std::string(32, 'b')));
  ASSERT_TRUE(key.ok() && other.ok());
  const auto signature = key->sign(as_bytes("this"));
  ASSERT_TRUE(signature.ok());
  EXPECT_FALSE(ed25519_verify(key->public_key(), as_bytes("that"), *signature));
  EXPECT_FALSE(ed25519_verify(other->public_key(), as_bytes("this"), *signature));
}

TEST(Ed25519, TakesNoKeyOfAnotherLength) {
  for (const size_t size : {0U, 31U, 33U, 64U}) {
    EXPECT_FALSE(Ed25519PrivateKey::from_seed(Secret(std::string(size, 'a'))).ok()) << size;
  }
}

}  // namespace
}  // namespace sally::crypto
