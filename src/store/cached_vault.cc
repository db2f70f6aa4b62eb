#include "store/cached_vault.h"

#include <array>
#include <cstring>
#include <utility>

#include "crypto/aead.h"

namespace sally::store {
namespace {

// What a value and a number cost beside their octets, about.
constexpr size_t kValueCost = 160;
constexpr size_t kNumberCost = 64;

Secret fresh_key(Random& random) {
  std::string key(crypto::kSha256Size, '\0');
  random.fill(std::as_writable_bytes(std::span(key.data(), key.size())));
  return Secret::take(std::move(key));
}

}  // namespace

CachedVault::CachedVault(std::unique_ptr<Vault> vault, const VaultCacheLimits& limits,
                         Random& random)
    : vault_(std::move(vault)), limits_(limits), key_(fresh_key(random)) {}

size_t CachedVault::DigestHash::operator()(const Digest& digest) const noexcept {
  size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

CachedVault::Digest CachedVault::digest_of(std::string_view kind, std::string_view first,
                                           std::string_view second) const {
  crypto::HmacStream stream = key_.begin();
  // Of known length, so that the first one's end cannot be the second one's beginning.
  const uint64_t length = first.size();
  stream.update(as_bytes(kind));
  stream.update(std::as_bytes(std::span(&length, 1)));
  stream.update(as_bytes(first));
  stream.update(as_bytes(second));
  return stream.finish();
}

void CachedVault::see(uint64_t generation) {
  if (generation > generation_) {
    scopes_.clear();
    by_name_.clear();
    octets_ = 0;
    generation_ = generation;
  }
}

CachedVault::Scope* CachedVault::find(const Digest& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return nullptr;
  }
  scopes_.splice(scopes_.begin(), scopes_, found->second);
  return &scopes_.front();
}

CachedVault::Scope* CachedVault::find_or_add(const Digest& name, uint64_t generation) {
  if (generation != generation_) {
    return nullptr;
  }
  if (Scope* scope = find(name)) {
    return scope;
  }
  scopes_.push_front(Scope{.name = name, .values = {}, .numbers = {}, .octets = 0});
  by_name_.emplace(name, scopes_.begin());
  return &scopes_.front();
}

void CachedVault::keep(Scope& scope, const VaultEntry& entry, std::string_view value) {
  const auto [at, added] =
      scope.values.insert_or_assign(entry.number, VaultValue{entry, Secret(value)});
  if (added) {
    const size_t cost = kValueCost + value.size();
    scope.octets += cost;
    octets_ += cost;
  }
}

void CachedVault::keep_number(Scope& scope, const Digest& digest, uint32_t number) {
  if (scope.numbers.insert_or_assign(digest, number).second) {
    scope.octets += kNumberCost;
    octets_ += kNumberCost;
  }
}

const VaultEntry* CachedVault::fresh(const Scope& scope, const Digest& digest, WallTime now) const {
  const auto number = scope.numbers.find(digest);
  if (number == scope.numbers.end()) {
    return nullptr;
  }
  const auto value = scope.values.find(number->second);
  if (value == scope.values.end() ||
      value->second.entry.expires - now < vault_->limits().lifetime / 2) {
    return nullptr;
  }
  return &value->second.entry;
}

void CachedVault::shrink() {
  while (octets_ > limits_.octets && !scopes_.empty()) {
    octets_ -= scopes_.back().octets;
    by_name_.erase(scopes_.back().name);
    scopes_.pop_back();
  }
}

Result<std::vector<VaultEntry>> CachedVault::put(std::string_view scope_name,
                                                 std::string_view subject,
                                                 std::span<const VaultItem> items, WallTime now) {
  std::vector<Digest> digests;
  digests.reserve(items.size());
  for (const VaultItem& item : items) {
    digests.push_back(digest_of("value", subject, item.value));
  }
  const Digest name = digest_of("scope", scope_name, {});
  std::vector<VaultEntry> out(items.size());
  std::vector<size_t> missing;
  TRY(const uint64_t generation, vault_->generation());
  {
    const std::lock_guard lock(mutex_);
    see(generation);
    const Scope* scope = find(name);
    for (size_t i = 0; i < items.size(); ++i) {
      const VaultEntry* entry = scope == nullptr ? nullptr : fresh(*scope, digests[i], now);
      if (entry == nullptr) {
        missing.push_back(i);
      } else {
        out[i] = *entry;
      }
    }
  }
  if (missing.empty()) {
    return out;
  }
  std::vector<VaultItem> rest;
  rest.reserve(missing.size());
  for (const size_t i : missing) {
    rest.push_back(items[i]);
  }
  TRY(std::vector<VaultEntry> entries, vault_->put(scope_name, subject, rest, now));
  const std::lock_guard lock(mutex_);
  Scope* scope = find_or_add(name, generation);
  for (size_t i = 0; i < missing.size(); ++i) {
    if (scope != nullptr) {
      keep(*scope, entries[i], rest[i].value);
      keep_number(*scope, digests[missing[i]], entries[i].number);
    }
    out[missing[i]] = std::move(entries[i]);
  }
  shrink();
  return out;
}

Result<std::optional<VaultValue>> CachedVault::get(std::string_view scope_name, uint32_t number,
                                                   WallTime now) {
  const Digest name = digest_of("scope", scope_name, {});
  TRY(const uint64_t generation, vault_->generation());
  {
    const std::lock_guard lock(mutex_);
    see(generation);
    if (const Scope* scope = find(name)) {
      const auto value = scope->values.find(number);
      if (value != scope->values.end() && value->second.entry.expires > now) {
        return std::optional(VaultValue{value->second.entry, value->second.value.clone()});
      }
    }
  }
  TRY(std::optional<VaultValue> value, vault_->get(scope_name, number, now));
  if (value) {
    const std::lock_guard lock(mutex_);
    if (Scope* scope = find_or_add(name, generation)) {
      keep(*scope, value->entry, value->value.reveal());
      shrink();
    }
  }
  return value;
}

Result<size_t> CachedVault::forget(std::string_view subject) {
  auto forgotten = vault_->forget(subject);
  // The next call would notice by itself; the memory goes now.
  TRY(const uint64_t generation, vault_->generation());
  const std::lock_guard lock(mutex_);
  see(generation);
  return forgotten;
}

size_t CachedVault::cached_octets() const {
  const std::lock_guard lock(mutex_);
  return octets_;
}

}  // namespace sally::store
