#include "identity/oidc/issuers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "formats/json/document.h"

namespace sally::identity {
namespace {

constexpr formats::JsonLimits kPayloadLimits = {
    .bytes = kMaxTokenText, .depth = 32, .members = 4'000};

// The `iss` that an unverified token claims: it only says whose keys to verify with.
std::string claimed_issuer(const CompactJws& jws) {
  const auto document = formats::JsonDocument::parse(jws.payload(), kPayloadLimits);
  if (!document.ok()) {
    return {};
  }
  return std::string(document->root().string("iss").value_or(""));
}

NotIdentified unavailable(const std::string& issuer) {
  return {Error(ErrorKind::kUnavailable,
                fmt::format("the keys of issuer `{}` cannot be had at the moment", issuer),
                "try again; the operator finds `issuer.away` in the log")};
}

}  // namespace

bool looks_like_token(std::string_view text) {
  return text.find('.') != text.rfind('.');
}

NotIdentified refused_token(const TokenRefusal& why) {
  Error error = why.to_error();
  std::string challenge =
      fmt::format(R"(Bearer error="invalid_token", error_description="{}")", why.code());
  return {std::move(error), std::move(challenge)};
}

Issuers::Issuers(std::vector<IssuerSettings> settings, Fetcher& fetcher, Logger& log,
                 const Issuers* previous) {
  issuers_.reserve(settings.size());
  for (IssuerSettings& one : settings) {
    std::shared_ptr<IssuerKeys> keys;
    if (previous != nullptr) {
      const auto same = std::ranges::find_if(
          previous->issuers_, [&](const Issuer& issuer) { return issuer.keys->serves(one); });
      if (same != previous->issuers_.end()) {
        keys = same->keys;
      }
    }
    if (keys == nullptr) {
      keys = IssuerKeys::create(one, fetcher, log);
    }
    issuers_.push_back({std::move(one), std::move(keys)});
  }
}

const Issuers::Issuer* Issuers::issuer_of(std::string_view iss) const {
  const auto found = std::ranges::find_if(
      issuers_, [&](const Issuer& issuer) { return issuer.settings.rules.issuer == iss; });
  return found == issuers_.end() ? nullptr : &*found;
}

std::optional<TokenVerdict> Issuers::verify(std::string_view token, WallTime now) const {
  if (token.size() > kMaxTokenText) {
    return TokenVerdict(refused_token(TokenRefusal(TokenFault::kTooLong)));
  }
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes(token));
  if (VerifiedTokenPtr known = cache_.find(digest);
      known != nullptr && now < known->good_until &&
      issuers_[known->issuer].keys->still(known->keys, now)) {
    return TokenVerdict(std::move(known));
  }
  return verify_anew(token, now, digest);
}

std::optional<TokenVerdict> Issuers::verify_anew(std::string_view token, WallTime now,
                                                 const crypto::Sha256Digest& digest) const {
  const auto jws = CompactJws::parse(token);
  if (!jws.ok()) {
    return TokenVerdict(refused_token(jws.error()));
  }
  const Issuer* issuer = issuer_of(claimed_issuer(*jws));
  if (issuer == nullptr) {
    return TokenVerdict(refused_token(TokenRefusal(TokenFault::kIssuer)));
  }
  const NumberedKeysPtr keys = issuer->keys->current(now);
  if (keys == nullptr) {
    if (issuer->keys->may_ask(std::nullopt, now)) {
      return std::nullopt;
    }
    return TokenVerdict(unavailable(issuer->settings.name));
  }
  auto claims = verify_token(token, keys->keys, issuer->settings.rules, now);
  if (!claims.ok()) {
    // Of a key without a name only the signature tells that it was exchanged for another.
    const TokenFault fault = claims.error().fault();
    const bool other_key =
        fault == TokenFault::kUnknownKey || (fault == TokenFault::kSignature && !jws->key_id());
    if (other_key && issuer->keys->may_ask(jws->key_id(), now)) {
      return std::nullopt;
    }
    return TokenVerdict(refused_token(claims.error()));
  }
  auto principal = principal_of(issuer->settings, *claims);
  if (!principal.ok()) {
    return TokenVerdict(refused_token(principal.error()));
  }
  auto verified = std::make_shared<VerifiedToken>();
  verified->issuer = static_cast<size_t>(issuer - issuers_.data());
  verified->keys = keys->number;
  verified->good_until = claims->expires + issuer->settings.rules.leeway.value();
  if (issuer->settings.rules.max_age && claims->issued) {
    verified->good_until =
        std::min(verified->good_until, *claims->issued + *issuer->settings.rules.max_age +
                                           issuer->settings.rules.leeway.value());
  }
  verified->confirmation = std::move(claims->confirmation);
  verified->principal = std::make_shared<const Principal>(*std::move(principal));
  VerifiedTokenPtr out = std::move(verified);
  cache_.put(digest, out);
  return TokenVerdict(std::move(out));
}

void Issuers::ask(std::string_view token, WallTime now, std::function<void()> done) const {
  const auto jws = CompactJws::parse(token);
  const Issuer* issuer = jws.ok() ? issuer_of(claimed_issuer(*jws)) : nullptr;
  if (issuer == nullptr) {
    done();
    return;
  }
  const bool have_keys = issuer->keys->current(now) != nullptr;
  issuer->keys->ask(have_keys ? jws->key_id() : std::nullopt, now, std::move(done));
}

bool Issuers::reachable(std::string_view name, WallTime now) const {
  return std::ranges::any_of(issuers_, [&](const Issuer& issuer) {
    return issuer.settings.name == name && issuer.keys->current(now) != nullptr;
  });
}

bool Issuers::has(std::string_view name) const {
  return std::ranges::any_of(issuers_,
                             [&](const Issuer& issuer) { return issuer.settings.name == name; });
}

void Issuers::keep_fresh(WallTime now) const {
  for (const Issuer& issuer : issuers_) {
    issuer.keys->keep_fresh(now);
  }
}

std::optional<Issuers::Signing> Issuers::signing(std::string_view iss, WallTime now) const {
  const Issuer* issuer = issuer_of(iss);
  if (issuer == nullptr) {
    return std::nullopt;
  }
  return Signing{&issuer->settings, issuer->keys->current(now)};
}

std::vector<Issuers::Status> Issuers::status() const {
  std::vector<Status> out;
  out.reserve(issuers_.size());
  for (const Issuer& issuer : issuers_) {
    out.push_back({issuer.settings.name, issuer.keys->status()});
  }
  return out;
}

}  // namespace sally::identity
