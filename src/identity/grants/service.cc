#include "identity/grants/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "base/text.h"

namespace sally::identity {
namespace {

using store::GrantRecord;
using store::GrantState;
using store::Transaction;

// Nothing where another grant of the same principal stands in the way of `grant`.
Result<> check_others(const std::vector<GrantRecord>& open, const GrantRecord& grant) {
  size_t held = 0;
  for (const GrantRecord& other : open) {
    const GrantState state = state_at(other, grant.requested);
    const bool is_open = state == GrantState::kActive || state == GrantState::kRequested;
    if (other.principal != grant.principal || !is_open) {
      continue;
    }
    ++held;
    // What was asked for does not keep a holder from breaking the glass.
    if (other.role == grant.role && other.break_glass == grant.break_glass) {
      return Error(ErrorKind::kConflict,
                   fmt::format("`{}` has role `{}` {} already: grant `{}`",
                               printable(grant.principal), grant.role, name_of(state), other.id),
                   fmt::format("sallyport access show {}", other.id));
    }
  }
  if (held >= kMaxGrants && !grant.break_glass) {
    return Error(
        ErrorKind::kConflict,
        fmt::format("`{}` has {} grants requested or active", printable(grant.principal), held),
        "end one first: `sallyport access end`");
  }
  return ok();
}

}  // namespace

Result<const Role*> GrantService::role(std::string_view name) const {
  if (const Role* found = find_role(roles_, name)) {
    return found;
  }
  std::vector<std::string_view> names;
  for (const Role& role : roles_) {
    names.emplace_back(role.name);
  }
  const std::string_view close = nearest(name, names);
  return Error(ErrorKind::kNotFound,
               close.empty() ? fmt::format("no role `{}` can be granted", printable(name))
                             : fmt::format("no role `{}` can be granted; did you mean `{}`?",
                                           printable(name), close),
               "sallyport access roles");
}

Result<> GrantService::tell(Transaction& transaction, const GrantChange& change) const {
  return on_change_ ? on_change_(transaction, change) : ok();
}

Result<GrantRecord> GrantService::create(const GrantRecord& grant, const GrantActor& actor) {
  TRY_OK(state_.write([&](Transaction& transaction) -> Result<> {
    TRY(const std::vector<GrantRecord> open, transaction.grants().open());
    TRY_OK(check_others(open, grant));
    TRY_OK(transaction.grants().create(grant));
    TRY_OK(tell(transaction, {grant.break_glass ? "access.break_glass" : "access.request", grant,
                              actor, grant.reason}));
    return grant.state == GrantState::kActive
               ? tell(transaction, {"access.activate", grant, actor, grant.reason})
               : ok();
  }));
  return grant;
}

Result<GrantRecord> GrantService::request(std::string_view name, const GrantActor& actor,
                                          const GrantWish& wish, WallTime now) {
  TRY(const Role* wanted, role(name));
  TRY(const GrantRecord grant,
      ask_for(*wanted, actor, wish, std::string(Ulid::make(now, random_).str()), now));
  return create(grant, actor);
}

Result<GrantRecord> GrantService::break_glass(std::string_view name, const GrantActor& actor,
                                              const GrantWish& wish, WallTime now) {
  TRY(const Role* wanted, role(name));
  TRY(const GrantRecord grant,
      identity::break_glass(*wanted, actor, wish, std::string(Ulid::make(now, random_).str()),
                            now));
  return create(grant, actor);
}

Result<GrantRecord> GrantService::change(
    std::string_view id, std::string_view what, const GrantActor& actor, std::string_view reason,
    const std::function<Result<>(GrantRecord&, const Role*)>& change) {
  GrantRecord grant;
  TRY_OK(state_.write([&](Transaction& transaction) -> Result<> {
    TRY(grant, transaction.grants().find(id));
    const GrantState before = grant.state;
    TRY_OK(change(grant, find_role(roles_, grant.role)));
    TRY_OK(transaction.grants().update(grant));
    TRY_OK(tell(transaction, {what, grant, actor, reason}));
    return before == GrantState::kRequested && grant.state == GrantState::kActive
               ? tell(transaction, {"access.activate", grant, actor, grant.reason})
               : ok();
  }));
  return grant;
}

Result<GrantRecord> GrantService::approve(std::string_view id, const GrantActor& actor,
                                          WallTime now) {
  return change(id, "access.approve", actor, {},
                [&](GrantRecord& grant, const Role* /*declared*/) -> Result<> {
                  TRY(const Role* wanted, role(grant.role));
                  return identity::approve(grant, *wanted, actor, now);
                });
}

Result<GrantRecord> GrantService::deny(std::string_view id, const GrantActor& actor,
                                       std::string_view reason, WallTime now) {
  return change(id, "access.deny", actor, reason, [&](GrantRecord& grant, const Role* declared) {
    return identity::deny(grant, declared, actor, reason, now);
  });
}

Result<GrantRecord> GrantService::end(std::string_view id, const GrantActor& actor,
                                      std::string_view reason, WallTime now) {
  return change(id, "access.end", actor, reason, [&](GrantRecord& grant, const Role* declared) {
    return identity::end(grant, declared, actor, reason, now);
  });
}

Result<GrantRecord> GrantService::find(std::string_view id) {
  GrantRecord out;
  TRY_OK(state_.read([&](Transaction& transaction) -> Result<> {
    TRY(out, transaction.grants().find(id));
    return ok();
  }));
  return out;
}

Result<std::vector<GrantRecord>> GrantService::list(size_t most) {
  std::vector<GrantRecord> out;
  TRY_OK(state_.read([&](Transaction& transaction) -> Result<> {
    TRY(out, transaction.grants().list(most));
    return ok();
  }));
  return out;
}

Result<size_t> GrantService::settle(WallTime now) {
  const GrantActor program{.who = "sallyport", .from = {}};
  size_t settled = 0;
  TRY_OK(state_.write([&](Transaction& transaction) -> Result<> {
    TRY(std::vector<GrantRecord> open, transaction.grants().open());
    TRY(const auto revocations, transaction.revocations().in_force(now));
    for (GrantRecord& grant : open) {
      const bool revoked = std::ranges::any_of(revocations, [&](const auto& one) {
        return one.kind == store::RevokedKind::kGrant && one.target == grant.id;
      });
      if (!identity::settle(grant, find_role(roles_, grant.role), revoked, now)) {
        continue;
      }
      ++settled;
      TRY_OK(transaction.grants().update(grant));
      TRY_OK(
          tell(transaction, {grant.state == GrantState::kExpired ? "access.expire" : "access.end",
                             grant, program, grant.closed_why}));
    }
    return ok();
  }));
  return settled;
}

}  // namespace sally::identity
