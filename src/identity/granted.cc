#include "identity/granted.h"

#include <utility>

namespace sally::identity {

std::optional<Identified> Granted::identify(const Credentials& credentials, WallTime now) const {
  std::optional<Identified> out = callers_->identify(credentials, now);
  if (!out || !out->ok() || (**out)->kind == PrincipalKind::kAnonymous) {
    return out;
  }
  HeldGrants held = grants_->roles_of((**out)->id, now);
  if (held.empty()) {
    return out;
  }
  auto with_roles = std::make_shared<Principal>(***out);
  with_roles->roles = std::move(held.roles);
  with_roles->grants = std::move(held.grants);
  with_roles->break_glass = std::move(held.break_glass);
  return Identified(PrincipalPtr(std::move(with_roles)));
}

}  // namespace sally::identity
