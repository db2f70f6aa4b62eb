#include "ledger/event_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace sally::ledger::kinds {
namespace {

constexpr size_t kSeverities = 5;
constexpr size_t kDirections = 2;
constexpr size_t kHandlings = 3;
constexpr size_t kStages = 10;
constexpr size_t kCoverages = 4;
constexpr int64_t kLastMillis = 253'402'300'799'999;  // of the year 9999

struct DispositionRow {
  Outcome outcome;
  uint8_t id;
  std::string_view json;  // `disposition_id`, and `disposition`
};
constexpr std::array kDispositions = {
    DispositionRow{Outcome::kAllowed, 1, R"(1,"disposition":"Allowed")"},
    DispositionRow{Outcome::kRefused, 2, R"(2,"disposition":"Blocked")"},
    DispositionRow{Outcome::kFailed, 27, R"(27,"disposition":"Error")"},
    DispositionRow{Outcome::kCancelled, 99, R"(99,"disposition":"Cancelled")"},
};

// The activities of API Activity, by method.
struct MethodRow {
  std::string_view method;
  std::string_view json;
};
constexpr std::string_view kOtherActivity =
    R"(99,"activity_name":"Other","category_uid":6,"class_uid":6003,"type_uid":600399)";
constexpr MethodRow kMethods[] = {
    {"POST", R"(1,"category_uid":6,"class_uid":6003,"type_uid":600301)"},
    {"GET", R"(2,"category_uid":6,"class_uid":6003,"type_uid":600302)"},
    {"HEAD", R"(2,"category_uid":6,"class_uid":6003,"type_uid":600302)"},
    {"PUT", R"(3,"category_uid":6,"class_uid":6003,"type_uid":600303)"},
    {"PATCH", R"(3,"category_uid":6,"class_uid":6003,"type_uid":600303)"},
    {"DELETE", R"(4,"category_uid":6,"class_uid":6003,"type_uid":600304)"},
};
constexpr std::string_view kLogon = R"(1,"category_uid":3,"class_uid":3002,"type_uid":300201)";

// The activities of Entity Management, by the verb of a change.
struct VerbRow {
  std::string_view verb;
  int activity;
};
constexpr VerbRow kVerbs[] = {
    {"create", 1}, {"place", 1},  {"init", 1},   {"add", 1},    {"read", 2},
    {"export", 2}, {"update", 3}, {"reload", 3}, {"rotate", 3}, {"delete", 4},
    {"revoke", 4}, {"lift", 4},   {"forget", 4}, {"prune", 4},  {"remove", 4},
};
constexpr int kOtherVerb = 99;
constexpr size_t kWhatMost = 128;

std::string_view verb_of(std::string_view what) {
  const size_t dot = what.rfind('.');
  return dot == std::string_view::npos ? what : what.substr(dot + 1);
}

Result<ErrorKind> error_kind(std::string_view text) {
  for (size_t i = 0; i < kErrorKinds; ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (row_of(kind).name == text) {
      return kind;
    }
  }
  return no_such_name(text);
}

void append_text(std::string& out, std::string_view text) {
  const size_t before = out.size();
  out.resize(before + room_of_text(std::max<size_t>(text.size(), 4)));
  char* const end = put_text(out.data() + before, text, std::max<size_t>(text.size(), 4));
  out.resize(static_cast<size_t>(end - out.data()));
}

constexpr formats::JsonLimits kDataLimits = {.bytes = 1 << 20, .depth = 32, .members = 20'000};

// `value` without white space. Nests as deep as kDataLimits lets it.
// NOLINTNEXTLINE(misc-no-recursion)
void append_compact(std::string& out, const JsonValue& value) {
  switch (value.type()) {
    case formats::JsonType::kNull:
      out += "null";
      return;
    case formats::JsonType::kBoolean:
      out += *value.as_bool() ? "true" : "false";
      return;
    case formats::JsonType::kNumber:
      out += value.raw_number();
      return;
    case formats::JsonType::kString:
      append_text(out, *value.as_string());
      return;
    case formats::JsonType::kArray:
    case formats::JsonType::kObject:
      break;
  }
  const bool object = value.is_object();
  out += object ? '{' : '[';
  const size_t begin = out.size();
  for (const JsonValue member : value) {
    if (out.size() != begin) {
      out += ',';
    }
    if (object) {
      append_text(out, member.name());
      out += ':';
    }
    append_compact(out, member);
  }
  out += object ? '}' : ']';
}

}  // namespace

Error no_such_name(std::string_view text) {
  return Error(ErrorKind::kCorrupt, fmt::format("`{}` is none of its names", printable(text, 40)));
}

Result<> Time::read(const JsonValue& json, WallTime& value) {
  TRY(const int64_t millis, json.as_int64());
  if (millis < 0 || millis > kLastMillis) {
    return Error(ErrorKind::kCorrupt, fmt::format("`{}` is no time", millis));
  }
  value = WallTime{Millis{millis}};
  return ok();
}

Result<> PrincipalType::read(const JsonValue& json, PrincipalKind& value) {
  TRY(const std::string_view text, json.as_string());
  const auto kind = parse_principal_kind(text);
  if (!kind) {
    return no_such_name(text);
  }
  value = *kind;
  return ok();
}
Result<> Coverage::read(const JsonValue& json, sally::Coverage& value) {
  TRY(const std::string_view text, json.as_string());
  TRY(value, named<sally::Coverage>(text, kCoverages));
  return ok();
}

char* Disposition::put(char* to, Outcome value) {
  return put_literal(to, kDispositions[static_cast<size_t>(value)].json);
}
Result<> Disposition::read(const JsonValue& json, Outcome& value) {
  TRY(const uint64_t id, json.as_uint64());
  for (const DispositionRow& row : kDispositions) {
    if (row.id == id) {
      value = row.outcome;
      return ok();
    }
  }
  return Error(ErrorKind::kCorrupt, fmt::format("`{}` is none of its values", id));
}

Result<> RefusalKind::read(const JsonValue& json, std::optional<Refusal>& value) {
  TRY(const std::string_view text, json.as_string());
  TRY(const ErrorKind kind, error_kind(text));
  value = Refusal{
      .stage = Stage::kRecord, .kind = kind, .rule = {}, .seen = {}, .expected = {}, .hint = {}};
  return ok();
}
Result<> RefusalRule::read(const JsonValue& json, std::optional<Refusal>& value) {
  if (!value) {
    return Error(ErrorKind::kCorrupt, "of an event without `status_code`");
  }
  TRY(value->rule, json.as_string());
  return ok();
}

char* RefusalTexts::put(char* to, const std::optional<Refusal>& value) {
  to = put_literal(to, R"({"stage":)");
  to = put_name(to, name_of(value->stage));
  to = put_literal(to, R"(,"seen":)");
  to = put_text(to, value->seen, kSeenMost);
  to = put_literal(to, R"(,"expected":)");
  to = put_text(to, value->expected, kExpectedMost);
  to = put_literal(to, R"(,"hint":)");
  to = put_text(to, value->hint, kHintMost);
  *to++ = '}';
  return to;
}
Result<> RefusalTexts::read(const JsonValue& json, std::optional<Refusal>& value) {
  if (!value) {
    return Error(ErrorKind::kCorrupt, "of an event without `status_code`");
  }
  TRY(const std::string_view stage, json.string("stage"));
  TRY(value->stage, named<Stage>(stage, kStages));
  TRY(value->seen, json.string("seen"));
  TRY(value->expected, json.string("expected"));
  TRY(value->hint, json.string("hint"));
  return ok();
}

namespace {

constexpr size_t kEntitiesDigits = 16;

char* put_hex(char* to, uint64_t value, size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < digits; ++i) {
    *to++ = kDigits[value >> (4 * (digits - 1 - i)) & 15];
  }
  return to;
}

char* put_hash(char* to, const PolicySetId& set) {
  *to++ = '"';
  for (const std::byte byte : set.hash) {
    to = put_hex(to, static_cast<uint64_t>(byte), 2);
  }
  *to++ = '"';
  return to;
}
Result<> read_hash(const JsonValue& json, PolicySetId& set) {
  TRY(const std::string_view text, json.as_string());
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != set.hash.size()) {
    return Error(ErrorKind::kCorrupt, "no SHA-256");
  }
  std::ranges::copy(*bytes, set.hash.begin());
  return ok();
}

