#include "crypto/aead.h"

#include <openssl/err.h>

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"

namespace sally::crypto {
namespace {

Error failed() {
  return openssl_error(ErrorKind::kInternal, "aes-256-gcm is not at hand");
}
Error corrupt() {
  ERR_clear_error();
  return Error(ErrorKind::kCorrupt,
               "sealed data does not verify: it was altered, or belongs to another key");
}

Result<> check_size(size_t size) {
  if (size > kAeadMaxSize) {
    return Error(ErrorKind::kTooLarge, "the message is too large to be sealed at once");
  }
  return ok();
}

}  // namespace

struct Aead::State {
  CipherPtr cipher;
  Secret key;
};

Aead::Aead(std::unique_ptr<State> state) : state_(std::move(state)) {}
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;
Aead::~Aead() = default;

Result<Aead> Aead::make(const Secret& key) {
  if (key.size() != kAeadKeySize) {
    return Error(ErrorKind::kUsage, "the key has not 32 bytes");
  }
  CipherPtr cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  if (!cipher) {
    return failed();
  }
  return Aead(std::make_unique<State>(State{std::move(cipher), key.clone()}));
}

Result<Bytes> Aead::seal(ByteView plain, ByteView associated, Random& random) const {
  AeadNonce nonce;
  random.fill(nonce);
  TRY(const Bytes body, seal(plain, associated, nonce));
  Bytes out(nonce.begin(), nonce.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Result<Secret> Aead::open(ByteView sealed, ByteView associated) const {
  if (sealed.size() < kAeadNonceSize) {
    return corrupt();
  }
  AeadNonce nonce;
  std::copy_n(sealed.begin(), nonce.size(), nonce.begin());
  return open(sealed.subspan(nonce.size()), associated, nonce);
}

Result<Bytes> Aead::seal(ByteView plain, ByteView associated, const AeadNonce& nonce) const {
  TRY_OK(check_size(plain.size()));
  TRY_OK(check_size(associated.size()));
  Bytes out(plain.size() + kAeadTagSize);
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int length = 0;
  if (!context ||
      EVP_EncryptInit_ex2(context.get(), state_->cipher.get(),
                          as_u8(as_bytes(state_->key.reveal())), as_u8(ByteView(nonce)),
                          nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), nullptr, &length, as_u8(associated),
                        static_cast<int>(associated.size())) != 1 ||
      EVP_EncryptUpdate(context.get(), as_u8(MutableBytes(out)), &length, as_u8(plain),
                        static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), as_u8(MutableBytes(out)) + plain.size(), &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagSize,
                          out.data() + plain.size()) != 1) {
    return failed();
  }
  return out;
}

Result<Secret> Aead::open(ByteView sealed, ByteView associated, const AeadNonce& nonce) const {
  if (sealed.size() < kAeadTagSize || sealed.size() - kAeadTagSize > kAeadMaxSize) {
    return corrupt();
  }
  TRY_OK(check_size(associated.size()));
  const ByteView body = sealed.first(sealed.size() - kAeadTagSize);
  std::array<std::byte, kAeadTagSize> tag;
  std::copy(sealed.end() - kAeadTagSize, sealed.end(), tag.begin());
  std::string plain(body.size(), '\0');
  const MutableBytes out = std::as_writable_bytes(std::span(plain.data(), plain.size()));
  const CipherContextPtr context(EVP_CIPHER_CTX_new());
  int length = 0;
  if (!context ||
      EVP_DecryptInit_ex2(context.get(), state_->cipher.get(),
                          as_u8(as_bytes(state_->key.reveal())), as_u8(ByteView(nonce)),
                          nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), nullptr, &length, as_u8(associated),
                        static_cast<int>(associated.size())) != 1 ||
      EVP_DecryptUpdate(context.get(), as_u8(out), &length, as_u8(body),
                        static_cast<int>(body.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) != 1) {
    wipe(out);
    return failed();
  }
  if (EVP_DecryptFinal_ex(context.get(), as_u8(out) + out.size(), &length) != 1) {
    wipe(out);
    return corrupt();
  }
  return Secret::take(std::move(plain));
}

}  // namespace sally::crypto
