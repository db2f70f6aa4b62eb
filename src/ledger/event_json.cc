#include "ledger/event_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::ledger {
namespace {

using formats::JsonValue;
using formats::JsonWriter;

// The value whose name is `text`, of an enumeration with `count` values from 0.
template <typename Enum>
Result<Enum> named(std::string_view text, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    if (name_of(value) == text) {
      return value;
    }
  }
  return Error(ErrorKind::kCorrupt, fmt::format("`{}` is none of its names", printable(text, 40)));
}

Result<ErrorKind> error_kind(std::string_view text) {
  for (size_t i = 0; i < kErrorKinds; ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    if (row_of(kind).name == text) {
      return kind;
    }
  }
  return Error(ErrorKind::kCorrupt, fmt::format("`{}` is no kind of error", printable(text, 40)));
}

constexpr size_t kSeverities = 5;
constexpr size_t kDirections = 2;
constexpr size_t kStages = 10;
constexpr size_t kCoverages = 4;
constexpr size_t kOutcomes = 4;

// One kind of field: how a value is written (or left out), how it is read, and what the reference
// says about it. `present` false: an absent member means the value a new event has.

struct Text {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "empty";
  static bool present(const std::string& value) { return !value.empty(); }
  static void write(JsonWriter& json, const std::string& value) { json.string(value); }
  static Result<> read(const JsonValue& json, std::string& value) {
    TRY(value, json.as_string());
    return ok();
  }
};

struct Number {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "";
  template <typename Int>
  static bool present(Int) {
    return true;
  }
  template <typename Int>
  static void write(JsonWriter& json, Int value) {
    json.number(value);
  }
  template <typename Int>
  static Result<> read(const JsonValue& json, Int& value) {
    if constexpr (std::is_signed_v<Int>) {
      TRY(value, json.as_int64());
    } else {
      TRY(const uint64_t number, json.as_uint64());
      value = static_cast<Int>(number);
      if (value != number) {
        return Error(ErrorKind::kCorrupt, fmt::format("`{}` is too large", number));
      }
    }
    return ok();
  }
};

struct Count : Number {
  static constexpr std::string_view kAbsent = "0";
  template <typename Int>
  static bool present(Int value) {
    return value != 0;
  }
};

struct Known : Number {
  static constexpr std::string_view kAbsent = "not known";
  static bool present(int64_t value) { return value >= 0; }
};

struct Flag {
  static constexpr std::string_view kJson = "true";
  static constexpr std::string_view kAbsent = "false";
  static bool present(bool value) { return value; }
  static void write(JsonWriter& json, bool value) { json.boolean(value); }
  static Result<> read(const JsonValue& json, bool& value) {
    TRY(value, json.as_bool());
    return ok();
  }
};

struct Id {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "";
  static bool present(const Ulid&) { return true; }
  static void write(JsonWriter& json, const Ulid& value) { json.string(value.str()); }
  static Result<> read(const JsonValue& json, Ulid& value) {
    TRY(const std::string_view text, json.as_string());
    TRY(value, Ulid::parse(text));
    return ok();
  }
};

struct Time {
  static constexpr std::string_view kJson = "string, RFC 3339";
  static constexpr std::string_view kAbsent = "";
  static bool present(WallTime) { return true; }
  static void write(JsonWriter& json, WallTime value) {
    char text[24];
    format_time(value, text);
    json.string({text, sizeof text});
  }
  static Result<> read(const JsonValue& json, WallTime& value) {
    TRY(const std::string_view text, json.as_string());
    TRY(value, parse_time(text));
    return ok();
  }
};

struct Outcome {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "";
  static bool present(sally::Outcome) { return true; }
  static void write(JsonWriter& json, sally::Outcome value) { json.string(name_of(value)); }
  static Result<> read(const JsonValue& json, sally::Outcome& value) {
    TRY(const std::string_view text, json.as_string());
    TRY(value, named<sally::Outcome>(text, kOutcomes));
    return ok();
  }
};

