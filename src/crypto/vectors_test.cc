// The algorithms against published vectors.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
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

TEST(HmacStream, GivesTheSameDigestHoweverTheMessageIsCut) {
  const Bytes message(300, std::byte{7});
  const HmacKey key(Secret("a key"));
  const Sha256Digest whole = key.sign(message);
  for (size_t cut = 0; cut <= message.size(); ++cut) {
    HmacStream stream(as_bytes("a key"));
    stream.update(ByteView(message).first(cut));
    stream.update(ByteView(message).subspan(cut));
    EXPECT_EQ(stream.finish(), whole) << cut;
  }
  HmacStream begun = key.begin();
  begun.update(message);
  EXPECT_EQ(begun.finish(), whole);
}

TEST(Hkdf, AgreesWithRfc5869) {
  test::run_vectors("crypto/hkdf_sha256.txt", [](test::Vector& vector) {
    const Bytes salt = vector.bytes("salt");
    const Bytes info = vector.bytes("info");
    const Bytes expected = vector.bytes("expanded");
    const Secret key = hkdf_extract(salt, secret(vector.bytes("input")));
    EXPECT_EQ(to_hex(as_bytes(key.reveal())), to_hex(vector.bytes("extracted")));
    const auto expanded = hkdf_expand(key, info, expected.size());
    ASSERT_TRUE(expanded.ok());
    EXPECT_EQ(to_hex(as_bytes(expanded->reveal())), to_hex(expected));
    EXPECT_EQ(to_hex(hkdf_expand_once(HmacKey(key), info)),
              to_hex(ByteView(expected).first(kSha256Size)));
  });
}

TEST(Hkdf, RefusesMoreThanTheCounterCanCount) {
  const Secret key(std::string(kSha256Size, 'k'));
  ASSERT_TRUE(hkdf_expand(key, {}, kHkdfMostBytes).ok());
  const auto refused = hkdf_expand(key, {}, kHkdfMostBytes + 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUsage);
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