// As a text: that is what OCSF has.
char* put_version(char* to, const PolicySetId& set) {
  *to++ = '"';
  to = put_number(to, set.version);
  *to++ = '"';
  return to;
}
Result<> read_version(const JsonValue& json, PolicySetId& set) {
  TRY(const std::string_view text, json.as_string());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), set.version);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Error(ErrorKind::kCorrupt, "no number");
  }
  return ok();
}

char* put_policies(char* to, const std::vector<std::string>& names) {
  to = put_literal(to, R"(,"policies":[)");
  const char* const begin = to;
  size_t listed = 0;
  while (listed < names.size() && static_cast<size_t>(to - begin) < PolicyDecision::kNamesBytes) {
    to = put_text(to, names[listed++], PolicyDecision::kNameMost);
    *to++ = ',';
  }
  to[-1] = ']';
  if (listed < names.size()) {
    to = put_literal(to, R"(,"policies_total":)");
    to = put_number(to, names.size());
  }
  return to;
}

char* put_failed(char* to, const std::vector<PolicyFailure>& failed) {
  to = put_literal(to, R"(,"failed":[)");
  const char* const begin = to;
  size_t listed = 0;
  while (listed < failed.size() && static_cast<size_t>(to - begin) < PolicyDecision::kFailedBytes) {
    const PolicyFailure& failure = failed[listed++];
    to = put_literal(to, R"({"policy":)");
    to = put_text(to, failure.policy, PolicyDecision::kNameMost);
    to = put_literal(to, R"(,"message":)");
    to = put_text(to, failure.message, PolicyDecision::kMessageMost);
    to = put_literal(to, "},");
  }
  to[-1] = ']';
  if (listed < failed.size()) {
    to = put_literal(to, R"(,"failed_total":)");
    to = put_number(to, failed.size());
  }
  return to;
}

