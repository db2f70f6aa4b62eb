#include "identity/events/security_event.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/text.h"
#include "formats/json/document.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr formats::JsonLimits kLimits = {.bytes = 64 * 1024, .depth = 16, .members = 1'000};
constexpr size_t kMaxUri = 256;
constexpr size_t kMaxReason = 200;
constexpr size_t kMaxAliases = 8;

struct TypeRow {
  std::string_view uri;
  EventType type;
};
constexpr std::array kTypes{
    TypeRow{"https://schemas.openid.net/secevent/caep/event-type/session-revoked",
            EventType::kSessionRevoked},
    TypeRow{"https://schemas.openid.net/secevent/caep/event-type/credential-change",
            EventType::kCredentialChange},
    TypeRow{"https://schemas.openid.net/secevent/caep/event-type/assurance-level-change",
            EventType::kAssuranceLevelChange},
    TypeRow{"https://schemas.openid.net/secevent/ssf/event-type/verification",
            EventType::kVerification},
};

EventType type_of(std::string_view uri) {
  for (const TypeRow& row : kTypes) {
    if (row.uri == uri) {
      return row.type;
    }
  }
  return EventType::kOther;
}

Error wrong(std::string_view what, std::string_view how) {
  return Error(ErrorKind::kInvalidInput, fmt::format("`{}` {}", what, how));
}

// A text that may become part of a name: not empty, bounded, printable.
Result<std::string> text_of(const JsonValue& object, std::string_view name) {
  const auto value = object.find(name);
  if (!value || !value->is_string()) {
    return wrong(name, value ? "is no string" : "is missing");
  }
  const std::string_view text = *value->as_string();
  if (text.empty() || text.size() > SecurityEventToken::kMaxId ||
      printable(text, SecurityEventToken::kMaxId) != text) {
    return wrong(name, "is empty, too long, or holds control characters");
  }
  return std::string(text);
}

// Seconds since 1970, a fraction allowed (RFC 7519, section 2).
Result<WallTime> time_of(const JsonValue& value, std::string_view name) {
  constexpr double kLast = 253'402'300'799;  // the end of the year 9999
  const auto seconds = value.as_double();
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > kLast) {
    return wrong(name, "is no time");
  }
  return WallTime(Micros(static_cast<int64_t>(*seconds * 1e6)));
}

// Members that stand twice are refused by the reader. `depth`: an alias holds no aliases, a complex
// subject no complex one (RFC 9493, section 3.2.8; SSF 1.0, section 3.2).
enum class Within : uint8_t { kNothing, kAliases, kComplex };

Result<> read_subject(const JsonValue& subject, Within within, EventSubject& out);

Result<> read_aliases(const JsonValue& subject, EventSubject& out) {
  const auto all = subject.find("identifiers");
  if (!all || !all->is_array() || all->size() == 0 || all->size() > kMaxAliases) {
    return wrong("identifiers", "is no list of 1 to 8 subjects");
  }
  for (const JsonValue one : *all) {
    TRY_OK(read_subject(one, Within::kAliases, out));
  }
  return ok();
}

Result<> read_complex(const JsonValue& subject, EventSubject& out) {
  if (const auto user = subject.find("user")) {
    EventSubject who;
    TRY_OK(read_subject(*user, Within::kComplex, who));
    out.user = who.user;
    if (out.user == std::nullopt && !who.opaque.empty()) {
      out.user = EventSubject::Named{{}, who.opaque};
    }
    out.token = who.token;
  }
  if (const auto session = subject.find("session")) {
    EventSubject which;
    TRY_OK(read_subject(*session, Within::kComplex, which));
    out.session = which.opaque;
    if (which.token) {
      out.token = which.token;
    }
  }
  return ok();
}

Result<> read_subject(const JsonValue& subject, Within within, EventSubject& out) {
  if (!subject.is_object()) {
    return wrong("sub_id", "is no object");
  }
  TRY(const std::string format, text_of(subject, "format"));
  if (format == "iss_sub") {
    TRY(std::string issuer, text_of(subject, "iss"));
    TRY(std::string id, text_of(subject, "sub"));
    out.user = EventSubject::Named{std::move(issuer), std::move(id)};
  } else if (format == "opaque") {
    TRY(out.opaque, text_of(subject, "id"));
  } else if (format == "jwt_id") {
    TRY(std::string issuer, text_of(subject, "iss"));
    TRY(std::string id, text_of(subject, "jti"));
    out.token = EventSubject::Named{std::move(issuer), std::move(id)};
  } else if (format == "aliases" || format == "complex") {
    if (within != Within::kNothing) {
      return wrong("format", "is a subject within another");
    }
    return format == "aliases" ? read_aliases(subject, out) : read_complex(subject, out);
  }
  return ok();  // of another format: it names nobody here
}

