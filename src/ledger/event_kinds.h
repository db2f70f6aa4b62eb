// The kinds of members that the tables in events/ name: how a value is written, when it is left
// out, how it is read, and what the reference says about it. Private to event_json.cc and
// event_reference.cc.
//
// A kind of SALLY_EVENT_FIELD has
//   kJson, kAbsent              for people: its type, and what it means when absent (empty: never)
//   kRoom                       the bytes that `put` may need at most
//   present(value)              false: left out
//   put(to, value)              writes the JSON value, gives the end
//   read(json, value)
// A kind of SALLY_EVENT_DERIVED has the same without `read`, of the whole event.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "core/change_event.h"
#include "core/event.h"
#include "formats/json/document.h"
#include "ledger/event_json.h"
#include "ledger/event_text.h"

namespace sally::ledger::kinds {

using formats::JsonValue;

inline constexpr unsigned kApi = 1;
inline constexpr unsigned kAuth = 2;
inline constexpr unsigned kBoth = kApi | kAuth;

inline constexpr size_t kNumberRoom = 20;
inline constexpr size_t kNameRoom = 32;  // of an enumeration, with its quotes

template <typename Int>
[[gnu::always_inline]] inline char* put_number(char* to, Int value) {
  return std::to_chars(to, to + kNumberRoom, value).ptr;
}
[[gnu::always_inline]] inline char* put_literal(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}
inline char* put_name(char* to, std::string_view name) {
  *to++ = '"';
  to = put_literal(to, name);
  *to++ = '"';
  return to;
}

// The value whose name is `text`, of an enumeration with `count` values from 0.
[[gnu::cold]] Error no_such_name(std::string_view text);
template <typename Enum>
Result<Enum> named(std::string_view text, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    if (name_of(value) == text) {
      return value;
    }
  }
  return no_such_name(text);
}

template <size_t kMost>
struct Text {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "empty";
  static constexpr size_t kRoom = room_of_text(kMost);
  static bool present(const std::string& value) { return !value.empty(); }
  static char* put(char* to, const std::string& value) { return put_text(to, value, kMost); }
  static Result<> read(const JsonValue& json, std::string& value) {
    TRY(value, json.as_string());
    return ok();
  }
};

// A text that OCSF requires: `unknown` stands for an empty one.
inline constexpr std::string_view kUnknown = "unknown";
template <size_t kMost>
struct Named : Text<kMost> {
  static constexpr std::string_view kAbsent = "";
  static bool present(const std::string&) { return true; }
  static char* put(char* to, const std::string& value) {
    return put_text(to, value.empty() ? kUnknown : std::string_view(value), kMost);
  }
  static Result<> read(const JsonValue& json, std::string& value) {
    TRY(const std::string_view text, json.as_string());
    value = text == kUnknown ? std::string_view() : text;
    return ok();
  }
};

