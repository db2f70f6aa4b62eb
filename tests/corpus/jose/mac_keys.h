// HS256, HS384 and HS512, so that the vectors that use them can judge everything around the digest.
// The product has no such thing: its keys are public ones.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "identity/token/compact_jws.h"

namespace sally::identity {

class MacKeys {
 public:
  // A JWK Set of nothing but `oct` keys, each for one of the three algorithms and at least as long
  // as its digest (RFC 7518, section 3.2), no key id twice.
  static Result<MacKeys> parse(std::string_view json);
  [[nodiscard]] bool verifies(const CompactJws& jws) const;

 private:
  struct Key {
    std::string id;
    std::string algorithm;
    Secret secret;
  };
  explicit MacKeys(std::vector<Key> keys) : keys_(std::move(keys)) {}
  std::vector<Key> keys_;
};

}  // namespace sally::identity