struct Coverage {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "";
  static bool present(sally::Coverage) { return true; }
  static void write(JsonWriter& json, sally::Coverage value) { json.string(name_of(value)); }
  static Result<> read(const JsonValue& json, sally::Coverage& value) {
    TRY(const std::string_view text, json.as_string());
    TRY(value, named<sally::Coverage>(text, kCoverages));
    return ok();
  }
};

struct Refusal {
  static constexpr std::string_view kJson = "object";
  static constexpr std::string_view kAbsent = "not refused";
  static bool present(const std::optional<sally::Refusal>& value) { return value.has_value(); }
  static void write(JsonWriter& json, const std::optional<sally::Refusal>& value) {
    json.begin_object();
    json.member("stage", name_of(value->stage)).member("kind", row_of(value->kind).name);
    json.member("rule", value->rule).member("seen", value->seen);
    json.member("expected", value->expected).member("hint", value->hint);
    json.end_object();
  }
  static Result<> read(const JsonValue& json, std::optional<sally::Refusal>& value) {
    sally::Refusal refusal{};
    TRY(const std::string_view stage, json.string("stage"));
    TRY(refusal.stage, named<Stage>(stage, kStages));
    TRY(const std::string_view kind, json.string("kind"));
    TRY(refusal.kind, error_kind(kind));
    TRY(refusal.rule, json.string("rule"));
    TRY(refusal.seen, json.string("seen"));
    TRY(refusal.expected, json.string("expected"));
    TRY(refusal.hint, json.string("hint"));
    value = std::move(refusal);
    return ok();
  }
};

struct Findings {
  static constexpr std::string_view kJson = "array of objects";
  static constexpr std::string_view kAbsent = "none";
  static bool present(const sally::Findings& value) { return !value.empty(); }
  static void write(JsonWriter& json, const sally::Findings& value) {
    json.begin_array();
    for (size_t i = 0; i < value.size() && i < kFindingsRecorded; ++i) {
      const Finding& finding = value[i];
      json.begin_object();
      json.member("inspector", finding.inspector).member("rule", finding.rule);
      json.member("severity", name_of(finding.severity));
      json.member("direction", name_of(finding.direction));
      json.member("place", finding.place);
      json.member("offset", finding.offset).member("length", finding.length);
      json.end_object();
    }
    json.end_array();
    if (value.size() > kFindingsRecorded) {
      json.member("findings_total", value.size());
    }
  }
  static Result<> read(const JsonValue& json, sally::Findings& value) {
    TRY(const JsonValue array, json.as_array());
    for (const JsonValue item : array) {
      Finding finding;
      TRY(finding.inspector, item.string("inspector"));
      TRY(finding.rule, item.string("rule"));
      TRY(const std::string_view severity, item.string("severity"));
      TRY(finding.severity, named<Severity>(severity, kSeverities));
      TRY(const std::string_view direction, item.string("direction"));
      TRY(finding.direction, named<Direction>(direction, kDirections));
      TRY(finding.place, item.string("place"));
      TRY(const JsonValue offset, item.member("offset"));
      TRY_OK(Number::read(offset, finding.offset));
      TRY(const JsonValue length, item.member("length"));
      TRY_OK(Number::read(length, finding.length));
      value.push_back(std::move(finding));
    }
    return ok();
  }
};

template <typename Kind, typename Value>
Result<> read_field(const JsonValue& object, std::string_view name, Value& value) {
  const auto member = object.find(name);
  if (!member) {
    if (Kind::kAbsent.empty()) {
      return Error(ErrorKind::kCorrupt, fmt::format("`{}` is missing", name));
    }
    return ok();
  }
  auto read = Kind::read(*member, value);
  if (!read) {
    return Error(ErrorKind::kCorrupt, fmt::format("`{}`: {}", name, read.error().message()));
  }
  return ok();
}

