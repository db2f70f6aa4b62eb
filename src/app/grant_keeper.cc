#include "app/grant_keeper.h"

#include <fmt/format.h>

#include <utility>

#include "app/access.h"
#include "base/text.h"
#include "identity/grants/service.h"

namespace sally::app {
namespace {

constexpr Millis kTellEvery = std::chrono::minutes(1);

}  // namespace

GrantKeeper::GrantKeeper(Parts parts, std::shared_ptr<identity::ActiveGrants> grants)
    : parts_(std::move(parts)), grants_(std::move(grants)) {
  log_broken_glass();
}

Result<std::unique_ptr<GrantKeeper>> GrantKeeper::open(Parts parts) {
  TRY(std::shared_ptr<identity::ActiveGrants> grants,
      identity::ActiveGrants::open(parts.state, parts.max_age, parts.clock.now()));
  return std::unique_ptr<GrantKeeper>(new GrantKeeper(std::move(parts), std::move(grants)));
}

Result<> GrantKeeper::refresh() {
  TRY(const bool changed, grants_->refresh(parts_.clock.now(), parts_.deliver));
  if (changed) {
    log_broken_glass();
  }
  return ok();
}

void GrantKeeper::log_broken_glass() {
  std::set<std::string> broken;
  for (const auto& [grant, principal, role] : grants_->broken_glass(parts_.clock.now())) {
    if (!broken_.contains(grant)) {
      parts_.log.write(LogEvent::kBreakGlass,
                       {{"grant", grant}, {"principal", principal}, {"role", role}});
    }
    broken.insert(grant);
  }
  broken_ = std::move(broken);
}

Result<> GrantKeeper::settle(const identity::Roles& roles) {
  const WallTime now = parts_.clock.now();
  const std::optional<WallTime> due = grants_->next_due();
  if (settled_for_ == roles && (!due || *due > now)) {
    return ok();
  }
  identity::GrantService service(parts_.state, roles, random_,
                                 record_grant_changes(parts_.clock, random_));
  TRY_OK(service.settle(now));
  settled_for_ = roles;
  return refresh();
}

void GrantKeeper::tell_uses(const policy::CedarAuthorizer& authorizer) {
  const MonoTime now = parts_.clock.monotonic();
  for (const auto& [grant, principal, times] : authorizer.broken_glass()) {
    Uses& uses = uses_[grant];
    // An authorizer that took another's place counts from the beginning.
    uses.untold += times < uses.counted ? times : times - uses.counted;
    uses.counted = times;
    if (uses.untold == 0 || (uses.told && now - *uses.told < kTellEvery)) {
      continue;
    }
    parts_.log.write(LogEvent::kBreakGlass,
                     {{"grant", grant}, {"principal", principal}, {"calls", uses.untold}});
    parts_.notice(Notice::kBreakGlass,
                  fmt::format("{} call{} of `{}` that the policies deny, by grant {}", uses.untold,
                              uses.untold == 1 ? "" : "s", printable(principal), grant));
    uses.untold = 0;
    uses.told = now;
  }
}

}  // namespace sally::app
