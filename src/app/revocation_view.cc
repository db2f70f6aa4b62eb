#include "app/revocation_view.h"

#include "identity/revocation_service.h"

namespace sally::app {

void write_revocation(formats::JsonWriter& json, const store::RevocationRecord& record,
                      WallTime now) {
  const auto time = [&](std::string_view name, const std::optional<WallTime>& value) {
    json.key(name);
    value ? json.string(format_time(*value)) : json.null();
  };
  json.member("id", record.id).member("kind", name_of(record.kind));
  json.member("target", record.target);
  json.member("state", identity::state_of(record, now));
  json.member("requested_at", format_time(record.requested));
  time("issued_before", record.issued_before);
  time("until", record.until);
  time("lifted_at", record.lifted);
  json.member("by", record.who).member("reason", record.reason);
}

}  // namespace sally::app
