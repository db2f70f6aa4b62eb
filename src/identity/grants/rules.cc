#include "identity/grants/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace sally::identity {
namespace {

using store::GrantRecord;
using store::GrantState;

constexpr std::string_view kTeam = "team:";
constexpr std::string_view kGroup = "group:";
constexpr std::string_view kProgram = "sallyport";

bool contains(const std::vector<std::string>& all, std::string_view one) {
  return std::ranges::find(all, one) != all.end();
}

bool is_among(const std::vector<std::string>& named, const GrantActor& actor) {
  return std::ranges::any_of(named, [&](std::string_view name) {
    if (name.starts_with(kTeam)) {
      return !actor.team.empty() && name.substr(kTeam.size()) == actor.team;
    }
    return name.starts_with(kGroup) ? contains(actor.groups, name.substr(kGroup.size()))
                                    : name == actor.who;
  });
}

Error denied(std::string message, std::string hint) {
  return Error(ErrorKind::kDenied, std::move(message), std::move(hint));
}

Result<> check_reason(std::string_view reason) {
  const bool says_something = reason.find_first_not_of(' ') != std::string_view::npos;
  if (!says_something) {
    return Error(ErrorKind::kUsage, "there is no reason", "say what the access is for");
  }
  if (reason.size() > kMaxReason || printable(reason, kMaxReason) != reason) {
    return Error(ErrorKind::kUsage, "the reason does not fit",
                 fmt::format("one line of at most {} bytes of text", kMaxReason));
  }
  return ok();
}

Result<GrantRecord> make(const Role& role, const GrantActor& actor, const GrantWish& wish,
                         std::string id, WallTime now) {
  TRY_OK(check_reason(wish.reason));
  const Millis lasts = wish.lasts == Millis(0) ? role.longest : wish.lasts;
  if (lasts <= Millis(0) || lasts > role.longest) {
    return Error(ErrorKind::kUsage,
                 fmt::format("role `{}` cannot be had for {}", role.name, format_duration(lasts)),
                 fmt::format("at most {}", format_duration(role.longest)));
  }
  return GrantRecord{.id = std::move(id),
                     .role = role.name,
                     .principal = actor.who,
                     .from = actor.from,
                     .reason = wish.reason,
                     .lasts = lasts,
                     .requested = now,
                     .lapses = now + role.approve_within};
}

void activate(GrantRecord& grant, WallTime now) {
  grant.state = GrantState::kActive;
  grant.activated = now;
  grant.ends = now + grant.lasts;
}

void close(GrantRecord& grant, GrantState state, std::string_view by, std::string_view why,
           WallTime at) {
  grant.state = state;
  grant.closed = at;
  grant.closed_by = by;
  grant.closed_why = why;
}

Error wrong_state(const GrantRecord& grant, std::string_view wanted, WallTime now) {
  const GrantState state = state_at(grant, now);
  const bool is = state == GrantState::kRequested || state == GrantState::kActive;
  return Error(ErrorKind::kConflict,
               fmt::format("grant `{}` {}{}", grant.id,
                           is                             ? "is "
                           : state == GrantState::kDenied ? "was "
                                                          : "has ",
                           name_of(state)),
               fmt::format("{}; see `sallyport access show {}`", wanted, grant.id));
}

// Whoever asked is whom the grant is for, or the user of the machine where it was asked for him.
bool asked(const GrantRecord& grant, const GrantActor& actor) {
  return actor.who == grant.principal || actor.who == grant.from;
}

Result<> check_approver(const GrantRecord& grant, const Role& role, const GrantActor& actor,
                        std::string_view verb) {
  if (asked(grant, actor)) {
    return denied(fmt::format("`{}` asked for grant `{}` and cannot {} it", printable(actor.who),
                              grant.id, verb),
                  "it takes somebody else");
  }
  if (!is_among(role.approvers, actor)) {
    return denied(
        fmt::format("`{}` may not {} role `{}`", printable(actor.who), verb, role.name),
        fmt::format("the configuration names who may: {}", fmt::join(role.approvers, ", ")));
  }
  return ok();
}

}  // namespace

const Role* find_role(const Roles& roles, std::string_view name) {
  const auto found = std::ranges::find(roles, name, &Role::name);
  return found == roles.end() ? nullptr : &*found;
}

GrantState state_at(const GrantRecord& grant, WallTime now) {
  if (grant.state == GrantState::kActive && *grant.ends <= now) {
    return GrantState::kEnded;
  }
  if (grant.state == GrantState::kRequested && grant.lapses <= now) {
    return GrantState::kExpired;
  }
  return grant.state;
}

