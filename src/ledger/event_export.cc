#include "ledger/event_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/address.h"
#include "ledger/event_query.h"
#include "ledger/event_text.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kVersion = "1";
constexpr size_t kCefMost = 1'000;  // bytes of one value, before it is escaped
constexpr int kFacility = 13;       // log audit
constexpr std::array<int, 6> kCefSeverity = {0, 1, 3, 5, 8, 10};
constexpr std::array<int, 6> kSyslogSeverity = {6, 6, 5, 4, 3, 2};  // info, notice ... critical

// What a kind of event has for a column; empty where it has nothing.
struct Row {
  uint64_t seq;
  const AnyEvent& event;
  const AccessEvent* access;
  const ChangeEvent* change;
  const NoticeEvent* notice;
};

Row row_of_event(uint64_t seq, const AnyEvent& event) {
  const auto* const recorded = std::get_if<RecordedEvent>(&event);
  return {.seq = seq,
          .event = event,
          .access = recorded == nullptr ? nullptr : &recorded->event,
          .change = std::get_if<ChangeEvent>(&event),
          .notice = std::get_if<NoticeEvent>(&event)};
}

std::string_view kind_of(const Row& row) {
  return row.access != nullptr   ? "access"
         : row.change != nullptr ? "change"
         : row.notice != nullptr ? "notice"
                                 : "other";
}
std::string_view outcome_of(const Row& row) {
  const auto outcome = facts_of(row.event).outcome;
  return outcome ? name_of(*outcome) : std::string_view();
}
std::string known(int64_t tokens) {
  return tokens < 0 ? std::string() : fmt::format("{}", tokens);
}
std::string findings_of(const Row& row) {
  return fmt::format("{}", fmt::join(facts_of(row.event).findings, " "));
}

struct Column {
  std::string_view name;
  std::string (*value)(const Row& row);
};
#define SALLY_ACCESS(expression)                                                              \
  [](const Row& row) {                                                                        \
    return row.access == nullptr ? std::string() : fmt::format("{}", row.access->expression); \
  }
#define SALLY_REFUSAL(expression)                                                              \
  [](const Row& row) {                                                                         \
    return row.access == nullptr || !row.access->refusal                                       \
               ? std::string()                                                                 \
               : std::string(                                                                  \
                     [](const Refusal& refusal) { return expression; }(*row.access->refusal)); \
  }
#define SALLY_CHANGE(member) \
  [](const Row& row) { return row.change == nullptr ? std::string() : row.change->member; }
constexpr Column kColumns[] = {
    {"seq", [](const Row& row) { return fmt::format("{}", row.seq); }},
    {"time", [](const Row& row) { return format_time(time_of(row.event)); }},
    {"id", [](const Row& row) { return std::string(id_of(row.event).str()); }},
    {"kind", [](const Row& row) { return std::string(kind_of(row)); }},
    {"severity", [](const Row& row) { return fmt::format("{}", severity_of(row.event)); }},
    {"outcome", [](const Row& row) { return std::string(outcome_of(row)); }},
    {"status", SALLY_ACCESS(status)},
    {"method", SALLY_ACCESS(method)},
    {"path", SALLY_ACCESS(path)},
    {"source", SALLY_ACCESS(source)},
    {"principal", [](const Row& row) { return std::string(facts_of(row.event).principal); }},
    {"principal_name", SALLY_ACCESS(principal_name)},
    {"team", SALLY_ACCESS(team)},
    {"route", SALLY_ACCESS(route)},
    {"protocol", SALLY_ACCESS(protocol)},
    {"action", [](const Row& row) { return std::string(facts_of(row.event).action); }},
    {"model", SALLY_ACCESS(model)},
    {"upstream", SALLY_ACCESS(upstream)},
    {"upstream_model", SALLY_ACCESS(upstream_model)},
    {"tool", SALLY_ACCESS(tool)},
    {"policies",
     [](const Row& row) {
       return row.access == nullptr || !row.access->policy
                  ? std::string()
                  : fmt::format("{}", fmt::join(row.access->policy->determining, " "));
     }},
    {"refusal_stage", SALLY_REFUSAL(name_of(refusal.stage))},
    {"refusal_kind", SALLY_REFUSAL(row_of(refusal.kind).name)},
    {"refusal_rule", SALLY_REFUSAL(refusal.rule)},
    {"refusal_seen", SALLY_REFUSAL(refusal.seen)},
    {"findings", [](const Row& row) { return findings_of(row); }},
    {"input_tokens",
     [](const Row& row) { return row.access == nullptr ? "" : known(row.access->input_tokens); }},
    {"output_tokens",
     [](const Row& row) { return row.access == nullptr ? "" : known(row.access->output_tokens); }},
    {"request_bytes", SALLY_ACCESS(request_bytes)},
    {"response_bytes", SALLY_ACCESS(response_bytes)},
    {"duration_us", SALLY_ACCESS(duration_us)},
    {"target", SALLY_CHANGE(target)},
    {"from", SALLY_CHANGE(from)},
    {"before", SALLY_CHANGE(before)},
    {"after", SALLY_CHANGE(after)},
    {"reason", SALLY_CHANGE(reason)},
    {"failure", SALLY_CHANGE(failure)},
    {"detail",
     [](const Row& row) { return row.notice == nullptr ? std::string() : row.notice->detail; }},
};
#undef SALLY_ACCESS
#undef SALLY_REFUSAL
#undef SALLY_CHANGE

