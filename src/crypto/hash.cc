// The low-level SHA-256 interface, deprecated since OpenSSL 3.0 in favour of EVP, allocates nothing
// and cannot fail; EVP looks its algorithm up on every call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <openssl/sha.h>

#include <new>

namespace sally::crypto {

Sha256Digest sha256(ByteView bytes) {
  return sha256(bytes, {});
}

Sha256Digest sha256(ByteView first, ByteView second) {
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, first.data(), first.size());
  SHA256_Update(&state, second.data(), second.size());
  Sha256Digest out;
  SHA256_Final(as_u8(MutableBytes(out)), &state);
  return out;
}

Sha256::Sha256() {
  static_assert(sizeof(SHA256_CTX) == kState && alignof(SHA256_CTX) <= 8);
  SHA256_Init(new (state_.data()) SHA256_CTX);
}

void Sha256::add(ByteView bytes) {
  SHA256_Update(std::launder(reinterpret_cast<SHA256_CTX*>(state_.data())), bytes.data(),
                bytes.size());
}

Sha256Digest Sha256::finish() {
  Sha256Digest out;
  SHA256_Final(as_u8(MutableBytes(out)),
               std::launder(reinterpret_cast<SHA256_CTX*>(state_.data())));
  return out;
}

}  // namespace sally::crypto
