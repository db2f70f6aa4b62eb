// ApiKeyService: making, listing, revoking and rotating API keys. For the command line and the
// admin API, not for the path of a request.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "identity/pepper.h"
#include "store/state.h"

namespace sally::identity {

// What a key is for. Empty scopes: the policies alone decide.
struct KeyRequest {
  std::string name;  // 1 to 64 characters of text
  TeamId team{};     // the same, or empty
  std::vector<RouteId> routes{};
  std::vector<ModelId> models{};
  std::optional<WallTime> expires{};
  uint32_t requests_per_minute = 0;  // 0: the gate's own limit applies
};

struct CreatedKey {
  store::KeyRecord record;
  Secret text;  // shown once; cannot be had again
};

// What is done to a key, inside the transaction that does it: whoever records changes does so here.
struct KeyChange {
  std::string_view what;           // `key.create`, `key.revoke`, `key.expire`
  const store::KeyRecord* before;  // null for a new one
  const store::KeyRecord& after;
};
using OnKeyChange = std::function<Result<>(store::Transaction&, const KeyChange&)>;

// Belongs to one thread at a time (for its Random). All calls wait for the disk.
class ApiKeyService {
 public:
  // All outlive the service.
  ApiKeyService(store::State& state, const Pepper& pepper, Random& random,
                OnKeyChange on_change = {})
      : state_(state), pepper_(pepper), random_(random), on_change_(std::move(on_change)) {}

  // kUsage for a request that makes no sense (no name, a limit passed, expired before it begins).
  [[nodiscard]] Result<CreatedKey> create(const KeyRequest& request, WallTime now);
  // Oldest first, revoked and expired ones included. Revoked is a key also while a revocation of
  // its id is in force.
  [[nodiscard]] Result<std::vector<store::KeyRecord>> list(WallTime now);
  // The key as it is then. One already revoked stays as it was. kNotFound.
  [[nodiscard]] Result<store::KeyRecord> revoke(const KeyId& id, WallTime now);
  // A new key with the name, scopes, limit and lifetime of the old; the old one ends after
  // `overlap` (at most a year), or earlier where it would have. In one transaction. kNotFound;
  // kConflict when the old one is dead.
  [[nodiscard]] Result<CreatedKey> rotate(const KeyId& id, Millis overlap, WallTime now);

 private:
  [[nodiscard]] CreatedKey make(const KeyRequest& request, WallTime now);
  Result<> changed(store::Transaction& transaction, const KeyChange& change) const;

  store::State& state_;
  const Pepper& pepper_;
  Random& random_;
  const OnKeyChange on_change_;
};

// Whether `text` has the form of a key's id: `key_` and 12 letters or digits.
[[nodiscard]] bool is_key_id(std::string_view text);

}  // namespace sally::identity
