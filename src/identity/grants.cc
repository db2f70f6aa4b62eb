#include "identity/grants.h"

#include <algorithm>
#include <map>
#include <utility>

namespace sally::identity {

ActiveGrants::ActiveGrants(store::State& state, Millis max_age)
    : state_(state), max_age_(max_age), held_(std::make_unique<const Held>()) {}

Result<std::unique_ptr<ActiveGrants>> ActiveGrants::open(store::State& state, Millis max_age,
                                                         WallTime now) {
  std::unique_ptr<ActiveGrants> out(new ActiveGrants(state, max_age));
  TRY(Loaded loaded, load(state, now));
  out->publish(std::move(loaded));
  out->read_at_ = now.time_since_epoch().count();
  return out;
}

Result<ActiveGrants::Loaded> ActiveGrants::load(store::State& state, WallTime now) {
  // The number first: a change between the two reads makes the next refresh read once more.
  TRY(const uint64_t generation, state.generation());
  std::vector<store::GrantRecord> open;
  std::vector<store::RevocationRecord> revocations;
  TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
    TRY(open, transaction.grants().open());
    TRY(revocations, transaction.revocations().in_force(now));
    return ok();
  }));
  auto held = std::make_unique<Held>();
  std::map<std::string, std::vector<Grant>> by_name;
  for (store::GrantRecord& grant : open) {
    const bool active = grant.state == store::GrantState::kActive;
    const bool revoked =
        active && std::ranges::any_of(revocations, [&](const store::RevocationRecord& one) {
          return one.kind == store::RevokedKind::kGrant && one.target == grant.id;
        });
    // A revoked one is to be closed, now.
    const WallTime due = revoked ? now : active ? *grant.ends : grant.lapses;
    held->next_due = std::min(held->next_due.value_or(due), due);
    if (active && !revoked) {
      std::vector<Grant>& of_one = by_name[std::move(grant.principal)];
      of_one.insert(grant.break_glass ? of_one.begin() : of_one.end(),
                    {std::move(grant.id), std::move(grant.role), grant.break_glass, *grant.ends});
    }
  }
  held->names.reserve(by_name.size());
  for (auto& [name, grants] : by_name) {
    held->names.push_back(name);
    held->by_principal.emplace(held->names.back(), std::move(grants));
  }
  return Loaded{std::move(held), generation};
}

void ActiveGrants::publish(Loaded loaded) {
  const size_t principals = loaded.held->names.size();
  held_.publish(std::move(loaded.held));
  principals_.store(principals, std::memory_order_relaxed);
  generation_ = loaded.generation;
}

Result<bool> ActiveGrants::refresh(WallTime now, const std::function<void()>& before) {
  const std::lock_guard lock(refreshing_);
  TRY(const uint64_t generation, state_.generation());
  const bool changed = generation != generation_;
  if (changed) {
    TRY(Loaded loaded, load(state_, now));
    if (before) {
      before();
    }
    publish(std::move(loaded));
  }
  read_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  return changed;
}

bool ActiveGrants::stale(WallTime now) const {
  return now.time_since_epoch().count() - read_at_.load(std::memory_order_relaxed) >
         max_age_.count();
}

HeldGrants ActiveGrants::roles_of(std::string_view principal, WallTime now) const {
  HeldGrants out;
  if (principals_.load(std::memory_order_relaxed) == 0 || stale(now)) {
    return out;
  }
  held_.read([&](const Held& held) {
    const auto found = held.by_principal.find(principal);
    if (found == held.by_principal.end()) {
      return;
    }
    for (const Grant& grant : found->second) {
      if (grant.ends <= now) {
        continue;
      }
      out.roles.push_back(grant.role);
      out.grants.push_back(grant.id);
      if (grant.break_glass && out.break_glass.empty()) {
        out.break_glass = grant.id;
      }
    }
  });
  std::ranges::sort(out.roles);
  const auto twice = std::ranges::unique(out.roles);
  out.roles.erase(twice.begin(), twice.end());
  return out;
}

bool ActiveGrants::still_held(const Principal& principal, WallTime now) const {
  if (principal.grants.empty()) {
    return true;
  }
  const std::vector<std::string> held = roles_of(principal.id, now).grants;
  return std::ranges::all_of(principal.grants, [&](const std::string& id) {
    return std::ranges::find(held, id) != held.end();
  });
}

ActiveGrants::Count ActiveGrants::count(WallTime now) const {
  return held_.read([&](const Held& held) {
    Count out;
    for (const auto& [name, grants] : held.by_principal) {
      for (const Grant& grant : grants) {
        out.active += grant.ends > now ? 1U : 0U;
        out.break_glass += grant.ends > now && grant.break_glass ? 1U : 0U;
      }
    }
    return out;
  });
}

std::vector<ActiveGrants::BrokenGlass> ActiveGrants::broken_glass(WallTime now) const {
  return held_.read([&](const Held& held) {
    std::vector<BrokenGlass> out;
    for (const auto& [name, grants] : held.by_principal) {
      for (const Grant& grant : grants) {
        if (grant.break_glass && grant.ends > now) {
          out.push_back({grant.id, std::string(name), grant.role});
        }
      }
    }
    return out;
  });
}

std::optional<WallTime> ActiveGrants::next_due() const {
  return held_.read([](const Held& held) { return held.next_due; });
}

}  // namespace sally::identity
