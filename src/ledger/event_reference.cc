#include "ledger/event_reference.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "base/random.h"
#include "core/example_event.h"
#include "ledger/event_json.h"
#include "ledger/event_kinds.h"

namespace sally::ledger {
namespace {

using namespace kinds;  // NOLINT(google-build-using-namespace): the tables name them

// Collects a table's rows.
class Describer {
 public:
  void open(std::string_view name) { names_.emplace_back(name); }
  void open_list(std::string_view name) { names_.emplace_back(std::string(name) + "[0]"); }
  void close() { names_.pop_back(); }
  template <typename Kind>
  void row(unsigned classes, std::string_view name, std::string_view help) {
    rows_ += fmt::format("| `{}{}` | {} | {} | {}{} |\n", path(), name, Kind::kJson,
                         Kind::kAbsent.empty() ? "-" : Kind::kAbsent,
                         classes == kAuth  ? "(3002) "
                         : classes == kApi ? "(6003) "
                                           : "",
                         help);
  }
  void fixed(std::string_view json, std::string_view help) {
    if (!help.empty()) {
      const std::string_view name = json.substr(1, json.find('"', 1) - 1);
      rows_ += fmt::format("| `{}{}` | `{}` | - | {} |\n", path(), name,
                           json.substr(name.size() + 3), help);
    }
  }
  [[nodiscard]] const std::string& rows() const { return rows_; }

 private:
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const std::string& name : names_) {
      out += name + ".";
    }
    return out;
  }
  std::vector<std::string> names_;
  std::string rows_;
};

#define SALLY_EVENT_OPEN(name) table.open(name);
#define SALLY_EVENT_LIST(name) table.open_list(name);
#define SALLY_EVENT_FIELD(classes, name, kind, value, help) table.row<kind>(classes, name, help);
#define SALLY_EVENT_DERIVED(classes, name, kind, help) table.row<kind>(classes, name, help);
#define SALLY_EVENT_FIXED(classes, json, help) table.fixed(json, help);
#define SALLY_EVENT_CLOSE() table.close();

std::string access_rows() {
  Describer table;
#include "ledger/events/access.def"
  return table.rows();
}
std::string change_rows() {
  Describer table;
#include "ledger/events/change.def"
  return table.rows();
}
std::string notice_rows() {
  Describer table;
#include "ledger/events/notice.def"
  return table.rows();
}

#include "ledger/events/end.def"

constexpr std::string_view kHeading =
    "| member | JSON | absent means | what it tells |\n"
    "| --- | --- | --- | --- |\n";

