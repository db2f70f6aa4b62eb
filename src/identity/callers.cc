#include "identity/callers.h"

#include <utility>

#include "identity/api_key.h"

namespace sally::identity {
namespace {

NotIdentified two_credentials() {
  return {Error(ErrorKind::kUnauthenticated, "the request carries two different credentials",
                "send a key or a token, not another in each field")};
}

}  // namespace

bool Callers::has_token(const Credentials& credentials) const {
  return !issuers_->empty() && looks_like_token(credentials.bearer) &&
         !credentials.bearer.starts_with(kApiKeyPrefix);
}

std::optional<Identified> Callers::identify(const Credentials& credentials, WallTime now) const {
  if (!has_token(credentials)) {
    auto key = keys_->identify(credentials, now);
    return key ? Identified(*std::move(key)) : Identified(NotIdentified{std::move(key).error()});
  }
  if (!credentials.api_key.empty()) {
    return Identified(two_credentials());
  }
  auto verdict = issuers_->verify(credentials.bearer, now);
  if (!verdict) {
    return std::nullopt;
  }
  if (!verdict->ok()) {
    return Identified(std::move(*verdict).error());
  }
  return Identified((**verdict)->principal);
}

void Callers::ask(const Credentials& credentials, WallTime now, std::function<void()> done) const {
  if (has_token(credentials)) {
    issuers_->ask(credentials.bearer, now, std::move(done));
  } else {
    done();
  }
}

bool Callers::still_valid(const Principal& principal, WallTime now) const {
  switch (principal.kind) {
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kApiKey:
      return keys_->still_valid(principal, now);
    case PrincipalKind::kUser:
    case PrincipalKind::kAgent:
    case PrincipalKind::kWorkload:
      return !principal.expires || now < *principal.expires;
  }
  return false;
}

}  // namespace sally::identity
