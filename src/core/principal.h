// Principal: who is calling, as far as it was proved.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace sally {

enum class PrincipalKind : uint8_t { kAnonymous, kApiKey };

// Immutable and shared. An empty scope list means "no scope of its own": the policies alone decide.
struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  KeyId id;          // the key's public id; empty for an anonymous caller
  std::string name;  // what the operator called it
  TeamId team;
  std::vector<RouteId> routes;  // the key works on these routes only
  std::vector<ModelId> models;  // and for these models only
  std::optional<WallTime> expires;
  uint32_t requests_per_minute = 0;  // 0: the gate's own limit for a key applies
};
using PrincipalPtr = std::shared_ptr<const Principal>;

// What a caller presented. Views into the request; empty where absent.
struct Credentials {
  std::string_view bearer;   // `Authorization: Bearer ...`
  std::string_view api_key;  // `x-api-key`, `api-key`
};

// Turns credentials into a principal. Called on every request, from every loop thread; must not
// block. A failure is kUnauthenticated with a hint, or kUnavailable when it cannot tell.
class Identifier {
 public:
  Identifier() = default;
  Identifier(const Identifier&) = delete;
  Identifier& operator=(const Identifier&) = delete;
  virtual ~Identifier() = default;
  // Without any credential the principal is anonymous: whether that is enough is a rule's matter.
  [[nodiscard]] virtual Result<PrincipalPtr> identify(const Credentials& credentials,
                                                      WallTime now) const = 0;
  // Whether `principal` would still be accepted: asked again while an answer is streaming.
  [[nodiscard]] virtual bool still_valid(const Principal& principal, WallTime now) const = 0;
};

}  // namespace sally