// RFC 4180; what a spreadsheet would compute is made a text.
void append_field(std::string& out, std::string_view raw) {
  std::string text = shown(raw);
  if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos) {
    text.insert(0, 1, '\'');
  }
  if (text.find_first_of(",\"\r\n ") == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  out += '"';
}

// A value of CEF's header or extension: `special` and the backslash are escaped by one.
std::string escaped(std::string_view raw, char special) {
  std::string out;
  for (const char c : shown(raw.substr(0, kCefMost))) {
    if (c == '\\' || c == special) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

class Extension {
 public:
  explicit Extension(std::string& out) : out_(out) {}
  void add(std::string_view key, std::string_view value) {
    if (!value.empty()) {
      out_ += fmt::format("{}{}={}", first_ ? "" : " ", key, escaped(value, '='));
      first_ = false;
    }
  }
  void add(std::string_view key, uint64_t value) { add(key, fmt::format("{}", value)); }
  // One of the custom fields, with its label.
  void labelled(std::string_view key, std::string_view label, std::string_view value) {
    if (!value.empty()) {
      add(key, value);
      add(fmt::format("{}Label", key), label);
    }
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void extend(Extension& out, const AccessEvent& event) {
  const auto address = IpAddress::parse(event.source);
  if (address.ok() && address->is_v4()) {
    out.add("src", event.source);
  } else {
    out.labelled("c6a2", "Source IPv6 Address", event.source);
  }
  out.add("suid", event.principal);
  out.add("suser", event.principal_name);
  out.add("requestMethod", event.method);
  out.add("request", event.path);
  out.add("app", event.protocol);
  out.add("act", event.action);
  out.add("outcome", name_of(event.outcome));
  out.add("dhost", event.upstream);
  out.add("in", event.request_bytes);
  out.add("out", event.response_bytes);
  out.labelled("cn2", "httpStatus", fmt::format("{}", event.status));
  out.labelled("cn3", "durationMicros", fmt::format("{}", event.duration_us));
  out.labelled("cs1", "model", event.model);
  out.labelled("cs2", "route", event.route);
  out.labelled("cs3", "team", event.team);
  out.labelled("cs4", "rule", rule_of(event));
  if (event.refusal) {
    out.add("reason", row_of(event.refusal->kind).name);
    out.labelled("cs6", "stage", name_of(event.refusal->stage));
    out.add("msg", event.refusal->seen);
  }
}
void extend(Extension& out, const RecordedEvent& event) {
  extend(out, event.event);
  out.labelled("cs5", "findings",
               fmt::format("{}", fmt::join(facts_of(AnyEvent(event)).findings, " ")));
}
void extend(Extension& out, const ChangeEvent& event) {
  out.add("suser", event.who);
  out.add("act", event.what);
  out.add("outcome", event.failure.empty() ? "success" : "failure");
  out.labelled("cs1", "target", event.target);
  out.labelled("cs2", "from", event.from);
  out.labelled("cs3", "before", event.before);
  out.labelled("cs4", "after", event.after);
  out.add("reason", event.failure);
  out.add("msg", event.reason);
}
void extend(Extension& out, const NoticeEvent& event) {
  out.labelled("cs5", "findings", row_of(event.notice).name);
  out.add("msg", event.detail);
}
void extend(Extension&, const OtherEvent&) {}

// The event's class for CEF, and what it is called.
struct Signature {
  std::string id;
  std::string name;
};
Signature signature_of(const Row& row) {
  if (row.access != nullptr) {
    const bool identity = row.access->refusal && row.access->refusal->stage == Stage::kIdentity;
    return {identity ? "3002" : "6003", fmt::format("request {}", name_of(row.access->outcome))};
  }
  if (row.change != nullptr) {
    return {"3004", row.change->what};
  }
  if (row.notice != nullptr) {
    return {"2004", std::string(row_of(row.notice->notice).title)};
  }
  return {fmt::format("{}", std::get<OtherEvent>(row.event).class_uid), "event"};
}

}  // namespace

int severity_of(const AnyEvent& event) {
  auto worst = Severity::kInfo;
  if (const auto* const access = std::get_if<RecordedEvent>(&event)) {
    const Outcome outcome = access->event.outcome;
    worst = outcome == Outcome::kRefused || outcome == Outcome::kFailed ? Severity::kLow : worst;
    for (const Finding& finding : access->event.findings) {
      worst = std::max(worst, finding.severity);
    }
  } else if (const auto* const change = std::get_if<ChangeEvent>(&event)) {
    worst = change->failure.empty() ? Severity::kInfo : Severity::kLow;
  } else if (const auto* const notice = std::get_if<NoticeEvent>(&event)) {
    worst = row_of(notice->notice).severity;
  }
  return static_cast<int>(worst) + 1;
}

std::string csv_heading() {
  std::string out;
  for (const Column& column : kColumns) {
    out += fmt::format("{}{}", out.empty() ? "" : ",", column.name);
  }
  return out + "\r\n";
}

void append_csv(std::string& out, uint64_t seq, const AnyEvent& event) {
  const Row row = row_of_event(seq, event);
  bool first = true;
  for (const Column& column : kColumns) {
    out += first ? "" : ",";
    append_field(out, column.value(row));
    first = false;
  }
  out += "\r\n";
}

void append_cef(std::string& out, uint64_t seq, const AnyEvent& event) {
  const Signature signature = signature_of(row_of_event(seq, event));
  out += fmt::format("CEF:0|Sallyport|Sallyport|{}|{}|{}|{}|", kVersion, escaped(signature.id, '|'),
                     escaped(signature.name, '|'),
                     kCefSeverity.at(static_cast<size_t>(severity_of(event))));
  Extension extension(out);
  extension.add(
      "rt",
      fmt::format("{}", std::chrono::floor<Millis>(time_of(event)).time_since_epoch().count()));
  extension.add("externalId", id_of(event).str());
  extension.labelled("cn1", "seq", fmt::format("{}", seq));
  std::visit([&extension](const auto& one) { extend(extension, one); }, event);
}

void append_syslog(std::string& out, std::string_view host, const AnyEvent& event,
                   std::string_view message, SyslogFraming framing) {
  const int severity = kSyslogSeverity.at(static_cast<size_t>(severity_of(event)));
  std::string whole = fmt::format("<{}>1 {} {} sallyport - {} - ", kFacility * 8 + severity,
                                  format_time(time_of(event)), host.empty() ? "-" : host,
                                  kind_of(row_of_event(0, event)));
  whole += message;
  if (framing == SyslogFraming::kOctets) {
    out += fmt::format("{} ", whole.size());
  }
  out += whole;
}

}  // namespace sally::ledger