// `{"en": "..."}`: one of them, what fits.
std::string reason_of(const JsonValue& event) {
  const auto all = event.find("reason_admin");
  if (!all || !all->is_object()) {
    return {};
  }
  for (const JsonValue one : *all) {
    if (one.is_string()) {
      return printable(*one.as_string(), kMaxReason);
    }
  }
  return {};
}

Result<std::string_view> choice_of(const JsonValue& event, std::string_view name) {
  const auto value = event.find(name);
  if (!value) {
    return std::string_view();
  }
  if (!value->is_string()) {
    return wrong(name, "is no string");
  }
  return value->as_string();
}

Result<> read_details(const JsonValue& event, SecurityEvent& out) {
  if (const auto at = event.find("event_timestamp")) {
    TRY(out.at, time_of(*at, "event_timestamp"));
  }
  if (out.type == EventType::kCredentialChange) {
    TRY(const std::string_view change, choice_of(event, "change_type"));
    if (change != "create" && change != "revoke" && change != "update" && change != "delete") {
      return wrong("change_type", "is none that there is");
    }
    out.only_adds = change == "create";
  }
  if (out.type == EventType::kAssuranceLevelChange) {
    TRY(const std::string_view direction, choice_of(event, "change_direction"));
    if (!direction.empty() && direction != "increase" && direction != "decrease") {
      return wrong("change_direction", "is none that there is");
    }
    out.rose = direction == "increase";
  }
  out.reason = reason_of(event);
  return ok();
}

Result<SecurityEvent> read_event(const JsonValue& root, const JsonValue& event) {
  SecurityEvent out;
  if (event.name().empty() || event.name().size() > kMaxUri ||
      printable(event.name(), kMaxUri) != event.name()) {
    return wrong("events", "holds a name that is none");
  }
  out.uri = event.name();
  out.type = type_of(out.uri);
  if (!event.is_object()) {
    return wrong("events", "holds an event that is no object");
  }
  if (out.type == EventType::kOther || out.type == EventType::kVerification) {
    return out;
  }
  const auto own = event.find("subject");  // of drafts; `sub_id` since SSF 1.0
  const auto common = root.find("sub_id");
  if (own && common) {
    return wrong("subject", "stands beside `sub_id`");
  }
  if (!own && !common) {
    return wrong("sub_id", "is missing");
  }
  TRY_OK(read_subject(own ? *own : *common, Within::kNothing, out.subject));
  TRY_OK(read_details(event, out));
  return out;
}

Result<std::vector<std::string>> audiences_of(const JsonValue& root) {
  std::vector<std::string> out;
  const auto value = root.find("aud");
  if (value && value->is_string()) {
    out.emplace_back(*value->as_string());
  } else if (value && value->is_array()) {
    for (const JsonValue one : *value) {
      if (!one.is_string()) {
        return wrong("aud", "holds what is no string");
      }
      out.emplace_back(*one.as_string());
    }
  }
  if (out.empty()) {
    return wrong("aud", "is missing, or no text");
  }
  return out;
}

}  // namespace

std::string claimed_issuer(std::string_view payload) {
  const auto document = JsonDocument::parse(payload, kLimits);
  return document.ok() ? std::string(document->root().string("iss").value_or("")) : std::string();
}

Result<SecurityEventToken> SecurityEventToken::parse(std::string_view payload) {
  const auto document = JsonDocument::parse(payload, kLimits);
  if (!document.ok() || !document->root().is_object()) {
    return Error(ErrorKind::kInvalidInput, "the payload is no strict JSON object");
  }
  const JsonValue root = document->root();
  for (const std::string_view name : {"exp", "sub"}) {
    if (root.find(name)) {
      return wrong(name, "has no place in a security event token");
    }
  }
  SecurityEventToken out;
  const auto issuer = root.string("iss");
  if (!issuer || issuer->empty()) {
    return wrong("iss", "is missing, or no string");
  }
  out.issuer = *issuer;
  TRY(out.id, text_of(root, "jti"));
  TRY(out.audiences, audiences_of(root));
  const auto issued = root.find("iat");
  if (!issued) {
    return wrong("iat", "is missing");
  }
  TRY(out.issued, time_of(*issued, "iat"));
  const auto events = root.find("events");
  if (!events || !events->is_object() || events->size() == 0 || events->size() > kMaxEvents) {
    return wrong("events", "is no object of 1 to 8 events");
  }
  for (const JsonValue event : *events) {
    TRY(SecurityEvent one, read_event(root, event));
    out.events.push_back(std::move(one));
  }
  return out;
}

}  // namespace sally::identity
