#include "identity/key_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "identity/api_key.h"

namespace sally::identity {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxScopes = 256;
constexpr size_t kMaxScopeName = 256;
constexpr Millis kMaxOverlap = std::chrono::days(365);
constexpr std::string_view kIdPrefix = "key_";
constexpr size_t kIdDigits = 12;
constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

KeyId make_key_id(Random& random) {
  std::string id(kIdPrefix);
  while (id.size() < kIdPrefix.size() + kIdDigits) {
    std::array<std::byte, 1> octet;
    random.fill(octet);
    const auto value = std::to_integer<size_t>(octet[0]);
    if (value < 4 * kBase62.size()) {  // beyond: drawn again, so that every digit is as likely
      id += kBase62[value % kBase62.size()];
    }
  }
  return KeyId(std::move(id));
}

Result<> check_label(std::string_view what, std::string_view text) {
  if (text.size() > kMaxName || printable(text, kMaxName) != text) {
    return Error(ErrorKind::kUsage,
                 fmt::format("the key's {} `{}` does not fit", what, printable(text)),
                 fmt::format("use at most {} bytes of text without control characters", kMaxName));
  }
  return ok();
}

template <typename Id>
Result<> check_scopes(std::string_view what, const std::vector<Id>& scopes) {
  if (scopes.size() > kMaxScopes) {
    return Error(
        ErrorKind::kUsage, fmt::format("{} {} are more than a key can hold", scopes.size(), what),
        fmt::format("at most {}; or leave them out and write a policy for the team", kMaxScopes));
  }
  for (const Id& scope : scopes) {
    const std::string& name = scope.str();
    const bool fits =
        !name.empty() && name.size() <= kMaxScopeName &&
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!fits) {
      return Error(ErrorKind::kUsage,
                   fmt::format("`{}` cannot be one of a key's {}", printable(name), what),
                   "a name is 1 to 256 printable ASCII characters without spaces");
    }
  }
  return ok();
}

template <typename Id>
std::vector<Id> sorted_without_duplicates(std::vector<Id> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// What `revocations` say of the key.
void mark_revoked(const std::vector<store::RevocationRecord>& revocations,
                  store::KeyRecord& record) {
  for (const store::RevocationRecord& one : revocations) {
    if (one.kind == store::RevokedKind::kKey && one.target == record.id.str()) {
      record.revoked = std::min(record.revoked.value_or(one.requested), one.requested);
    }
  }
}

}  // namespace

bool is_key_id(std::string_view text) {
  return text.size() == kIdPrefix.size() + kIdDigits && text.starts_with(kIdPrefix) &&
         text.find_first_not_of(kBase62, kIdPrefix.size()) == std::string_view::npos;
}

CreatedKey ApiKeyService::make(const KeyRequest& request, WallTime now) {
  CreatedKey key{.record = {}, .text = make_api_key(random_)};
  store::KeyRecord& record = key.record;
  record.id = make_key_id(random_);
  record.name = request.name;
  record.team = request.team;
  record.digest = pepper_.digest(key.text.reveal());
  record.created = now;
  record.expires = request.expires;
  record.routes = sorted_without_duplicates(request.routes);
  record.models = sorted_without_duplicates(request.models);
  record.requests_per_minute = request.requests_per_minute;
  return key;
}

Result<CreatedKey> ApiKeyService::create(const KeyRequest& request, WallTime now) {
  if (request.name.empty()) {
    return Error(ErrorKind::kUsage, "the key has no name", "say who or what will use it");
  }
  TRY_OK(check_label("name", request.name));
  TRY_OK(check_label("team", request.team.str()));
  TRY_OK(check_scopes("routes", request.routes));
  TRY_OK(check_scopes("models", request.models));
  if (request.expires && *request.expires <= now) {
    return Error(ErrorKind::kUsage, fmt::format("the key would have expired already, at {}",
                                                format_time(*request.expires)));
  }
  CreatedKey key = make(request, now);
  TRY_OK(state_.write([&](store::Transaction& transaction) -> Result<> {
    TRY_OK(transaction.keys().create(key.record));
    return changed(transaction, {"key.create", nullptr, key.record});
  }));
  return key;
}

Result<> ApiKeyService::changed(store::Transaction& transaction, const KeyChange& change) const {
  return on_change_ ? on_change_(transaction, change) : ok();
}

Result<std::vector<store::KeyRecord>> ApiKeyService::list(WallTime now) {
  std::vector<store::KeyRecord> out;
  std::vector<store::RevocationRecord> revocations;
  TRY_OK(state_.read([&](store::Transaction& transaction) -> Result<> {
    TRY(out, transaction.keys().list());
    TRY(revocations, transaction.revocations().in_force(now));
    return ok();
  }));
  for (store::KeyRecord& record : out) {
    mark_revoked(revocations, record);
  }
  return out;
}

Result<store::KeyRecord> ApiKeyService::revoke(const KeyId& id, WallTime now) {
  store::KeyRecord record;
  TRY_OK(state_.write([&](store::Transaction& transaction) -> Result<> {
    TRY(const store::KeyRecord before, transaction.keys().find(id));
    TRY_OK(transaction.keys().revoke(id, now));
    TRY(record, transaction.keys().find(id));
    return before == record ? ok() : changed(transaction, {"key.revoke", &before, record});
  }));
  return record;
}

Result<CreatedKey> ApiKeyService::rotate(const KeyId& id, Millis overlap, WallTime now) {
  if (overlap < Millis(0) || overlap > kMaxOverlap) {
    return Error(ErrorKind::kUsage, "the two keys cannot both work for that long",
                 fmt::format("an overlap is 0 to {}", format_duration(kMaxOverlap)));
  }
  std::optional<CreatedKey> created;
  TRY_OK(state_.write([&](store::Transaction& transaction) -> Result<> {
    TRY(store::KeyRecord old, transaction.keys().find(id));
    TRY(const auto revocations, transaction.revocations().in_force(now));
    mark_revoked(revocations, old);
    if (old.revoked || (old.expires && *old.expires <= now)) {
      return Error(ErrorKind::kConflict,
                   fmt::format("key `{}` {} and cannot be rotated", old.id.str(),
                               old.revoked ? "was revoked" : "has expired"),
                   "make a new one with `sallyport key create`");
    }
    std::optional<WallTime> expires;
    if (old.expires) {
      expires = now + (*old.expires - old.created);
    }
    created = make({.name = old.name,
                    .team = old.team,
                    .routes = old.routes,
                    .models = old.models,
                    .expires = expires,
                    .requests_per_minute = old.requests_per_minute},
                   now);
    const WallTime end = now + overlap;
    TRY_OK(transaction.keys().set_expiry(id, old.expires ? std::min(*old.expires, end) : end));
    TRY_OK(transaction.keys().create(created->record));
    TRY_OK(changed(transaction, {"key.create", nullptr, created->record}));
    TRY(const store::KeyRecord ended, transaction.keys().find(id));
    return changed(transaction, {"key.expire", &old, ended});
  }));
  return std::move(*created);
}

}  // namespace sally::identity
