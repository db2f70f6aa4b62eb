// ApiKeyIdentifier: from the API key of a request to the principal it stands for.
#pragma once

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "core/principal.h"
#include "identity/key_ring.h"
#include "identity/last_use.h"
#include "identity/pepper.h"
#include "identity/published.h"
#include "store/state.h"

namespace sally::identity {

// What happens to a request:
//   no credential                     the anonymous principal
//   two credentials that differ       kUnauthenticated: which of them speaks for the caller?
//   not a key, mistyped, not known    kUnauthenticated, with what is wrong and never the value
//   revoked, expired                  kUnauthenticated, with the key's public id
//   state not read for `max_age`      kUnavailable: a revocation might have been missed
class ApiKeyIdentifier {
 public:
  // Reads the keys. `state` and `pepper` outlive the identifier.
  static Result<std::unique_ptr<ApiKeyIdentifier>> open(store::State& state, const Pepper& pepper,
                                                        Millis max_age, WallTime now);

  // From every thread, without waiting: see Published.
  [[nodiscard]] Result<PrincipalPtr> identify(const Credentials& credentials, WallTime now) const;
  // False as soon as a refresh has seen the key revoked, at its expiry, and while the keys are
  // older than `max_age`. An anonymous principal stays what it is.
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const;

  // Reads the keys again where the state has changed, and puts them in force. True when it had. The
  // app calls it several times a second and whenever it is poked; it waits for the disk, so never
  // from a loop thread. One that fails leaves the keys in force until they are `max_age` old.
  [[nodiscard]] Result<bool> refresh(WallTime now);

  // Keys in force, revoked and expired ones included.
  [[nodiscard]] size_t keys() const;
  // Whether the keys are too old to be used.
  [[nodiscard]] bool stale(WallTime now) const;
  // For the app to flush every minute or so.
  [[nodiscard]] LastUse& last_use() { return last_use_; }

 private:
  struct Loaded {
    std::unique_ptr<const KeyRing> ring;
    uint64_t generation;
  };
  static Result<Loaded> load(store::State& state, LastUse& last_use);
  ApiKeyIdentifier(store::State& state, const Pepper& pepper, Millis max_age);

  store::State& state_;
  const Pepper& pepper_;
  const Micros max_age_;
  const PrincipalPtr anonymous_;
  LastUse last_use_;
  Published<KeyRing> ring_;
  std::mutex refreshing_;
  uint64_t generation_ = 0;          // guarded by refreshing_
  std::atomic<int64_t> read_at_{0};  // microseconds since 1970
};

}  // namespace sally::identity
