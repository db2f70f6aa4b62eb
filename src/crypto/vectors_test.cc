// The algorithms against published vectors.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"
#include "support/vector_file.h"

namespace sally::crypto {
namespace {

Secret secret(const Bytes& bytes) {
  return Secret(as_text(bytes));
}

TEST(Sha256, AgreesWithNist) {
  test::run_vectors("crypto/sha256.txt", [](test::Vector& vector) {
    EXPECT_EQ(to_hex(sha256(vector.bytes("message"))), to_hex(vector.bytes("digest")));
  });
}

TEST(HmacKey, AgreesWithRfc4231) {
  test::run_vectors("crypto/hmac_sha256.txt", [](test::Vector& vector) {
    const HmacKey key(secret(vector.bytes("key")));
    const Bytes message = vector.bytes("message");
    const Bytes expected = vector.bytes("digest");
    const Sha256Digest digest = key.sign(message);
    EXPECT_EQ(to_hex(ByteView(digest).first(expected.size())), to_hex(expected));
    EXPECT_EQ(key.sign(message), digest) << "a key is good for more than one message";
  });
}

TEST(Aead, AgreesWithTheVectorsOfGcm) {
  test::run_vectors("crypto/aes_256_gcm.txt", [](test::Vector& vector) {
    const auto aead = Aead::make(secret(vector.bytes("key")));
    ASSERT_TRUE(aead.ok());
    AeadNonce nonce;
    const Bytes nonce_bytes = vector.bytes("nonce");
    ASSERT_EQ(nonce_bytes.size(), nonce.size());
    std::copy(nonce_bytes.begin(), nonce_bytes.end(), nonce.begin());
    const Bytes plain = vector.bytes("plain");
    const Bytes associated = vector.bytes("associated");
    const auto sealed = aead->seal(plain, associated, nonce);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(to_hex(*sealed), to_hex(vector.bytes("sealed")));
    const auto opened = aead->open(*sealed, associated, nonce);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(to_hex(as_bytes(opened->reveal())), to_hex(plain));
  });
}

}  // namespace
}  // namespace sally::crypto