enum class Failures : uint8_t { kTold, kLeftOut };
char* put_verdict(char* to, const PolicyVerdict& verdict, std::string_view mode,
                  Failures failures) {
  to = put_literal(to, R"({"decision":)");
  to = put_name(to, verdict.allowed ? "allow" : "deny");
  to = put_literal(to, R"(,"mode":)");
  to = put_name(to, mode);
  if (!verdict.determining.empty()) {
    to = put_policies(to, verdict.determining);
  }
  if (!verdict.failed.empty() && failures == Failures::kTold) {
    to = put_failed(to, verdict.failed);
  }
  to = put_literal(to, R"(,"entities":")");
  to = put_hex(to, verdict.set.entities, kEntitiesDigits);
  return put_literal(to, "\"}");
}

Result<> read_verdict(const JsonValue& json, PolicyVerdict& verdict) {
  TRY(const std::string_view decision, json.string("decision"));
  if (decision != "allow" && decision != "deny") {
    return no_such_name(decision);
  }
  verdict.allowed = decision == "allow";
  if (const auto policies = json.find("policies")) {
    TRY(const JsonValue names, policies->as_array());
    for (const JsonValue name : names) {
      TRY(verdict.determining.emplace_back(), name.as_string());
    }
  }
  if (const auto failed = json.find("failed")) {
    TRY(const JsonValue failures, failed->as_array());
    for (const JsonValue one : failures) {
      PolicyFailure& failure = verdict.failed.emplace_back();
      TRY(failure.policy, one.string("policy"));
      TRY(failure.message, one.string("message"));
    }
  }
  TRY(const std::string_view entities, json.string("entities"));
  const auto [end, error] =
      std::from_chars(entities.data(), entities.data() + entities.size(), verdict.set.entities, 16);
  if (error != std::errc{} || end != entities.data() + entities.size()) {
    return Error(ErrorKind::kCorrupt, "`entities` is no number");
  }
  return ok();
}

}  // namespace

char* PolicySetHash::put(char* to, const std::optional<PolicyVerdict>& value) {
  return put_hash(to, value->set);
}
Result<> PolicySetHash::read(const JsonValue& json, std::optional<PolicyVerdict>& value) {
  return read_hash(json, value.emplace().set);
}

char* PolicySetVersion::put(char* to, const std::optional<PolicyVerdict>& value) {
  return put_version(to, value->set);
}
Result<> PolicySetVersion::read(const JsonValue& json, std::optional<PolicyVerdict>& value) {
  if (!value) {
    return Error(ErrorKind::kCorrupt, "of a policy without `uid`");
  }
  return read_version(json, value->set);
}

char* PolicyDecision::put(char* to, const std::optional<PolicyVerdict>& value) {
  return put_verdict(to, *value, "enforce", Failures::kTold);
}
Result<> PolicyDecision::read(const JsonValue& json, std::optional<PolicyVerdict>& value) {
  if (!value) {
    return Error(ErrorKind::kCorrupt, "of an event without `policy`");
  }
  return read_verdict(json, *value);
}

