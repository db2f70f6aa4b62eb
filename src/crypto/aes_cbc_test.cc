#include "crypto/aes_cbc.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "crypto/sha512.h"
#include "support/vector_file.h"

namespace sally::crypto {
namespace {

// Gives the octets it was made with.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(MutableBytes out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

TEST(AesCbc, AgreesWithNistsExamples) {
  test::run_vectors("crypto/aes_cbc.txt", [](test::Vector& vector) {
    const auto cbc = AesCbc::make(Secret(as_text(vector.bytes("key"))));
    ASSERT_TRUE(cbc.ok());
    const Bytes iv = vector.bytes("iv");
    const Bytes plain = vector.bytes("plain");
    FixedRandom random(iv);
    const auto encrypted = cbc->encrypt(plain, random);
    ASSERT_TRUE(encrypted.ok());
    EXPECT_EQ(to_hex(*encrypted), to_hex(iv) + to_hex(vector.bytes("encrypted")));
    const auto decrypted = cbc->decrypt(*encrypted);
    ASSERT_TRUE(decrypted.ok());
    EXPECT_EQ(to_hex(as_bytes(decrypted->reveal())), to_hex(plain));
  });
}

TEST(AesCbc, DecryptsWhatItEncryptedAtEveryLength) {
  const auto cbc = AesCbc::make(Secret(std::string(16, 'k')));
  ASSERT_TRUE(cbc.ok());
  SeededRandom random(1);
  for (size_t length = 0; length < 50; ++length) {
    const std::string plain(length, 'x');
    const auto encrypted = cbc->encrypt(as_bytes(plain), random);
    ASSERT_TRUE(encrypted.ok());
    const auto decrypted = cbc->decrypt(*encrypted);
    ASSERT_TRUE(decrypted.ok());
    EXPECT_EQ(decrypted->reveal(), plain);
  }
}

TEST(AesCbc, RefusesAnotherKeyAndWhatWasCut) {
  const auto cbc = AesCbc::make(Secret(std::string(32, 'k')));
  const auto other = AesCbc::make(Secret(std::string(32, 'o')));
  ASSERT_TRUE(cbc.ok() && other.ok());
  SeededRandom random(2);
  const auto encrypted = cbc->encrypt(as_bytes("a value of more than one block"), random);
  ASSERT_TRUE(encrypted.ok());
  // Its padding could be right by chance once in 256 times; under this IV it is not.
  const auto refused = other->decrypt(*encrypted);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidInput);
  for (size_t length = 0; length < encrypted->size(); ++length) {
    if (length % kAesBlock != 0 || length < 2 * kAesBlock) {
      EXPECT_FALSE(cbc->decrypt(ByteView(*encrypted).first(length)).ok()) << length;
    }
  }
  EXPECT_FALSE(AesCbc::make(Secret("short")).ok());
}

TEST(Sha512, AgreesWithNist) {
  test::run_vectors("crypto/sha512.txt", [](test::Vector& vector) {
    EXPECT_EQ(to_hex(sha512(vector.bytes("message"))), to_hex(vector.bytes("digest")));
  });
}

}  // namespace
}  // namespace sally::crypto
