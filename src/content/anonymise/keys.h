// Keys: what the operators of one tenant compute with, out of one root key.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/ff1.h"
#include "crypto/hmac.h"

namespace sally::content::anonymise {

// Every thread may use it at once. Deriving costs some microseconds: one for each tenant is kept.
struct Keys {
  // `root` is the 32 bytes of a key file; the vault's may be the same one. kUsage.
  static Result<Keys> derive(const Secret& root, std::string_view tenant);

  crypto::HmacKey hash;
  crypto::HmacKey synthetic;
  crypto::HmacKey tweaks;
  crypto::Ff1 digits;
  crypto::Ff1 letters;  // base 36
};

}  // namespace sally::content::anonymise
