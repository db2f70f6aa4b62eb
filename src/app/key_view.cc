#include "app/key_view.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using store::KeyRecord;

void write_names(JsonWriter& json, std::string_view key, const auto& ids) {
  json.key(key).begin_array();
  for (const auto& id : ids) {
    json.string(id.str());
  }
  json.end_array();
}

void write_time(JsonWriter& json, std::string_view key, const std::optional<WallTime>& time) {
  json.key(key);
  if (time) {
    json.string(format_time(*time));
  } else {
    json.null();
  }
}

}  // namespace

std::string_view key_state(const KeyRecord& record, WallTime now) {
  if (record.revoked && *record.revoked <= now) {
    return "revoked";
  }
  return record.expires && *record.expires <= now ? "expired" : "live";
}

void write_key(JsonWriter& json, const KeyRecord& record, WallTime now) {
  json.member("id", record.id.str()).member("name", record.name).member("team", record.team.str());
  json.member("state", key_state(record, now));
  write_names(json, "routes", record.routes);
  write_names(json, "models", record.models);
  json.member("requests_per_minute", record.requests_per_minute);
  write_time(json, "created", record.created);
  write_time(json, "expires", record.expires);
  write_time(json, "revoked", record.revoked);
  write_time(json, "last_used", record.last_used);
}

}  // namespace sally::app
