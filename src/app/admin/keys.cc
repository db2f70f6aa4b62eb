// API keys: list, make, revoke, rotate.
#include <array>
#include <utility>

#include "app/admin/endpoint.h"
#include "app/key_view.h"
#include "identity/key_service.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using identity::ApiKeyService;
using identity::CreatedKey;
using store::KeyRecord;

constexpr std::array kId{
    Member{"id", MemberType::kText, "The key's public id.", Needed::kMust, {}, 64}};
constexpr std::array kBody{
    Member{"name", MemberType::kText, "Who or what will use it.", Needed::kMust, {}, 64},
    Member{"team", MemberType::kText, "The team it belongs to.", Needed::kMay, {}, 64},
    Member{"routes",
           MemberType::kTexts,
           "It works on these routes only. Absent: on every one.",
           Needed::kMay,
           {},
           256},
    Member{"models",
           MemberType::kTexts,
           "It works for these models only. Absent: for every one.",
           Needed::kMay,
           {},
           256},
    Member{"requests_per_minute",
           MemberType::kNumber,
           "Absent: the gate's limit for a key applies.",
           Needed::kMay,
           {},
           4'294'967'295},
    Member{"expires_in", MemberType::kDuration, "How long it lives, such as `30d`."},
};
constexpr std::array kRotateBody{Member{"overlap", MemberType::kDuration,
                                        "How long the old key still works. Absent: not at all."}};

constexpr std::array kKeyMembers{
    Member{"id", MemberType::kText, "What records call it.", Needed::kMust},
    Member{"name", MemberType::kText, "", Needed::kMust},
    Member{"team", MemberType::kText, "Empty: none.", Needed::kMust},
    Member{"state", MemberType::kChoice, "", Needed::kMust, "live|expired|revoked"},
    Member{"routes", MemberType::kTexts, "Empty: every one.", Needed::kMust},
    Member{"models", MemberType::kTexts, "Empty: every one.", Needed::kMust},
    Member{"requests_per_minute", MemberType::kNumber, "0: the gate's limit for a key.",
           Needed::kMust},
    Member{"created", MemberType::kTime, "", Needed::kMust},
    Member{"expires", MemberType::kTime, "Null: never."},
    Member{"revoked", MemberType::kTime, "Null: it was not, as a key; see revocations."},
    Member{"last_used", MemberType::kTime, "To the minute; null: never."},
};
constexpr std::array kCreatedMembers{
    Member{"key", MemberType::kText, "The key itself. It cannot be had again.", Needed::kMust},
    Member{"record", MemberType::kObject, "What the gate keeps of it.", Needed::kMust, "Key"},
};
constexpr std::array kListMembers{
    Member{"keys", MemberType::kObjects, "Oldest first.", Needed::kMust, "Key"}};
constexpr std::array kSchemas{
    Schema{"Key", "An API key, without its text.", kKeyMembers},
    Schema{"CreatedKey", "A new API key.", kCreatedMembers},
    Schema{"Keys", "Every API key, those that are over included.", kListMembers},
};

ApiKeyService service(const AdminParts& parts, const AdminCall& call) {
  return {parts.state, parts.pepper, parts.random,
          record_key_changes({parts.clock, parts.random}, call.author)};
}

template <typename Id>
std::vector<Id> ids(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

AdminAnswer show(const AdminParts& parts, const CreatedKey& created) {
  // It is stored: what cannot be put in force at once is within a second.
  [[maybe_unused]] const auto refreshed = parts.refresh();
  return answer_with(201, [&](JsonWriter& json) {
    json.member("key", created.text.reveal());
    json.key("record").begin_object();
    write_key(json, created.record, parts.clock.now());
    json.end_object();
  });
}

Result<AdminAnswer> list(const AdminParts& parts, const AdminCall& call) {
  TRY(const auto records, service(parts, call).list(call.now));
  return answer_with(200, [&](JsonWriter& json) {
    json.key("keys").begin_array();
    for (const KeyRecord& record : records) {
      json.begin_object();
      write_key(json, record, call.now);
      json.end_object();
    }
    json.end_array();
  });
}

Result<AdminAnswer> create(const AdminParts& parts, const AdminCall& call) {
  const Arguments& given = call.arguments;
  identity::KeyRequest request{.name = given.text("name"),
                               .team = TeamId(given.text("team")),
                               .routes = ids<RouteId>(given.texts("routes")),
                               .models = ids<ModelId>(given.texts("models")),
                               .requests_per_minute = static_cast<uint32_t>(
                                   given.number("requests_per_minute").value_or(0))};
  if (const auto lifetime = given.duration("expires_in")) {
    request.expires = call.now + *lifetime;
  }
  TRY(const CreatedKey created, service(parts, call).create(request, call.now));
  return show(parts, created);
}

Result<AdminAnswer> revoke(const AdminParts& parts, const AdminCall& call) {
  TRY(const KeyRecord record,
      service(parts, call).revoke(KeyId(call.arguments.text("id")), call.now));
  [[maybe_unused]] const auto refreshed = parts.refresh();
  return answer_with(200, [&](JsonWriter& json) { write_key(json, record, parts.clock.now()); });
}

Result<AdminAnswer> rotate(const AdminParts& parts, const AdminCall& call) {
  TRY(const CreatedKey created,
      service(parts, call)
          .rotate(KeyId(call.arguments.text("id")),
                  call.arguments.duration("overlap").value_or(Millis(0)), call.now));
  return show(parts, created);
}

constexpr std::array kEndpoints{
    Endpoint{.method = net::Method::kGet,
             .path = "/v1/keys",
             .action = "admin:keys.list",
             .summary = "Every API key, without its text.",
             .answer = "Keys",
             .handle = list},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/keys",
             .action = "admin:keys.create",
             .summary = "Make an API key. The answer holds its text, this once.",
             .takes = CallBody::kJson,
             .body = kBody,
             .status = 201,
             .answer = "CreatedKey",
             .handle = create},
    Endpoint{
        .method = net::Method::kDelete,
        .path = "/v1/keys/{id}",
        .action = "admin:keys.revoke",
        .summary = "End an API key for good. A revocation of it can be taken back; this cannot.",
        .path_members = kId,
        .answer = "Key",
        .handle = revoke},
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/keys/{id}/rotate",
             .action = "admin:keys.rotate",
             .summary = "Make an API key's successor, and let it end.",
             .path_members = kId,
             .takes = CallBody::kJson,
             .body = kRotateBody,
             .status = 201,
             .answer = "CreatedKey",
             .handle = rotate},
};

}  // namespace

std::span<const Endpoint> key_endpoints() {
  return kEndpoints;
}
std::span<const Schema> key_schemas() {
  return kSchemas;
}

}  // namespace sally::app
