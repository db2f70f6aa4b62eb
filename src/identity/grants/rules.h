// The life of a grant, as rules without storage: who may ask, approve, deny and end, and what
// follows.
//
//   request --> requested --approve n of m--> active --> ended   (its time, early, revoked)
//                   |  \--> denied  (or withdrawn)
//                    \----> expired (not approved in time)
//   break glass ------------------------------> active
//
// Whatever is done to a grant is done to what it is at `now`: one whose time is over has ended,
// whether or not that was noted yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/grants.h"

namespace sally::identity {

// A role that can be granted, as the configuration declares it. Whom it names: a principal by its
// id, `team:NAME`, or `group:ISSUER/NAME`.
struct Role {
  std::string name;
  uint32_t approvals = 1;  // how many others must approve
  std::vector<std::string> approvers;
  std::vector<std::string> requesters;  // empty: whoever is known
  Millis longest{0};
  Millis approve_within{0};
  bool break_glass = false;
  std::vector<std::string> holders;  // ids alone: who may take it by themselves
  friend bool operator==(const Role&, const Role&) = default;
};
using Roles = std::vector<Role>;
// nullptr where none is called so.
[[nodiscard]] const Role* find_role(const Roles& roles, std::string_view name);

// Who does something to a grant.
struct GrantActor {
  std::string who;   // Principal::id, or `local:uid=N`
  std::string from;  // as ChangeEvent::from
  std::string team{};
  std::vector<std::string> groups{};  // `ISSUER/GROUP`
  // May deny and end whatever there is: the gate's own user on its machine, or by a policy.
  bool operates = false;
};

struct GrantWish {
  std::string reason;
  Millis lasts{0};  // zero: as long as the role may last
};

inline constexpr size_t kMaxReason = 500;

// kDenied for somebody who may not ask; kUsage for a reason or a time that does not fit.
Result<store::GrantRecord> ask_for(const Role& role, const GrantActor& actor, const GrantWish& wish,
                                   std::string id, WallTime now);
// The same for a holder, who has it at once.
Result<store::GrantRecord> break_glass(const Role& role, const GrantActor& actor,
                                       const GrantWish& wish, std::string id, WallTime now);

// Adds the approval of `actor`; the last one that is needed activates the grant. kDenied for
// somebody who may not, the requester first of all; kConflict where there is nothing to approve,
// or where they did so already.
Result<> approve(store::GrantRecord& grant, const Role& role, const GrantActor& actor,
                 WallTime now);
// An approver's no. `role` is null where there is none of the name any more. kDenied, kConflict.
Result<> deny(store::GrantRecord& grant, const Role* role, const GrantActor& actor,
              std::string_view reason, WallTime now);
// Ends what is active, before its time; withdraws what is requested. The holder may, and an
// approver. kDenied, kConflict.
Result<> end(store::GrantRecord& grant, const Role* role, const GrantActor& actor,
             std::string_view reason, WallTime now);

// What the grant is at `now`.
[[nodiscard]] store::GrantState state_at(const store::GrantRecord& grant, WallTime now);
// Notes what happened by itself: its time is over, nobody approved in time, it was revoked, or the
// configuration has no such role any more (or none that breaks the glass for this holder). Whether
// anything did.
bool settle(store::GrantRecord& grant, const Role* role, bool revoked, WallTime now);

}  // namespace sally::identity
