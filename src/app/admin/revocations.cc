// Revoking, and what is revoked.
#include <algorithm>
#include <array>
#include <utility>

#include "app/admin/endpoint.h"
#include "app/revocation_view.h"
#include "identity/revocation_service.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using identity::RevocationService;
using store::RevocationRecord;

constexpr uint64_t kMostListed = 1000;
constexpr uint64_t kListed = 100;

constexpr std::string_view kKinds = "key|session|token|agent|user|workload|grant";
constexpr std::array kId{
    Member{"id", MemberType::kText, "The revocation's id.", Needed::kMust, {}, 64}};
constexpr std::array kBody{
    Member{"kind", MemberType::kChoice, "What is revoked.", Needed::kMust, kKinds},
    Member{
        "target",
        MemberType::kText,
        "Which one: a key's or a grant's id, ISSUER/SUBJECT, ISSUER/SID, ISSUER/JTI, or a SPIFFE "
        "ID.",
        Needed::kMust,
        {},
        RevocationService::kMaxTarget},
    Member{"reason",
           MemberType::kText,
           "Why. The record keeps it.",
           Needed::kMust,
           {},
           RevocationService::kMaxReason},
    Member{"until", MemberType::kTime, "When it ends. Absent: when it is lifted."},
    Member{"issued_before", MemberType::kTime,
           "Only what was issued before this instant. Absent: whatever there is."},
};
constexpr std::array kLiftQuery{Member{"reason",
                                       MemberType::kText,
                                       "Why. The record keeps it.",
                                       Needed::kMust,
                                       {},
                                       RevocationService::kMaxReason}};
constexpr std::array kQuery{
    Member{"after", MemberType::kText, "Those after this id.", Needed::kMay, {}, 64},
    Member{"limit",
           MemberType::kNumber,
           "At most so many; 100 where it is absent.",
           Needed::kMay,
           {},
           kMostListed},
};

constexpr std::array kAppliedMembers{
    Member{"worker", MemberType::kNumber, "Its number, from 0 on.", Needed::kMust},
    Member{
        "at", MemberType::kTime,
        "Since when every decision of the worker obeys the revocation, and no call that it refuses "
        "goes on there; null: it has not said so."},
};
constexpr std::array kRevocationMembers{
    Member{"id", MemberType::kText, "", Needed::kMust},
    Member{"kind", MemberType::kChoice, "What is revoked.", Needed::kMust, kKinds},
    Member{"target", MemberType::kText, "Which one.", Needed::kMust},
    Member{"state", MemberType::kChoice, "", Needed::kMust, "in force|lifted|ended"},
    Member{"requested_at", MemberType::kTime, "When it was asked for.", Needed::kMust},
    Member{"issued_before", MemberType::kTime, "Only what was issued before this instant."},
    Member{"until", MemberType::kTime, "When it ends by itself."},
    Member{"lifted_at", MemberType::kTime, "When it was taken back."},
    Member{"by", MemberType::kText, "Who asked for it.", Needed::kMust},
    Member{"reason", MemberType::kText, "Why.", Needed::kMust},
    Member{"applied", MemberType::kObjects,
           "Since when each worker of this gate obeys it; empty where it is over.", Needed::kMust,
           "Applied"},
    Member{"in_force_everywhere_since", MemberType::kTime,
           "The latest of these; null where one is missing or it is over."},
};
constexpr std::array kListMembers{
    Member{"revocations", MemberType::kObjects, "Oldest first.", Needed::kMust, "Revocation"},
    Member{"next_after", MemberType::kText, "For `after`, where there may be more."},
};
constexpr std::array kSchemas{
    Schema{"Applied", "When a worker had a revocation in force.", kAppliedMembers},
    Schema{"Revocation", "One revocation, and since when it is obeyed.", kRevocationMembers},
    Schema{"Revocations", "A page of revocations.", kListMembers},
};

RevocationService service(const AdminParts& parts, const AdminCall& call) {
  return {parts.state, parts.random, call.author.who,
          record_revocations({parts.clock, parts.random}, call.author)};
}

