// Roles for a time: asked for, approved, ended; and breaking the glass. Who calls is who does it.
#include "app/access.h"

#include <algorithm>
#include <array>
#include <utility>

#include "app/admin/endpoint.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using identity::GrantActor;
using identity::GrantService;
using store::GrantRecord;

constexpr uint64_t kMostListed = 1000;
constexpr uint64_t kListed = 100;

constexpr Member kReason{"reason", MemberType::kText,   "Why. The record keeps it.", Needed::kMust,
                         {},       identity::kMaxReason};
constexpr std::array kId{Member{"id", MemberType::kText, "The grant's id.", Needed::kMust, {}, 64}};
constexpr std::array kWish{
    Member{"role", MemberType::kText, "One of `access.roles`.", Needed::kMust, {}, 64}, kReason,
    Member{"for", MemberType::kDuration, "How long. Absent: as long as the role allows."}};
constexpr std::array kStep{kReason};
constexpr std::array kQuery{Member{"limit",
                                   MemberType::kNumber,
                                   "At most so many; 100 where it is absent.",
                                   Needed::kMay,
                                   {},
                                   kMostListed}};

constexpr std::array kApprovalMembers{
    Member{"who", MemberType::kText, "Who approved.", Needed::kMust},
    Member{"from", MemberType::kText, "And from where.", Needed::kMust},
    Member{"at", MemberType::kTime, "And when.", Needed::kMust},
};
constexpr std::array kGrantMembers{
    Member{"id", MemberType::kText, "", Needed::kMust},
    Member{"role", MemberType::kText, "", Needed::kMust},
    Member{"principal", MemberType::kText, "Whose it is, and who asked.", Needed::kMust},
    Member{"state", MemberType::kChoice, "", Needed::kMust,
           "requested|active|ended|denied|expired"},
    Member{"break_glass", MemberType::kFlag, "Whether a holder took it alone.", Needed::kMust},
    Member{"reason", MemberType::kText, "Why.", Needed::kMust},
    Member{"for", MemberType::kDuration, "How long, once it is active.", Needed::kMust},
    Member{"needed", MemberType::kNumber, "How many must approve.", Needed::kMust},
    Member{"approvals", MemberType::kObjects, "Who did.", Needed::kMust, "GrantApproval"},
    Member{"requested", MemberType::kTime, "When it was asked for.", Needed::kMust},
    Member{"requested_from", MemberType::kText, "And from where.", Needed::kMust},
    Member{"lapses", MemberType::kTime, "When it expires, unless it is active by then.",
           Needed::kMust},
    Member{"activated", MemberType::kTime, "Since when it is active."},
    Member{"ends", MemberType::kTime, "When it ends at the latest."},
    Member{"closed", MemberType::kTime, "When it ended, was denied or expired."},
    Member{"closed_by", MemberType::kText, "And by whom.", Needed::kMust},
    Member{"closed_why", MemberType::kText, "And why.", Needed::kMust},
};
constexpr std::array kListMembers{
    Member{"grants", MemberType::kObjects, "Newest first.", Needed::kMust, "Grant"}};
constexpr std::array kSchemas{
    Schema{"GrantApproval", "One yes to a request.", kApprovalMembers},
    Schema{"Grant", "A role that somebody asked for, or has.", kGrantMembers},
    Schema{"Grants", "The newest grants.", kListMembers},
};

// Over the roles of the configuration in force.
class Grants {
 public:
  explicit Grants(const AdminParts& parts)
      : roles_(parts.roles()),
        service_(parts.state, roles_, parts.random,
                 record_grant_changes(parts.clock, parts.random)) {}
  GrantService* operator->() { return &service_; }

 private:
  const identity::Roles roles_;
  GrantService service_;
};

// Whoever calls; on the gate's own socket its user.
GrantActor actor_of(const AdminCall& call) {
  if (call.principal == nullptr) {
    return {.who = local_place(), .from = local_place(), .operates = true};
  }
  return {.who = call.principal->id,
          .from = call.author.from,
          .team = call.principal->team.str(),
          .groups = call.principal->groups};
}

// The same where it is to get a role.
Result<GrantActor> holder_of(const AdminCall& call) {
  if (call.principal == nullptr) {
    return Error(ErrorKind::kUsage, "nobody calls the gate as its own user",
                 "whoever wants a role asks for it with a credential of its own, or "
                 "`sallyport access request ROLE --as PRINCIPAL`");
  }
  return actor_of(call);
}

