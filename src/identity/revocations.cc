#include "identity/revocations.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sally::identity {
namespace {

using store::RevokedKind;

// Whether `a` refuses everything that `b` does.
bool outdoes(const RevocationSet::Entry& a, const RevocationSet::Entry& b) {
  const bool longer = !a.until || (b.until && *b.until <= *a.until);
  const bool wider = !a.issued_before || (b.issued_before && *b.issued_before <= *a.issued_before);
  return longer && wider;
}

void add(std::vector<RevocationSet::Entry>& all, RevocationSet::Entry entry) {
  if (std::ranges::any_of(all, [&](const auto& other) { return outdoes(other, entry); })) {
    return;
  }
  std::erase_if(all, [&](const auto& other) { return outdoes(entry, other); });
  all.push_back(std::move(entry));
}

std::optional<RevokedKind> kind_of(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kAnonymous:
      break;
    case PrincipalKind::kApiKey:
      return RevokedKind::kKey;
    case PrincipalKind::kUser:
      return RevokedKind::kUser;
    case PrincipalKind::kAgent:
      return RevokedKind::kAgent;
    case PrincipalKind::kWorkload:
      return RevokedKind::kWorkload;
  }
  return std::nullopt;
}

// Calls `ask(kind, target)` for every name that can be revoked, until it says so.
template <typename Ask>
bool any_name(const Principal& principal, const Ask& ask) {
  const auto party = [&](PrincipalKind kind, std::string_view id) {
    const auto revoked = kind_of(kind);
    return revoked && ask(*revoked, id);
  };
  return party(principal.kind, principal.id) ||
         (!principal.token.empty() && ask(RevokedKind::kToken, principal.token)) ||
         (!principal.session.empty() && ask(RevokedKind::kSession, principal.session)) ||
         (!principal.workload.empty() && ask(RevokedKind::kWorkload, principal.workload)) ||
         (principal.acts_for && party(principal.acts_for->kind, principal.acts_for->id)) ||
         std::ranges::any_of(principal.via,
                             [&](const Party& one) { return party(one.kind, one.id); }) ||
         std::ranges::any_of(principal.grants,
                             [&](const std::string& id) { return ask(RevokedKind::kGrant, id); });
}

}  // namespace

RevocationSet::RevocationSet(const std::vector<store::RevocationRecord>& records,
                             const RevocationSet* before)
    : epoch_(before == nullptr ? 1 : before->epoch_ + 1), oldest_(epoch_) {
  for (const store::RevocationRecord& record : records) {
    const auto known = before == nullptr ? std::nullopt : before->epoch_of(record.id);
    const uint64_t epoch = known.value_or(epoch_);
    oldest_ = std::min(oldest_, epoch);
    by_id_.emplace(record.id, epoch);
    add(by_target_[static_cast<size_t>(record.kind)][record.target],
        {record.id, record.requested, record.issued_before, record.until});
  }
}

const RevocationSet::Entry* RevocationSet::find(RevokedKind kind, std::string_view target,
                                                std::optional<WallTime> issued,
                                                WallTime now) const {
  const auto& targets = by_target_[static_cast<size_t>(kind)];
  const auto found = targets.find(target);
  if (found == targets.end()) {
    return nullptr;
  }
  const auto refuses = [&](const Entry& entry) {
    return (!entry.until || now < *entry.until) &&
           (!entry.issued_before || !issued || *issued < *entry.issued_before);
  };
  const auto entry = std::ranges::find_if(found->second, refuses);
  return entry == found->second.end() ? nullptr : &*entry;
}

std::optional<uint64_t> RevocationSet::epoch_of(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

Revocations::Revocations(store::State& state, Millis max_age)
    : state_(state),
      max_age_(max_age),
      set_(std::make_unique<const RevocationSet>(std::vector<store::RevocationRecord>(), nullptr)) {
}

Result<std::unique_ptr<Revocations>> Revocations::open(store::State& state, Millis max_age,
                                                       WallTime now) {
  std::unique_ptr<Revocations> out(new Revocations(state, max_age));
  TRY_OK(out->refresh(now));
  return out;
}

Result<bool> Revocations::refresh(WallTime now) {
  const std::lock_guard lock(refreshing_);
  // The number first: a change between the two reads makes the next refresh read once more.
  TRY(const uint64_t generation, state_.generation());
  bool changed = false;
  if (generation_ != generation) {
    TRY(changed, load(now));
    generation_ = generation;
  }
  read_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return changed;
}

Result<bool> Revocations::load(WallTime now) {
  std::vector<store::RevocationRecord> records;
  TRY_OK(state_.read([&](store::Transaction& transaction) -> Result<> {
    TRY(records, transaction.revocations().in_force(now));
    return ok();
  }));
  if (records == in_force_) {
    return false;
  }
  auto next = set_.read([&](const RevocationSet& before) {
    return std::make_unique<const RevocationSet>(records, &before);
  });
  set_.publish(std::move(next));
  size_.store(records.size(), std::memory_order_release);
  in_force_ = std::move(records);
  return true;
}

std::optional<Error> Revocations::refusal_of(const Principal& principal, WallTime now) const {
  if (principal.kind == PrincipalKind::kAnonymous) {
    return std::nullopt;
  }
  if (stale(now)) {
    return Error(ErrorKind::kUnavailable, "what was revoked cannot be read at the moment",
                 "try again; the operator finds `keys.stale` in the log");
  }
  if (size() == 0) {
    return std::nullopt;
  }
  return set_.read([&](const RevocationSet& set) -> std::optional<Error> {
    std::optional<Error> out;
    any_name(principal, [&](RevokedKind kind, std::string_view target) {
      const RevocationSet::Entry* entry = set.find(kind, target, principal.issued, now);
      if (entry != nullptr) {
        out = Error(ErrorKind::kUnauthenticated,
                    fmt::format("{} `{}` was revoked at {} (revocation {})", name_of(kind),
                                printable(target), format_time(entry->requested), entry->id),
                    "ask whoever runs the gate, with the revocation's id");
      }
      return entry != nullptr;
    });
    return out;
  });
}

bool Revocations::holds(RevokedKind kind, std::string_view target, WallTime now) const {
  return size() != 0 && set_.read([&](const RevocationSet& set) {
    return set.find(kind, target, std::nullopt, now) != nullptr;
  });
}

uint64_t Revocations::epoch() const {
  return set_.read([](const RevocationSet& set) { return set.epoch(); });
}

std::optional<uint64_t> Revocations::epoch_of(std::string_view id) const {
  return set_.read([&](const RevocationSet& set) { return set.epoch_of(id); });
}

uint64_t Revocations::oldest_epoch() const {
  return set_.read([](const RevocationSet& set) { return set.oldest_epoch(); });
}

bool Revocations::stale(WallTime now) const {
  return now.time_since_epoch().count() - read_at_.load(std::memory_order_relaxed) >
         max_age_.count();
}

}  // namespace sally::identity