Result<RecordedEvent> read_event(const JsonValue& object) {
  TRY(const std::string_view id_text, object.string("id"));
  TRY(const Ulid parsed_id, Ulid::parse(id_text));
  RecordedEvent recorded{.event = {.id = parsed_id, .time = {}}};
  TRY(const JsonValue seq, object.member("seq"));
  TRY(recorded.seq, seq.as_uint64());
#define SALLY_EVENT_FIELD(name, kind, help) \
  TRY_OK(read_field<kind>(object, #name, recorded.event.name));
#include "ledger/event_fields.def"
#undef SALLY_EVENT_FIELD
  recorded.findings_total = recorded.event.findings.size();
  if (const auto total = object.find("findings_total")) {
    TRY(recorded.findings_total, total->as_uint64());
  }
  return recorded;
}

constexpr std::string_view kSeqHead = "{\"seq\":";

}  // namespace

void append_event(std::string& out, const AccessEvent& event) {
  JsonWriter json(out);
  json.begin_object();
#define SALLY_EVENT_FIELD(name, kind, help) \
  if (kind::present(event.name)) {          \
    json.key(#name);                        \
    kind::write(json, event.name);          \
  }
#include "ledger/event_fields.def"
#undef SALLY_EVENT_FIELD
  json.end_object();
  json.finish();
}

void append_line(std::string& out, uint64_t seq, std::string_view object) {
  char number[20];
  const auto end = std::to_chars(number, number + sizeof number, seq).ptr;
  out += kSeqHead;
  out.append(number, static_cast<size_t>(end - number));
  out += ',';
  out += object.substr(1);  // behind its bracket
  out += '\n';
}

Result<RecordedEvent> parse_line(std::string_view line) {
  auto document = formats::JsonDocument::parse(line);
  if (!document) {
    return Error(ErrorKind::kCorrupt, document.error().message());
  }
  auto recorded = read_event(document->root());
  if (!recorded) {
    return Error(ErrorKind::kCorrupt, recorded.error().message());
  }
  return recorded;
}

Result<uint64_t> parse_seq(std::string_view line) {
  const char* const last = line.data() + line.size();
  uint64_t seq = 0;
  if (line.starts_with(kSeqHead)) {
    const auto [end, error] = std::from_chars(line.data() + kSeqHead.size(), last, seq);
    if (error == std::errc() && end != last && *end == ',') {
      return seq;
    }
  }
  return Error(ErrorKind::kCorrupt, "the line does not begin with a sequence number");
}

std::string events_reference() {
  std::string out =
      "# Events\n\n"
      "The record holds one access event per request: one JSON object (UTF-8, RFC 8259) on one "
      "line.\n"
      "This page is made from `src/ledger/event_fields.def`; `make bless` writes it.\n\n"
      "A member that is absent has the value in the third column; a dash means that it is always\n"
      "there. A reader leaves members aside that it does not know.\n\n"
      "| member | JSON | absent means | what it tells |\n"
      "| --- | --- | --- | --- |\n"
      "| `seq` | number | - | place in the record: from 1, without gaps, across files and restarts "
      "|\n";
  const auto row = [&out](std::string_view name, std::string_view json, std::string_view absent,
                          std::string_view help) {
    out +=
        fmt::format("| `{}` | {} | {} | {} |\n", name, json, absent.empty() ? "-" : absent, help);
  };
#define SALLY_EVENT_FIELD(name, kind, help) row(#name, kind::kJson, kind::kAbsent, help);
#include "ledger/event_fields.def"
#undef SALLY_EVENT_FIELD
  row("findings_total", "number", "all are listed",
      "how many findings there were, when not all are listed");
  out +=
      "\n## Files\n\n"
      "The file being written has the configured name, `access.jsonl`. When it would grow beyond "
      "its\n"
      "size it is renamed to `access.jsonl.` and the number of its first event in 20 digits, so "
      "that\n"
      "names sort as events do; the oldest are removed beyond the number to keep. A line that was "
      "torn\n"
      "by a crash is cut off when the record is opened again, and the log says so.\n\n"
      "The record is complete and ordered, not yet tamper-evident: whoever may write the files "
      "may\n"
      "rewrite them. `sallyport audit verify` checks form, order and uniqueness, and says this "
      "too.\n";
  return out;
}

}  // namespace sally::ledger