char* ShadowDecision::put(char* to, const std::optional<PolicyVerdict>& value) {
  to = put_verdict(to, *value, "shadow", Failures::kLeftOut);
  to = put_literal(to - 1, R"(,"uid":)");
  to = put_hash(to, value->set);
  to = put_literal(to, R"(,"version":)");
  to = put_version(to, value->set);
  *to++ = '}';
  return to;
}
Result<> ShadowDecision::read(const JsonValue& json, std::optional<PolicyVerdict>& value) {
  PolicyVerdict& verdict = value.emplace();
  TRY_OK(read_verdict(json, verdict));
  TRY(const JsonValue hash, json.member("uid"));
  TRY_OK(read_hash(hash, verdict.set));
  TRY(const JsonValue version, json.member("version"));
  return read_version(version, verdict.set);
}

namespace {

constexpr uint8_t kSure = 100;

// Shows the findings that are listed, written to `to` one behind the other.
template <typename Each>
char* put_findings(char* to, const sally::Findings& value, const Each& each) {
  const char* const begin = to;
  for (size_t i = 0; i < value.size() && i < kFindingsRecorded; ++i) {
    if (static_cast<size_t>(to - begin) > kFindingsBytes) {
      break;
    }
    const Finding& finding = value[i];
    to = put_literal(to, R"({"inspector":)");
    to = put_text(to, finding.inspector, Findings::kInspectorMost);
    to = put_literal(to, R"(,"rule":)");
    to = put_text(to, finding.rule, Findings::kRuleMost);
    to = put_literal(to, R"(,"severity":)");
    to = put_name(to, name_of(finding.severity));
    to = put_literal(to, R"(,"direction":)");
    to = put_name(to, name_of(finding.direction));
    to = put_literal(to, R"(,"place":)");
    to = put_text(to, finding.place, Findings::kPlaceMost);
    to = put_literal(to, R"(,"offset":)");
    to = put_number(to, finding.offset);
    to = put_literal(to, R"(,"length":)");
    to = put_number(to, finding.length);
    if (finding.confidence < kSure) {
      to = put_literal(to, R"(,"confidence":)");
      to = put_number(to, finding.confidence);
    }
    if (!finding.model.empty()) {
      to = put_literal(to, R"(,"model":)");
      to = put_text(to, finding.model, Findings::kModelMost);
    }
    if (finding.handling != Handling::kSeen) {
      to = put_literal(to, R"(,"handling":)");
      to = put_name(to, name_of(finding.handling));
    }
    if (finding.provenance != Provenance::kUnknown) {
      to = put_literal(to, R"(,"provenance":)");
      to = put_name(to, name_of(finding.provenance));
    }
    if (!finding.reasons.empty()) {
      to = put_literal(to, R"(,"reasons":[)");
      for (size_t k = 0; k < finding.reasons.size() && k < Findings::kReasonsMost; ++k) {
        to = put_text(to, finding.reasons[k], Findings::kReasonMost);
        *to++ = ',';
      }
      to[-1] = ']';
    }
    to = put_literal(to, "},");
    each();
  }
  return to;
}

}  // namespace

char* Findings::put(char* to, const sally::Findings& value) {
  *to++ = '[';
  to = put_findings(to, value, [] {});
  to[-1] = ']';
  return to;
}
size_t Findings::listed(const sally::Findings& value) {
  std::array<char, kRoom> scratch;
  size_t count = 0;
  put_findings(scratch.data(), value, [&count] { ++count; });
  return count;
}
Result<> Findings::read(const JsonValue& json, sally::Findings& value) {
  TRY(const JsonValue array, json.as_array());
  value.clear();
  for (const JsonValue element : array) {
    Finding& finding = value.emplace_back();
    TRY(finding.inspector, element.string("inspector"));
    TRY(finding.rule, element.string("rule"));
    TRY(const std::string_view severity, element.string("severity"));
    TRY(finding.severity, named<Severity>(severity, kSeverities));
    TRY(const std::string_view direction, element.string("direction"));
    TRY(finding.direction, named<Direction>(direction, kDirections));
    TRY(finding.place, element.string("place"));
    TRY(const JsonValue offset, element.member("offset"));
    TRY_OK(Number::read(offset, finding.offset));
    TRY(const JsonValue length, element.member("length"));
    TRY_OK(Number::read(length, finding.length));
    if (const auto confidence = element.find("confidence")) {
      TRY_OK(Number::read(*confidence, finding.confidence));
    }
    if (element.find("model")) {
      TRY(finding.model, element.string("model"));
    }
    if (element.find("handling")) {
      TRY(const std::string_view handling, element.string("handling"));
      TRY(finding.handling, named<Handling>(handling, kHandlings));
    }
    if (element.find("provenance")) {
      TRY(const std::string_view name, element.string("provenance"));
      const auto provenance = parse_provenance(name);
      if (!provenance) {
        return Error(ErrorKind::kCorrupt, "`provenance`: not a known name");
      }
      finding.provenance = *provenance;
    }
    if (const auto reasons = element.find("reasons")) {
      TRY(const JsonValue all, reasons->as_array());
      for (const JsonValue reason : all) {
        TRY(finding.reasons.emplace_back(), reason.as_string());
      }
    }
  }
  return ok();
}

