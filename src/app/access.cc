#include "app/access.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "app/changes.h"
#include "base/text.h"
#include "ledger/outbox.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using store::GrantRecord;
using store::GrantState;

void write_time(JsonWriter& json, std::string_view key, const std::optional<WallTime>& time) {
  json.key(key);
  if (time) {
    json.string(format_time(*time));
  } else {
    json.null();
  }
}

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const std::string& text : texts) {
    json.string(text);
  }
  json.end_array();
}

// A grant as an event shows it.
std::string show(const GrantRecord& grant) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("role", grant.role).member("principal", grant.principal);
  json.member("state", name_of(grant.state)).member("break_glass", grant.break_glass);
  json.member("for", format_duration(grant.lasts));
  if (grant.needed > 0) {
    json.member("approvals", grant.approvals.size()).member("needed", grant.needed);
  }
  if (grant.ends) {
    json.member("ends", format_time(*grant.ends));
  }
  json.end_object();
  json.finish();
  return out;
}

std::string to_minute(WallTime time) {
  std::string text = format_time(time).substr(0, 16);
  text[10] = ' ';
  return text + "Z";
}

}  // namespace

identity::OnGrantChange record_grant_changes(const Clock& clock, Random& random) {
  return [&clock, &random](store::Transaction& transaction,
                           const identity::GrantChange& change) -> Result<> {
    const GrantRecord& grant = change.grant;
    ChangeEvent event = change_by_program(clock, random, change.what, grant.id);
    event.who = change.actor.who;
    event.from = change.actor.from;
    event.after = show(grant);
    event.reason = change.reason;
    TRY_OK(ledger::put_into_outbox(transaction, event));
    if (!grant.break_glass || change.what != "access.activate") {
      return ok();
    }
    const WallTime now = clock.now();
    return ledger::put_into_outbox(
        transaction,
        NoticeEvent{.id = Ulid::make(now, random),
                    .time = now,
                    .notice = Notice::kBreakGlass,
                    .detail = fmt::format("`{}` takes role `{}` by itself: grant {}, {}",
                                          printable(grant.principal), grant.role, grant.id,
                                          printable(grant.reason))});
  };
}

void write_grant(JsonWriter& json, const GrantRecord& grant, WallTime now) {
  json.member("id", grant.id).member("role", grant.role).member("principal", grant.principal);
  json.member("state", name_of(identity::state_at(grant, now)));
  json.member("break_glass", grant.break_glass).member("reason", grant.reason);
  json.member("for", format_duration(grant.lasts)).member("needed", grant.needed);
  json.key("approvals").begin_array();
  for (const store::GrantApproval& approval : grant.approvals) {
    json.begin_object();
    json.member("who", approval.who).member("from", approval.from);
    json.member("at", format_time(approval.at));
    json.end_object();
  }
  json.end_array();
  json.member("requested", format_time(grant.requested)).member("requested_from", grant.from);
  json.member("lapses", format_time(grant.lapses));
  write_time(json, "activated", grant.activated);
  write_time(json, "ends", grant.ends);
  write_time(json, "closed", grant.closed);
  json.member("closed_by", grant.closed_by).member("closed_why", grant.closed_why);
}

void write_role(JsonWriter& json, const identity::Role& role) {
  json.member("role", role.name).member("approvals", role.approvals);
  write_texts(json, "approvers", role.approvers);
  write_texts(json, "requesters", role.requesters);
  json.member("longest", format_duration(role.longest));
  json.member("approve_within", format_duration(role.approve_within));
  json.member("break_glass", role.break_glass);
  write_texts(json, "holders", role.holders);
}

std::string describe_grant(const GrantRecord& grant, WallTime now) {
  std::string out =
      fmt::format("role {} for {} ", printable(grant.role), printable(grant.principal));
  switch (identity::state_at(grant, now)) {
    case GrantState::kRequested:
      return out + fmt::format("waits for {} of {} approvals until {}",
                               grant.needed - grant.approvals.size(), grant.needed,
                               to_minute(grant.lapses));
    case GrantState::kActive:
      return out + fmt::format("is active until {}{}", to_minute(*grant.ends),
                               grant.break_glass ? ": the glass is broken" : "");
    case GrantState::kEnded:
      // One that ended by itself may not have been noted yet.
      return out + fmt::format("ended at {}: {}", to_minute(grant.closed.value_or(*grant.ends)),
                               grant.closed ? printable(grant.closed_why) : "its time is over");
    case GrantState::kDenied:
      return out + fmt::format("was denied by {}: {}", printable(grant.closed_by),
                               printable(grant.closed_why));
    case GrantState::kExpired:
      return out +
             fmt::format("expired at {}: it was not approved in time", to_minute(grant.lapses));
  }
  return out;
}

}  // namespace sally::app
