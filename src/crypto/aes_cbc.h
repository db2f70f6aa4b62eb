// AES-CBC with PKCS #7 padding (NIST SP 800-38A, RFC 5652 section 6.3), for what others encrypted
// so or want to decrypt. It does not notice changes: at rest, `Aead` (aead.h) is the one to use.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

inline constexpr size_t kAesBlock = 16;
inline constexpr size_t kAesCbcMaxSize = size_t{1} << 30;  // of one message

// A key. Every thread may use it at once.
class AesCbc {
 public:
  // kUsage when `key` has not 16, 24 or 32 bytes.
  static Result<AesCbc> make(const Secret& key);
  AesCbc(AesCbc&&) noexcept;
  AesCbc& operator=(AesCbc&&) noexcept;
  AesCbc(const AesCbc&) = delete;
  AesCbc& operator=(const AesCbc&) = delete;
  ~AesCbc();

  // `IV | ciphertext` under a random IV. kTooLarge beyond kAesCbcMaxSize.
  [[nodiscard]] Result<Bytes> encrypt(ByteView plain, Random& random) const;
  // What `encrypt` gave. kInvalidInput when its length or its padding is wrong. Says so alike for
  // both, but is no secret from who can measure time: never decrypt for strangers.
  [[nodiscard]] Result<Secret> decrypt(ByteView encrypted) const;

 private:
  struct State;
  explicit AesCbc(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sally::crypto
