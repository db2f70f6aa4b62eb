#include "identity/callers.h"

#include <algorithm>
#include <utility>

#include "identity/api_key.h"

namespace sally::identity {
namespace {

Identified refused(Error error) {
  return NotIdentified{std::move(error)};
}

}  // namespace

bool Callers::has_token(const Credentials& credentials) const {
  return !parts_.issuers->empty() && looks_like_token(credentials.bearer) &&
         !credentials.bearer.starts_with(kApiKeyPrefix);
}

std::optional<Identified> Callers::identify(const Credentials& credentials, WallTime now) const {
  auto known =
      has_token(credentials) ? by_token(credentials, now) : std::optional(by_key(credentials, now));
  if (!known || !known->ok()) {
    return known;
  }
  if (credentials.certificate.empty()) {
    return known;
  }
  return with_certificate(**std::move(known), credentials, now);
}

Identified Callers::by_key(const Credentials& credentials, WallTime now) const {
  if (credentials.scheme == Credentials::Scheme::kDpop) {
    return refused(Error(ErrorKind::kUnauthenticated, "`DPoP` goes with a token of an issuer alone",
                         "send an API key in `authorization: Bearer`"));
  }
  auto key = parts_.keys->identify(credentials, now);
  return key ? Identified(*std::move(key)) : refused(std::move(key).error());
}

std::optional<Identified> Callers::by_token(const Credentials& credentials, WallTime now) const {
  if (!credentials.api_key.empty()) {
    return refused(Error(ErrorKind::kUnauthenticated,
                         "the request carries two different credentials",
                         "send a key or a token, not another in each field"));
  }
  auto verdict = parts_.issuers->verify(credentials.bearer, now);
  if (!verdict) {
    return std::nullopt;
  }
  if (!verdict->ok()) {
    return Identified(std::move(*verdict).error());
  }
  const VerifiedToken& token = ***verdict;
  if (const auto bound = check_certificate_binding(token.confirmation, credentials.certificate);
      !bound) {
    return Identified(NotIdentified{bound.error(), R"(Bearer error="invalid_token")"});
  }
  const auto shown = parts_.dpop->check(credentials, token.confirmation, now);
  if (!shown.ok()) {
    return Identified(parts_.dpop->not_identified(shown.error(), now));
  }
  if (!*shown) {
    return Identified(token.principal);
  }
  auto proved = std::make_shared<Principal>(*token.principal);
  proved->proofs.emplace_back("dpop");
  return Identified(PrincipalPtr(std::move(proved)));
}

Identified Callers::with_certificate(PrincipalPtr caller, const Credentials& credentials,
                                     WallTime now) const {
  auto shown = parts_.workloads->identify(credentials.certificate, now);
  if (!shown) {
    return refused(std::move(shown).error());
  }
  if (caller->kind == PrincipalKind::kAnonymous) {
    return Identified(std::make_shared<const Principal>(*std::move(shown)));
  }
  auto both = std::make_shared<Principal>(*caller);
  both->workload = std::move(shown->workload);
  std::ranges::move(shown->proofs, std::back_inserter(both->proofs));
  if (shown->expires && (!both->expires || *shown->expires < *both->expires)) {
    both->expires = shown->expires;
  }
  return Identified(PrincipalPtr(std::move(both)));
}

void Callers::ask(const Credentials& credentials, WallTime now, std::function<void()> done) const {
  if (has_token(credentials)) {
    parts_.issuers->ask(credentials.bearer, now, std::move(done));
  } else {
    done();
  }
}

bool Callers::still_valid(const Principal& principal, WallTime now) const {
  if (principal.expires && now >= *principal.expires) {
    return false;
  }
  if (!principal.workload.empty() && !parts_.workloads->trusts(principal.workload)) {
    return false;
  }
  switch (principal.kind) {
    case PrincipalKind::kAnonymous:
    case PrincipalKind::kApiKey:
      return parts_.keys->still_valid(principal, now);
    case PrincipalKind::kUser:
    case PrincipalKind::kAgent:
      return parts_.issuers->has(principal.id.substr(0, principal.id.find('/')));
    case PrincipalKind::kWorkload:
      return true;
  }
  return false;
}

}  // namespace sally::identity
