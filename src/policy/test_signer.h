// A key that signs in tests.
#pragma once

#include <string>
#include <utility>

#include "base/secret.h"
#include "crypto/ed25519.h"
#include "tlog/note.h"

namespace sally::policy::test {

inline tlog::NoteSigner signer(char seed = 'p', const std::string& name = "example.test/policy") {
  auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, seed)));
  return *tlog::NoteSigner::make(name, *std::move(key));
}

}  // namespace sally::policy::test