struct Number {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = kNumberRoom;
  template <typename Int>
  static bool present(Int) {
    return true;
  }
  template <typename Int>
  static char* put(char* to, Int value) {
    return put_number(to, value);
  }
  template <typename Int>
  static Result<> read(const JsonValue& json, Int& value) {
    if constexpr (std::is_signed_v<Int>) {
      TRY(value, json.as_int64());
    } else {
      TRY(const uint64_t number, json.as_uint64());
      value = static_cast<Int>(number);
      if (value != number) {
        return Error(ErrorKind::kCorrupt, "`" + std::to_string(number) + "` is too large");
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
  static constexpr size_t kRoom = 5;
  static bool present(bool value) { return value; }
  static char* put(char* to, bool value) { return put_literal(to, value ? "true" : "false"); }
  static Result<> read(const JsonValue& json, bool& value) {
    TRY(value, json.as_bool());
    return ok();
  }
};

struct Id {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = 28;
  static bool present(const Ulid&) { return true; }
  static char* put(char* to, const Ulid& value) { return put_name(to, value.str()); }
  static Result<> read(const JsonValue& json, Ulid& value) {
    TRY(const std::string_view text, json.as_string());
    TRY(value, Ulid::parse(text));
    return ok();
  }
};

struct Time {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = kNumberRoom;
  static bool present(WallTime) { return true; }
  static char* put(char* to, WallTime value) {
    return put_number(to, std::chrono::floor<Millis>(value).time_since_epoch().count());
  }
  static Result<> read(const JsonValue& json, WallTime& value);
};

struct Coverage {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "`none`";
  static constexpr size_t kRoom = kNameRoom;
  static bool present(sally::Coverage value) { return value != sally::Coverage::kNone; }
  static char* put(char* to, sally::Coverage value) { return put_name(to, name_of(value)); }
  static Result<> read(const JsonValue& json, sally::Coverage& value);
};

struct PrincipalType {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "anonymous, or not known";
  static constexpr size_t kRoom = kNameRoom;
  static bool present(PrincipalKind value) { return value != PrincipalKind::kAnonymous; }
  static char* put(char* to, PrincipalKind value) { return put_name(to, name_of(value)); }
  static Result<> read(const JsonValue& json, PrincipalKind& value);
};

struct Disposition {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = 64;
  static bool present(Outcome) { return true; }
  static char* put(char* to, Outcome value);
  static Result<> read(const JsonValue& json, Outcome& value);
};

// A refusal stands in three places: its kind and its rule where OCSF has a place for them.
struct RefusalKind {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "not refused";
  static constexpr size_t kRoom = kNameRoom;
  static bool present(const std::optional<Refusal>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<Refusal>& value) {
    return put_name(to, row_of(value->kind).name);
  }
  static Result<> read(const JsonValue& json, std::optional<Refusal>& value);
};
struct RefusalRule {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "not refused, or empty";
  static constexpr size_t kMost = 256;
  static constexpr size_t kRoom = room_of_text(kMost);
  static bool present(const std::optional<Refusal>& value) {
    return value.has_value() && !value->rule.empty();
  }
  static char* put(char* to, const std::optional<Refusal>& value) {
    return put_text(to, value->rule, kMost);
  }
  static Result<> read(const JsonValue& json, std::optional<Refusal>& value);
};
struct RefusalTexts {
  static constexpr std::string_view kJson = "object";
  static constexpr std::string_view kAbsent = "not refused";
  static constexpr size_t kSeenMost = 1'024;
  static constexpr size_t kExpectedMost = 512;
  static constexpr size_t kHintMost = 512;
  static constexpr size_t kRoom = 64 + kNameRoom + room_of_text(kSeenMost) +
                                  room_of_text(kExpectedMost) + room_of_text(kHintMost);
  static bool present(const std::optional<Refusal>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<Refusal>& value);
  static Result<> read(const JsonValue& json, std::optional<Refusal>& value);
};

// What policies said stands in two places: which set it was where OCSF has a place for it.
struct PolicySetHash {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "no policy was asked";
  static constexpr size_t kRoom = 66;
  static bool present(const std::optional<PolicyVerdict>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<PolicyVerdict>& value);
  static Result<> read(const JsonValue& json, std::optional<PolicyVerdict>& value);
};
struct PolicySetVersion {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "no policy was asked";
  static constexpr size_t kRoom = kNumberRoom + 2;
  static bool present(const std::optional<PolicyVerdict>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<PolicyVerdict>& value);
  static Result<> read(const JsonValue& json, std::optional<PolicyVerdict>& value);
};
struct PolicyDecision {
  static constexpr std::string_view kJson = "object";
  static constexpr std::string_view kAbsent = "no policy was asked";
  static constexpr size_t kNameMost = 128;
  static constexpr size_t kMessageMost = 96;
  // Of lists that are longer the first ones stand, and `policies_total` or `failed_total`.
  static constexpr size_t kNamesBytes = 600;
  static constexpr size_t kFailedBytes = 400;
  static constexpr size_t kRoom = 256 + kNamesBytes + room_of_text(kNameMost) + kFailedBytes +
                                  room_of_text(kNameMost) + room_of_text(kMessageMost);
  static bool present(const std::optional<PolicyVerdict>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<PolicyVerdict>& value);
  static Result<> read(const JsonValue& json, std::optional<PolicyVerdict>& value);
};
struct ShadowDecision {
  static constexpr std::string_view kJson = "object";
  static constexpr std::string_view kAbsent = "nothing is compared";
  static constexpr size_t kRoom = 256 + PolicyDecision::kNamesBytes +
                                  room_of_text(PolicyDecision::kNameMost) + PolicySetHash::kRoom +
                                  PolicySetVersion::kRoom + 32;
  static bool present(const std::optional<PolicyVerdict>& value) { return value.has_value(); }
  static char* put(char* to, const std::optional<PolicyVerdict>& value);
  static Result<> read(const JsonValue& json, std::optional<PolicyVerdict>& value);
};

struct Findings {
  static constexpr std::string_view kJson = "array of objects";
  static constexpr std::string_view kAbsent = "none";
  static constexpr size_t kInspectorMost = 64;
  static constexpr size_t kRuleMost = 128;
  static constexpr size_t kPlaceMost = 256;
  static constexpr size_t kModelMost = 32;
  static constexpr size_t kReasonMost = 16;
  static constexpr size_t kReasonsMost = 2;  // of one finding
  static constexpr size_t kOneRoom = 160 + 4 * kNameRoom + 3 * kNumberRoom +
                                     room_of_text(kInspectorMost) + room_of_text(kRuleMost) +
                                     room_of_text(kPlaceMost) + room_of_text(kModelMost) +
                                     kReasonsMost * (1 + room_of_text(kReasonMost));
  static constexpr size_t kRoom = 2 + kFindingsBytes + kOneRoom;
  static bool present(const sally::Findings& value) { return !value.empty(); }
  static char* put(char* to, const sally::Findings& value);
  // How many of `value` are listed.
  static size_t listed(const sally::Findings& value);
  static Result<> read(const JsonValue& json, sally::Findings& value);
};
struct FindingsTotal {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "all are listed";
  static constexpr size_t kRoom = kNumberRoom;
  static bool present(const AccessEvent& event) {
    return !event.findings.empty() && Findings::listed(event.findings) < event.findings.size();
  }
  static char* put(char* to, const AccessEvent& event) {
    return put_number(to, event.findings.size());
  }
};

// The kind of thing and the state of it before or after a change.
struct Data {
  static constexpr std::string_view kJson = "any";
  static constexpr std::string_view kAbsent = "empty";
  static constexpr size_t kMost = 20'000;  // written
  static constexpr size_t kRoom = kMost;
  static bool present(const std::string& value) { return !value.empty(); }
  static char* put(char* to, const std::string& value);
  static Result<> read(const JsonValue& json, std::string& value);
};

struct NoticeType {
  static constexpr std::string_view kJson = "array of strings";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = 256;
  static bool present(Notice) { return true; }
  static char* put(char* to, Notice value);
  static Result<> read(const JsonValue& json, Notice& value);
};

// What follows from the whole event.
template <typename Event>
struct Derived {
  static constexpr std::string_view kJson = "number";
  static constexpr std::string_view kAbsent = "";
  static constexpr size_t kRoom = 128;
  static bool present(const Event&) { return true; }
};

inline bool is_authentication(const AccessEvent& event) {
  return event.refusal && event.refusal->stage == Stage::kIdentity;
}

struct AccessClass : Derived<AccessEvent> {
  static char* put(char* to, const AccessEvent& event);
};
struct AccessSeverity : Derived<AccessEvent> {
  static char* put(char* to, const AccessEvent& event);
};
struct AccessStatus : Derived<AccessEvent> {
  static char* put(char* to, const AccessEvent& event);
};
struct Duration : Derived<AccessEvent> {
  static char* put(char* to, const AccessEvent& event) {
    return put_number(to, event.duration_us / 1'000);
  }
};
struct Provider : Derived<AccessEvent> {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "no model was named";
  static constexpr size_t kMost = 256;
  static constexpr size_t kRoom = room_of_text(kMost);
  static bool present(const AccessEvent& event) { return !event.model.empty(); }
  static char* put(char* to, const AccessEvent& event) {
    return Named<kMost>::put(to, event.upstream);
  }
};

struct ChangeClass : Derived<ChangeEvent> {
  static constexpr size_t kRoom = 256 + room_of_text(128);
  static char* put(char* to, const ChangeEvent& event);
};
struct ChangeSeverity : Derived<ChangeEvent> {
  static char* put(char* to, const ChangeEvent& event) {
    return put_literal(to, event.failure.empty() ? "1" : "2");
  }
};
struct ChangeStatus : Derived<ChangeEvent> {
  static char* put(char* to, const ChangeEvent& event) {
    return put_literal(
        to, event.failure.empty() ? R"(1,"status":"Success")" : R"(2,"status":"Failure")");
  }
};
struct ChangedType : Derived<ChangeEvent> {
  static constexpr std::string_view kJson = "string";
  static constexpr size_t kRoom = room_of_text(128);
  static char* put(char* to, const ChangeEvent& event);
};
struct ChangedTarget : Derived<ChangeEvent> {
  static constexpr std::string_view kJson = "string";
  static constexpr std::string_view kAbsent = "nothing is left";
  static constexpr size_t kMost = 512;
  static constexpr size_t kRoom = room_of_text(kMost);
  static bool present(const ChangeEvent& event) { return !event.after.empty(); }
  static char* put(char* to, const ChangeEvent& event) {
    return Named<kMost>::put(to, event.target);
  }
};

struct NoticeClass : Derived<NoticeEvent> {
  static char* put(char* to, const NoticeEvent&) {
    return put_literal(to, R"(1,"category_uid":2,"class_uid":2004,"type_uid":200401)");
  }
};
struct NoticeSeverity : Derived<NoticeEvent> {
  static char* put(char* to, const NoticeEvent& event);
};
struct NoticeUid : Derived<NoticeEvent> {
  static constexpr std::string_view kJson = "string";
  static char* put(char* to, const NoticeEvent& event) { return put_name(to, event.id.str()); }
};

}  // namespace sally::ledger::kinds
