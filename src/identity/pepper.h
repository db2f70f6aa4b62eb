// Pepper: the gate's own secret under which API keys are digested. The state without the pepper
// file is of no use to a thief: no key can be recognised, let alone recovered.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/hmac.h"
#include "store/state.h"

namespace sally::identity {

class Pepper {
 public:
  // Binds the secret (crypto/keyfile.h) to `state`: the first use leaves a mark there, later ones
  // compare. kConflict when the state's keys were made under another pepper: none would verify.
  static Result<Pepper> bind(const Secret& secret, store::State& state);

  // The digest under which the key with this text is stored. From every thread.
  [[nodiscard]] crypto::Sha256Digest digest(std::string_view key_text) const {
    return hmac_.sign(as_bytes(key_text));
  }

 private:
  explicit Pepper(crypto::HmacKey hmac) : hmac_(std::move(hmac)) {}
  crypto::HmacKey hmac_;
};

}  // namespace sally::identity
