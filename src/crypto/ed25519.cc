#include "crypto/ed25519.h"

#include <openssl/evp.h>

#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {

// The EVP_PKEY under another name, so that the header names nothing of OpenSSL.
struct Ed25519PrivateKey::Key {
  KeyPtr pkey;
};

void Ed25519PrivateKey::Free::operator()(Key* key) const {
  delete key;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::from_seed(const Secret& seed) {
  const ByteView bytes = as_bytes(seed.reveal());
  if (bytes.size() != kEd25519Seed) {
    return Error(ErrorKind::kInvalidInput, "an Ed25519 key is 32 bytes");
  }
  std::unique_ptr<Key, Free> key(new Key{
      KeyPtr(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, as_u8(bytes), bytes.size()))});
  Ed25519PublicKey public_key{};
  size_t size = public_key.size();
  if (key->pkey == nullptr ||
      EVP_PKEY_get_raw_public_key(key->pkey.get(), as_u8(MutableBytes(public_key)), &size) != 1) {
    return openssl_error(ErrorKind::kInternal, "cannot use an Ed25519 key");
  }
  return Ed25519PrivateKey(std::move(key), public_key);
}

Result<Ed25519Signature> Ed25519PrivateKey::sign(ByteView message) const {
  Ed25519Signature out{};
  size_t size = out.size();
  const DigestContextPtr context(EVP_MD_CTX_new());
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->pkey.get()) != 1 ||
      EVP_DigestSign(context.get(), as_u8(MutableBytes(out)), &size, as_u8(message),
                     message.size()) != 1) {
    return openssl_error(ErrorKind::kInternal, "cannot sign");
  }
  return out;
}

bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                    const Ed25519Signature& signature) {
  const KeyPtr pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, as_u8(ByteView(key)), key.size()));
  const DigestContextPtr context(EVP_MD_CTX_new());
  return pkey != nullptr && context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), as_u8(ByteView(signature)), signature.size(),
                          as_u8(message), message.size()) == 1;
}

}  // namespace sally::crypto