identity::GrantWish wish_of(const AdminCall& call) {
  return {.reason = call.arguments.text("reason"),
          .lasts = call.arguments.duration("for").value_or(Millis(0))};
}

AdminAnswer show(const GrantRecord& grant, uint16_t status, WallTime now) {
  return answer_with(status, [&](JsonWriter& json) { write_grant(json, grant, now); });
}

// What was done is stored: what cannot be put in force at once is within a second.
AdminAnswer done(const AdminParts& parts, const AdminCall& call, const GrantRecord& grant,
                 uint16_t status) {
  [[maybe_unused]] const auto refreshed = parts.refresh();
  return show(grant, status, call.now);
}

Result<AdminAnswer> request(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantActor actor, holder_of(call));
  TRY(const GrantRecord grant,
      Grants(parts)->request(call.arguments.text("role"), actor, wish_of(call), call.now));
  return done(parts, call, grant, 201);
}

Result<AdminAnswer> break_glass(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantActor actor, holder_of(call));
  TRY(const GrantRecord grant,
      Grants(parts)->break_glass(call.arguments.text("role"), actor, wish_of(call), call.now));
  return done(parts, call, grant, 201);
}

Result<AdminAnswer> list(const AdminParts& parts, const AdminCall& call) {
  const uint64_t limit = std::max<uint64_t>(1, call.arguments.number("limit").value_or(kListed));
  TRY(const std::vector<GrantRecord> grants, Grants(parts)->list(limit));
  return answer_with(200, [&](JsonWriter& json) {
    json.key("grants").begin_array();
    for (const GrantRecord& grant : grants) {
      json.begin_object();
      write_grant(json, grant, call.now);
      json.end_object();
    }
    json.end_array();
  });
}

Result<AdminAnswer> read(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantRecord grant, Grants(parts)->find(call.arguments.text("id")));
  return show(grant, 200, call.now);
}

Result<AdminAnswer> approve(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantRecord grant,
      Grants(parts)->approve(call.arguments.text("id"), actor_of(call), call.now));
  return done(parts, call, grant, 200);
}

Result<AdminAnswer> deny(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantRecord grant, Grants(parts)->deny(call.arguments.text("id"), actor_of(call),
                                                   call.arguments.text("reason"), call.now));
  return done(parts, call, grant, 200);
}

Result<AdminAnswer> end(const AdminParts& parts, const AdminCall& call) {
  TRY(const GrantRecord grant, Grants(parts)->end(call.arguments.text("id"), actor_of(call),
                                                  call.arguments.text("reason"), call.now));
  return done(parts, call, grant, 200);
}

constexpr std::array kEndpoints{
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/access/requests",
             .action = "admin:access.request",
             .summary = "Ask for a role; somebody else approves.",
             .takes = CallBody::kJson,
             .body = kWish,
             .status = 201,
             .answer = "Grant",
             .handle = request},
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/access/requests",
             .action = "admin:access.list",
             .summary = "Who asked for what, the newest first.",
             .query = kQuery,
             .answer = "Grants",
             .handle = list},
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/access/requests/{id}",
             .action = "admin:access.read",
             .summary = "One grant, and who approved it.",
             .path_members = kId,
             .answer = "Grant",
             .handle = read},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/access/requests/{id}/approve",
             .action = "admin:access.approve",
             .summary = "Say yes to a request of somebody else, as one of the role's approvers.",
             .path_members = kId,
             .answer = "Grant",
             .handle = approve},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/access/requests/{id}/deny",
             .action = "admin:access.deny",
             .summary = "Say no to a request, as one of the role's approvers.",
             .path_members = kId,
             .takes = CallBody::kJson,
             .body = kStep,
             .answer = "Grant",
             .handle = deny},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/access/requests/{id}/end",
             .action = "admin:access.end",
             .summary = "End a grant before its time, or withdraw a request: its holder may, and "
                        "the role's approvers.",
             .path_members = kId,
             .takes = CallBody::kJson,
             .body = kStep,
             .answer = "Grant",
             .handle = end},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/access/break-glass",
             .action = "admin:access.break_glass",
             .summary = "Take a role at once, as one of its holders. It is loud.",
             .takes = CallBody::kJson,
             .body = kWish,
             .status = 201,
             .answer = "Grant",
             .handle = break_glass},
};

}  // namespace

std::span<const Endpoint> access_endpoints() {
  return kEndpoints;
}
std::span<const Schema> access_schemas() {
  return kSchemas;
}

}  // namespace sally::app