Result<GrantRecord> ask_for(const Role& role, const GrantActor& actor, const GrantWish& wish,
                            std::string id, WallTime now) {
  if (role.approvers.empty()) {
    return denied(fmt::format("nobody may approve role `{}`", role.name),
                  "its holders take it: `sallyport access break-glass`");
  }
  if (!role.requesters.empty() && !is_among(role.requesters, actor)) {
    return denied(
        fmt::format("`{}` may not ask for role `{}`", printable(actor.who), role.name),
        fmt::format("the configuration names who may: {}", fmt::join(role.requesters, ", ")));
  }
  TRY(GrantRecord grant, make(role, actor, wish, std::move(id), now));
  grant.needed = role.approvals;
  return grant;
}

Result<GrantRecord> break_glass(const Role& role, const GrantActor& actor, const GrantWish& wish,
                                std::string id, WallTime now) {
  if (!role.break_glass) {
    return denied(fmt::format("role `{}` is not for breaking the glass", role.name),
                  "ask for it: `sallyport access request`");
  }
  if (!contains(role.holders, actor.who)) {
    return denied(
        fmt::format("`{}` does not hold role `{}`", printable(actor.who), role.name),
        fmt::format("the configuration names its holders: {}", fmt::join(role.holders, ", ")));
  }
  TRY(GrantRecord grant, make(role, actor, wish, std::move(id), now));
  grant.break_glass = true;
  activate(grant, now);
  return grant;
}

Result<> approve(GrantRecord& grant, const Role& role, const GrantActor& actor, WallTime now) {
  TRY_OK(check_approver(grant, role, actor, "approve"));
  if (state_at(grant, now) != GrantState::kRequested) {
    return wrong_state(grant, "only what is requested can be approved", now);
  }
  const auto at =
      std::ranges::lower_bound(grant.approvals, actor.who, {}, &store::GrantApproval::who);
  if (at != grant.approvals.end() && at->who == actor.who) {
    return Error(ErrorKind::kConflict,
                 fmt::format("`{}` approved grant `{}` already", printable(actor.who), grant.id),
                 fmt::format("it takes {} to approve it", grant.needed));
  }
  grant.approvals.insert(at, {actor.who, actor.from, now});
  if (grant.approvals.size() >= grant.needed) {
    activate(grant, now);
  }
  return ok();
}

Result<> deny(GrantRecord& grant, const Role* role, const GrantActor& actor,
              std::string_view reason, WallTime now) {
  if (!actor.operates) {
    TRY_OK(
        check_approver(grant, role == nullptr ? Role{.name = grant.role} : *role, actor, "deny"));
  }
  TRY_OK(check_reason(reason));
  if (state_at(grant, now) != GrantState::kRequested) {
    return wrong_state(grant, "only what is requested can be denied", now);
  }
  close(grant, GrantState::kDenied, actor.who, reason, now);
  return ok();
}

Result<> end(GrantRecord& grant, const Role* role, const GrantActor& actor, std::string_view reason,
             WallTime now) {
  const bool may = actor.operates || actor.who == grant.principal ||
                   (role != nullptr && is_among(role->approvers, actor));
  if (!may) {
    return denied(fmt::format("`{}` may not end grant `{}`", printable(actor.who), grant.id),
                  "its holder may, and who may approve its role");
  }
  TRY_OK(check_reason(reason));
  const GrantState state = state_at(grant, now);
  if (state != GrantState::kRequested && state != GrantState::kActive) {
    return wrong_state(grant, "only what is requested or active can be ended", now);
  }
  close(grant, state == GrantState::kActive ? GrantState::kEnded : GrantState::kDenied, actor.who,
        reason, now);
  return ok();
}

bool settle(GrantRecord& grant, const Role* role, bool revoked, WallTime now) {
  if (grant.state == GrantState::kRequested && grant.lapses <= now) {
    close(grant, GrantState::kExpired, kProgram, "it was not approved in time", grant.lapses);
    return true;
  }
  if (grant.state != GrantState::kActive) {
    return false;
  }
  if (*grant.ends <= now) {
    close(grant, GrantState::kEnded, kProgram, "its time is over", *grant.ends);
    return true;
  }
  if (revoked) {
    close(grant, GrantState::kEnded, kProgram, "it was revoked", now);
    return true;
  }
  const bool declared =
      role != nullptr &&
      (!grant.break_glass || (role->break_glass && contains(role->holders, grant.principal)));
  if (!declared) {
    close(grant, GrantState::kEnded, kProgram, "the configuration does not grant it any more", now);
    return true;
  }
  return false;
}

}  // namespace sally::identity
