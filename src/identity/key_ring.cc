#include "identity/key_ring.h"

#include <bit>
#include <cstring>
#include <utility>

#include "base/secret.h"

namespace sally::identity {
namespace {

uint64_t first_octets(const crypto::Sha256Digest& digest) {
  uint64_t out = 0;
  std::memcpy(&out, digest.data(), sizeof(out));
  return out;
}

}  // namespace

KeyRing::KeyRing(std::vector<store::KeyRecord> records, LastUse& last_use)
    : slots_(std::bit_ceil(records.size() * 2 + 1), 0) {
  entries_.reserve(records.size());
  for (store::KeyRecord& record : records) {
    auto principal = std::make_shared<Principal>();
    principal->kind = PrincipalKind::kApiKey;
    principal->id = record.id.str();
    principal->proofs = {"key"};
    principal->name = std::move(record.name);
    principal->team = std::move(record.team);
    principal->routes = std::move(record.routes);
    principal->models = std::move(record.models);
    principal->expires = record.expires;
    principal->requests_per_minute = record.requests_per_minute;
    auto mark = last_use.mark_of(record.id, record.last_used);
    entries_.push_back({record.digest, std::move(principal), record.revoked, std::move(mark)});

    const auto number = static_cast<uint32_t>(entries_.size());
    size_t at = first_octets(record.digest) & (slots_.size() - 1);
    while (slots_[at] != 0) {
      at = (at + 1) & (slots_.size() - 1);
    }
    slots_[at] = number;
    by_id_.emplace(entries_.back().principal->id, number - 1);
  }
}

const KeyRing::Entry* KeyRing::find(const crypto::Sha256Digest& digest) const {
  for (size_t at = first_octets(digest) & (slots_.size() - 1); slots_[at] != 0;
       at = (at + 1) & (slots_.size() - 1)) {
    const Entry& entry = entries_[slots_[at] - 1];
    if (constant_time_equal(entry.digest, digest)) {
      return &entry;
    }
  }
  return nullptr;
}

const KeyRing::Entry* KeyRing::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &entries_[found->second];
}

}  // namespace sally::identity
