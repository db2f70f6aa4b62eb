#include "identity/callers.h"

#include <utility>

namespace sally::identity {

std::optional<Identified> Callers::identify(const Credentials& credentials, WallTime now) const {
  auto key = keys_->identify(credentials, now);
  if (!key) {
    return Identified(NotIdentified{std::move(key).error()});
  }
  return Identified(*std::move(key));
}

void Callers::ask(const Credentials&, WallTime, std::function<void()> done) const {
  done();
}

bool Callers::still_valid(const Principal& principal, WallTime now) const {
  return keys_->still_valid(principal, now);
}

}  // namespace sally::identity