void write(JsonWriter& json, const AdminParts& parts, const RevocationRecord& record,
           WallTime now) {
  write_revocation(json, record, now);
  const auto epoch = parts.revocations.epoch_of(record.id);
  const auto applied = epoch && identity::state_of(record, now) == "in force"
                           ? parts.applied.since(*epoch)
                           : std::vector<std::optional<WallTime>>();
  const auto time = [&](std::string_view name, const std::optional<WallTime>& value) {
    json.key(name);
    value ? json.string(format_time(*value)) : json.null();
  };
  json.key("applied").begin_array();
  for (size_t worker = 0; worker < applied.size(); ++worker) {
    json.begin_object();
    json.member("worker", worker);
    time("at", applied[worker]);
    json.end_object();
  }
  json.end_array();
  time("in_force_everywhere_since", everywhere_since(applied));
}

AdminAnswer show(const AdminParts& parts, const RevocationRecord& record, uint16_t status) {
  return answer_with(status,
                     [&](JsonWriter& json) { write(json, parts, record, parts.clock.now()); });
}

Result<AdminAnswer> create(const AdminParts& parts, const AdminCall& call) {
  const Arguments& given = call.arguments;
  TRY(const RevocationRecord record,
      service(parts, call)
          .revoke({.kind = *store::parse_revoked_kind(given.text("kind")),
                   .target = given.text("target"),
                   .reason = given.text("reason"),
                   .issued_before = given.time("issued_before"),
                   .until = given.time("until")},
                  call.now));
  // It is stored: what cannot be put in force at once is within a second, and the answer tells.
  [[maybe_unused]] const auto refreshed = parts.refresh();
  return show(parts, record, 201);
}

Result<AdminAnswer> list(const AdminParts& parts, const AdminCall& call) {
  const uint64_t limit = std::max<uint64_t>(1, call.arguments.number("limit").value_or(kListed));
  TRY(const auto records, service(parts, call).list(call.arguments.text("after"), limit));
  return answer_with(200, [&](JsonWriter& json) {
    json.key("revocations").begin_array();
    for (const RevocationRecord& record : records) {
      json.begin_object();
      write(json, parts, record, call.now);
      json.end_object();
    }
    json.end_array();
    json.key("next_after");
    records.size() == limit ? json.string(records.back().id) : json.null();
  });
}

Result<AdminAnswer> read(const AdminParts& parts, const AdminCall& call) {
  TRY(const RevocationRecord record, service(parts, call).find(call.arguments.text("id")));
  return show(parts, record, 200);
}

Result<AdminAnswer> lift(const AdminParts& parts, const AdminCall& call) {
  TRY(const RevocationRecord record,
      service(parts, call)
          .lift(call.arguments.text("id"), call.arguments.text("reason"), call.now));
  [[maybe_unused]] const auto refreshed = parts.refresh();
  return show(parts, record, 200);
}

constexpr std::array kEndpoints{
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/revocations",
             .action = "admin:revocations.create",
             .summary = "Revoke something. When the call returns, every worker refuses it.",
             .takes = CallBody::kJson,
             .body = kBody,
             .status = 201,
             .answer = "Revocation",
             .handle = create},
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/revocations",
             .action = "admin:revocations.list",
             .summary = "What is and was revoked, oldest first.",
             .query = kQuery,
             .answer = "Revocations",
             .handle = list},
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/revocations/{id}",
             .action = "admin:revocations.read",
             .summary = "One revocation, and since when each worker obeys it.",
             .path_members = kId,
             .answer = "Revocation",
             .handle = read},
    Endpoint{.method = net::Method::kDelete,
             .path = "/v1/revocations/{id}",
             .action = "admin:revocations.lift",
             .summary = "Take a revocation back.",
             .path_members = kId,
             .query = kLiftQuery,
             .answer = "Revocation",
             .handle = lift},
};

}  // namespace

std::span<const Endpoint> revocation_endpoints() {
  return kEndpoints;
}
std::span<const Schema> revocation_schemas() {
  return kSchemas;
}

}  // namespace sally::app
