#include "identity/revocable.h"

namespace sally::identity {

std::optional<Identified> RevocableIdentifier::identify(const Credentials& credentials,
                                                        WallTime now) const {
  auto who = callers_->identify(credentials, now);
  if (who && who->ok()) {
    if (auto refusal = revocations_->refusal_of(***who, now)) {
      // RFC 6750, section 3.1: a token that was revoked is an invalid one.
      return Identified(NotIdentified{*std::move(refusal), R"(Bearer error="invalid_token")"});
    }
  }
  return who;
}

void RevocableIdentifier::ask(const Credentials& credentials, WallTime now,
                              std::function<void()> done) const {
  callers_->ask(credentials, now, std::move(done));
}

bool RevocableIdentifier::still_valid(const Principal& principal, WallTime now) const {
  return !revocations_->refusal_of(principal, now) && callers_->still_valid(principal, now);
}

}  // namespace sally::identity