constexpr WallTime kExampleTime{std::chrono::seconds(1'795'000'000)};

AccessEvent example_refusal(Random& random) {
  AccessEvent event{.id = Ulid::make(kExampleTime, random), .time = kExampleTime};
  event.status = 403;
  event.method = "POST";
  event.path = "/v1/chat/completions";
  event.http = "2";
  event.source = "2001:db8::7";
  event.principal_kind = PrincipalKind::kApiKey;
  event.principal = "k7f3a9";
  event.principal_name = "demo";
  event.route = "main";
  event.protocol = "openai";
  event.action = "openai:chat.completions";
  event.model = "large";
  event.refusal = Refusal{.stage = Stage::kInspection,
                          .kind = ErrorKind::kDenied,
                          .rule = "inspection.request",
                          .seen = "openai-api-key at byte 17 of messages[0].content",
                          .expected = "no finding of severity high or above",
                          .hint = "take it out, or set `inspection.request: annotate`"};
  event.findings.push_back({.inspector = "secrets",
                            .rule = "openai-api-key",
                            .severity = Severity::kCritical,
                            .direction = Direction::kRequest,
                            .place = "messages[0].content",
                            .offset = 17,
                            .length = 51});
  event.request_coverage = sally::Coverage::kFull;
  event.request_bytes = 311;
  event.response_bytes = 190;
  event.duration_us = 412;
  return event;
}

AccessEvent example_stranger(Random& random) {
  AccessEvent event{.id = Ulid::make(kExampleTime, random), .time = kExampleTime};
  event.status = 401;
  event.method = "POST";
  event.path = "/v1/chat/completions";
  event.http = "1.1";
  event.source = "192.0.2.44";
  event.route = "main";
  event.protocol = "openai";
  event.action = "openai:chat.completions";
  event.refusal = Refusal{.stage = Stage::kIdentity,
                          .kind = ErrorKind::kUnauthenticated,
                          .rule = "identity",
                          .seen = "a key that is not known",
                          .expected = "a key that is in force",
                          .hint = "sallyport key list"};
  event.response_bytes = 170;
  event.duration_us = 96;
  return event;
}

ChangeEvent example_change(Random& random) {
  return {.id = Ulid::make(kExampleTime, random),
          .time = kExampleTime,
          .what = "key.revoke",
          .target = "k7f3a9",
          .who = "alice",
          .from = "local:uid=1000",
          .before = R"({"name":"demo","team":"research","revoked":null})",
          .after = R"({"name":"demo","team":"research","revoked":"2026-11-18T12:26:40.000Z"})",
          .reason = "left in a notebook",
          .failure = {}};
}

NoticeEvent example_notice(Random& random) {
  return {.id = Ulid::make(kExampleTime, random),
          .time = kExampleTime,
          .notice = Notice::kLogRolledBack,
          .detail = "the log ends at 4,096; witness `w1` has seen 5,000"};
}

template <typename Event>
std::string example(void (*append)(std::string&, const Event&), const Event& event) {
  std::string json;
  append(json, event);
  return "\n```json\n" + json + "\n```\n";
}

std::string notice_kinds() {
  std::string out = "\n| `types[0]` | severity | `title` |\n| --- | --- | --- |\n";
  for (const NoticeRow& row : notice_table()) {
    out += fmt::format("| `{}` | {} | {} |\n", row.name, sally::name_of(row.severity), row.title);
  }
  return out;
}

}  // namespace

std::string events_reference() {
  SeededRandom random(1);
  std::string out =
      "# Events\n\n"
      "Every fact is one event: one entry of the log, one JSON object (UTF-8, RFC 8259) on one "
      "line,\n"
      "shaped as the Open Cybersecurity Schema Framework has it (OCSF 1.8.0, schema.ocsf.io). This "
      "page is made\n"
      "from the tables in `src/ledger/events/`; `make bless` writes it.\n\n"
      "| class | what it records |\n"
      "| --- | --- |\n"
      "| API Activity, 6003 | a request, with profiles `ai_operation` and `security_control` |\n"
      "| Authentication, 3002 | a request that was refused because of who it came from (stage "
      "`identity`) |\n"
      "| Entity Management, 3004 | an administrative change, or the attempt at one |\n"
      "| Detection Finding, 2004 | what the log found out about itself |\n\n"
      "A member that is absent has the value in the third column; a dash means that it is always\n"
      "there. `-[0]` is the one element of an array. What OCSF has no place for stands under "
      "`unmapped`. A\n"
      "reader leaves members and classes aside that it does not know.\n\n"
      "Never in an event: prompts, answers, secrets. Texts that come from outside are cut where "
      "they are\n"
      "too long (they end in `…` then), so that an entry has at most 65,535 bytes; control "
      "characters and\n"
      "what turns the direction of writing are escaped.\n\n"
      "An entry's place in the log (`seq`, from 0) does not stand in it: it is the index of its "
      "leaf in the\n"
      "tree. Commands show it as `seq`.\n\n"
      "## Requests: API Activity, Authentication\n\n"
      "`(6003)` and `(3002)` mark members that only one of the two has.\n\n";
  out += kHeading;
  out += access_rows();
  out += "\nA request that was allowed, one in which a secret was found, one without a key:\n";
  out += example(append_event, example_chat(kExampleTime, random));
  out += example(append_event, example_refusal(random));
  out += example(append_event, example_stranger(random));
  out +=
      "\n## Changes: Entity Management\n\n"
      "Why this class: API Activity tells of the call that was made, Entity Management of the "
      "thing that was\n"
      "changed, with its state before (`entity.data`) and after (`entity_result.data`). A change "
      "need not come\n"
      "through an API.\n\n";
  out += kHeading;
  out += change_rows();
  out += example(append_change, example_change(random));
  out += "\n## Notices: Detection Finding\n\n";
  out += kHeading;
  out += notice_rows();
  out += notice_kinds();
  out += example(append_notice, example_notice(random));
  return out;
}

}  // namespace sally::ledger