char* Data::put(char* to, const std::string& value) {
  std::string written;
  const auto json = formats::JsonDocument::parse(value, kDataLimits);
  if (json.ok() && (json->root().is_object() || json->root().is_array())) {
    append_compact(written, json->root());
  } else {
    append_text(written, value);
  }
  if (written.size() > kMost) {
    written = fmt::format(R"({{"omitted_bytes":{},"sha256":"{}"}})", value.size(),
                          to_hex(crypto::sha256(as_bytes(value))));
  }
  return put_literal(to, written);
}
Result<> Data::read(const JsonValue& json, std::string& value) {
  value.clear();
  if (json.is_string()) {
    TRY(value, json.as_string());
  } else {
    append_compact(value, json);
  }
  return ok();
}

char* NoticeType::put(char* to, Notice value) {
  const NoticeRow& row = row_of(value);
  *to++ = '[';
  to = put_name(to, row.name);
  to = put_literal(to, R"(],"title":)");
  return put_name(to, row.title);
}
Result<> NoticeType::read(const JsonValue& json, Notice& value) {
  TRY(const JsonValue array, json.as_array());
  if (array.size() == 0) {
    return Error(ErrorKind::kCorrupt, "names no type");
  }
  TRY(const std::string_view name, (*array.begin()).as_string());
  for (const NoticeRow& row : notice_table()) {
    if (row.name == name) {
      value = row.notice;
      return ok();
    }
  }
  return no_such_name(name);
}

char* AccessClass::put(char* to, const AccessEvent& event) {
  if (is_authentication(event)) {
    return put_literal(to, kLogon);
  }
  for (const MethodRow& row : kMethods) {
    if (row.method == event.method) {
      return put_literal(to, row.json);
    }
  }
  return put_literal(to, kOtherActivity);
}

char* AccessSeverity::put(char* to, const AccessEvent& event) {
  auto worst = event.outcome == Outcome::kRefused || event.outcome == Outcome::kFailed
                   ? Severity::kLow
                   : Severity::kInfo;
  for (const Finding& finding : event.findings) {
    worst = std::max(worst, finding.severity);
  }
  *to++ = static_cast<char>('1' + static_cast<int>(worst));
  return to;
}

char* AccessStatus::put(char* to, const AccessEvent& event) {
  switch (event.outcome) {
    case Outcome::kAllowed:
      return put_literal(to, "1");
    case Outcome::kRefused:
    case Outcome::kFailed:
      return put_literal(to, "2");
    case Outcome::kCancelled:
      return put_literal(to, R"(99,"status":"Cancelled")");
  }
  return to;
}

char* ChangeClass::put(char* to, const ChangeEvent& event) {
  const std::string_view verb = verb_of(event.what);
  const auto* const row = std::ranges::find(kVerbs, verb, &VerbRow::verb);
  const int activity = row == std::end(kVerbs) ? kOtherVerb : row->activity;
  to = put_number(to, activity);
  if (activity == kOtherVerb) {
    to = put_literal(to, R"(,"activity_name":)");
    to = put_text(to, verb, kWhatMost);
  }
  to = put_literal(to, R"(,"category_uid":3,"class_uid":3004,"type_uid":)");
  return put_number(to, 300'400 + activity);
}

char* ChangedType::put(char* to, const ChangeEvent& event) {
  const std::string_view what = event.what;
  return put_text(to, what.substr(0, what.rfind('.')), kWhatMost);
}

char* NoticeSeverity::put(char* to, const NoticeEvent& event) {
  const Severity severity = row_of(event.notice).severity;
  *to++ = static_cast<char>('1' + static_cast<int>(severity));
  return severity >= Severity::kHigh ? put_literal(to, R"(,"is_alert":true)") : to;
}

}  // namespace sally::ledger::kinds
