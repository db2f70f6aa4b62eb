#include "crypto/aes_cbc.h"

#include <openssl/err.h>

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

Error failed() {
  return openssl_error(ErrorKind::kInternal, "aes-cbc is not at hand");
}
Error invalid() {
  ERR_clear_error();
  return Error(ErrorKind::kInvalidInput, "this is no aes-cbc text of that key");
}

const char* cipher_for(size_t key_size) {
  switch (key_size) {
    case 16:
      return "AES-128-CBC";
    case 24:
      return "AES-192-CBC";
    case 32:
      return "AES-256-CBC";
    default:
      return nullptr;
  }
}

}  // namespace

struct AesCbc::State {
  CipherPtr cipher;
  Secret key;
};

AesCbc::AesCbc(std::unique_ptr<State> state) : state_(std::move(state)) {}
AesCbc::AesCbc(AesCbc&&) noexcept = default;
AesCbc& AesCbc::operator=(AesCbc&&) noexcept = default;
AesCbc::~AesCbc() = default;

Result<AesCbc> AesCbc::make(const Secret& key) {
  const char* name = cipher_for(key.size());
  if (name == nullptr) {
    return Error(ErrorKind::kUsage, "the key has neither 16, 24 nor 32 bytes");
  }
  CipherPtr cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
  if (!cipher) {
    return failed();
  }
  return AesCbc(std::make_unique<State>(State{std::move(cipher), key.clone()}));
}

Result<Bytes> AesCbc::encrypt(ByteView plain, Random& random) const {
  if (plain.size() > kAesCbcMaxSize) {
    return Error(ErrorKind::kTooLarge, "the message is too large to be encrypted at once");
  }
  Bytes out(kAesBlock + (plain.size() / kAesBlock + 1) * kAesBlock);
  random.fill(MutableBytes(out).first(kAesBlock));
  uint8_t* body = as_u8(MutableBytes(out)) + kAesBlock;
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int length = 0;
  int last = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), state_->cipher.get(),
                          as_u8(as_bytes(state_->key.reveal())), as_u8(ByteView(out)),
                          nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), body, &length, as_u8(plain),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), body + length, &last) != 1) {
    return failed();
  }
  return out;
}

Result<Secret> AesCbc::decrypt(ByteView encrypted) const {
  if (encrypted.size() < 2 * kAesBlock || encrypted.size() % kAesBlock != 0 ||
      encrypted.size() > kAesCbcMaxSize) {
    return invalid();
  }
  const ByteView body = encrypted.subspan(kAesBlock);
  std::string plain(body.size(), '\0');
  const MutableBytes out = std::as_writable_bytes(std::span(plain.data(), plain.size()));
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int length = 0;
  int last = 0;
  if (!context ||
      EVP_DecryptInit_ex2(context.get(), state_->cipher.get(),
                          as_u8(as_bytes(state_->key.reveal())), as_u8(encrypted), nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), as_u8(out), &length, as_u8(body),
                        static_cast<int>(body.size())) != 1) {
    wipe(out);
    return failed();
  }
  if (EVP_DecryptFinal_ex(context.get(), as_u8(out) + length, &last) != 1) {
    wipe(out);
    return invalid();
  }
  Secret padded = Secret::take(std::move(plain));
  return Secret(padded.reveal().substr(0, static_cast<size_t>(length) + static_cast<size_t>(last)));
}

}  // namespace sally::crypto
