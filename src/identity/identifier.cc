#include "identity/identifier.h"

#include <fmt/format.h>

#include <utility>

#include "base/secret.h"
#include "identity/api_key.h"

namespace sally::identity {
namespace {

Error refused(std::string message, std::string hint) {
  return Error(ErrorKind::kUnauthenticated, std::move(message), std::move(hint));
}

// Why `entry` is not accepted at `now`; nothing when it is.
std::optional<Error> refusal_of(const KeyRing::Entry& entry, WallTime now) {
  const Principal& principal = *entry.principal;
  if (entry.revoked) {  // whatever our clock says of when
    return refused(
        fmt::format("API key `{}` was revoked at {}", principal.id, format_time(*entry.revoked)),
        "ask for a new key");
  }
  if (principal.expires && *principal.expires <= now) {
    return refused(
        fmt::format("API key `{}` expired at {}", principal.id, format_time(*principal.expires)),
        "ask for a new key, or for this one to be rotated before it ends");
  }
  return std::nullopt;
}

// The one credential of the caller; empty when there is none.
Result<std::string_view> choose(const Credentials& credentials) {
  if (credentials.api_key.empty()) {
    return credentials.bearer;
  }
  if (!credentials.bearer.empty() &&
      !constant_time_equal(as_bytes(credentials.bearer), as_bytes(credentials.api_key))) {
    return refused("the request carries two different credentials",
                   "send the key in `authorization` or in `x-api-key`, not another in each");
  }
  return credentials.api_key;
}

}  // namespace

ApiKeyIdentifier::ApiKeyIdentifier(store::State& state, const Pepper& pepper, Millis max_age)
    : state_(state),
      pepper_(pepper),
      max_age_(max_age),
      anonymous_(std::make_shared<const Principal>()),
      ring_(std::make_unique<const KeyRing>(std::vector<store::KeyRecord>{}, last_use_)) {}

Result<std::unique_ptr<ApiKeyIdentifier>> ApiKeyIdentifier::open(store::State& state,
                                                                 const Pepper& pepper,
                                                                 Millis max_age, WallTime now) {
  std::unique_ptr<ApiKeyIdentifier> identifier(new ApiKeyIdentifier(state, pepper, max_age));
  TRY(Loaded loaded, load(state, identifier->last_use_));
  identifier->ring_.publish(std::move(loaded.ring));
  identifier->generation_ = loaded.generation;
  identifier->read_at_ = now.time_since_epoch().count();
  return identifier;
}

Result<ApiKeyIdentifier::Loaded> ApiKeyIdentifier::load(store::State& state, LastUse& last_use) {
  // The number first: a change between the two reads makes the next refresh read once more.
  TRY(const uint64_t generation, state.generation());
  std::vector<store::KeyRecord> records;
  TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
    TRY(records, transaction.keys().list());
    return ok();
  }));
  return Loaded{std::make_unique<const KeyRing>(std::move(records), last_use), generation};
}

Result<bool> ApiKeyIdentifier::refresh(WallTime now) {
  const std::lock_guard lock(refreshing_);
  TRY(const uint64_t generation, state_.generation());
  const bool changed = generation != generation_;
  if (changed) {
    TRY(Loaded loaded, load(state_, last_use_));
    ring_.publish(std::move(loaded.ring));
    generation_ = loaded.generation;
  }
  read_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return changed;
}

Result<PrincipalPtr> ApiKeyIdentifier::identify(const Credentials& credentials,
                                                WallTime now) const {
  TRY(const std::string_view text, choose(credentials));
  if (text.empty()) {
    return anonymous_;
  }
  TRY_OK(check_api_key(text));
  if (stale(now)) {
    return Error(ErrorKind::kUnavailable, "the API keys cannot be checked at the moment",
                 "try again; the operator finds `keys.stale` in the log");
  }
  const crypto::Sha256Digest digest = pepper_.digest(text);
  return ring_.read([&](const KeyRing& ring) -> Result<PrincipalPtr> {
    const KeyRing::Entry* entry = ring.find(digest);
    if (entry == nullptr) {
      return refused("the API key is not known here", "check that it belongs to this gate");
    }
    if (std::optional<Error> error = refusal_of(*entry, now)) {
      return std::move(*error);
    }
    entry->mark->note(now);
    return entry->principal;
  });
}

bool ApiKeyIdentifier::still_valid(const Principal& principal, WallTime now) const {
  if (principal.kind == PrincipalKind::kAnonymous) {
    return true;
  }
  return !stale(now) && ring_.read([&](const KeyRing& ring) {
    const KeyRing::Entry* entry = ring.find(principal.id);
    return entry != nullptr && !refusal_of(*entry, now);
  });
}

size_t ApiKeyIdentifier::keys() const {
  return ring_.read([](const KeyRing& ring) { return ring.size(); });
}

bool ApiKeyIdentifier::stale(WallTime now) const {
  return now.time_since_epoch().count() - read_at_.load(std::memory_order_relaxed) >
         max_age_.count();
}

}  // namespace sally::identity
