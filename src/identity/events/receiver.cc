#include "identity/events/receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sally::identity {
namespace {

using store::RevokedKind;

constexpr std::string_view kType = "secevent+jwt";
static_assert(kOldestEvent + kEventLeeway < RevocationService::kKeptEvents);
constexpr size_t kMaxToken = 32 * 1024;
// No token of access lives longer, so that no revocation of what was issued before has to.
constexpr Micros kLongestToken = std::chrono::days(366);

EventRefusal refuse(std::string_view code, std::string description) {
  return {code, std::move(description)};
}

// What is signed, and the issuer it claims, which may send events.
struct Opened {
  CompactJws jws;
  EventIssuer issuer;
};

EventResult<Opened> open(std::string_view text, const FindEventIssuer& find) {
  auto jws = CompactJws::parse(text, kMaxToken);
  if (!jws.ok()) {
    return refuse("invalid_request", jws.error().to_error().message());
  }
  if (!jws->has_type(kType) || jws->content_type()) {
    return refuse("invalid_request", "the token's type is not `secevent+jwt`");
  }
  auto issuer = find(claimed_issuer(jws->payload()));
  if (!issuer) {
    return refuse("invalid_issuer", "the issuer may send no events here");
  }
  return Opened{*std::move(jws), *std::move(issuer)};
}

EventRefusal refusal_of(const TokenRefusal& why) {
  const bool key = why.fault() == TokenFault::kUnknownKey ||
                   why.fault() == TokenFault::kUnusableKey ||
                   why.fault() == TokenFault::kAmbiguousKey;
  return refuse(key ? "invalid_key" : "authentication_failed", why.to_error().message());
}

EventResult<> check_times(const SecurityEventToken& token, WallTime now) {
  if (token.issued > now + kEventLeeway) {
    return refuse("invalid_request", "the token was issued in the future");
  }
  if (token.issued < now - kOldestEvent) {
    return refuse("invalid_request", "the token is too old");
  }
  return Unit{};
}

// Every token that was issued by the end of the second in which it happened: `iat` tells seconds.
WallTime end_of_second(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at) + std::chrono::seconds(1);
}

class Planner {
 public:
  Planner(const ReceivedEvents& received, const SecurityEvent& event, WallTime now)
      : received_(received),
        event_(event),
        // What is said to happen later happens now: nobody is locked out of the future.
        at_(std::min(event.at.value_or(received.token.issued), now)),
        now_(now) {}

  EventResult<EventPlan> plan() {
    const EventSubject& subject = event_.subject;
    for (const auto& named : {subject.user, subject.token}) {
      if (named && !named->issuer.empty() && named->issuer != received_.token.issuer) {
        return refuse("access_denied", "the subject is one of another issuer");
      }
    }
    switch (event_.type) {
      case EventType::kSessionRevoked:
        return sessions();
      case EventType::kCredentialChange:
        return event_.only_adds ? note("a credential was added, none was lost") : users();
      case EventType::kAssuranceLevelChange:
        return event_.rose ? note("the level of assurance rose") : sessions();
      case EventType::kVerification:
        return note("the transmitter tries the line");
      case EventType::kOther:
        break;
    }
    return note("an event of a type that means nothing here");
  }

 private:
  static EventPlan note(std::string_view text) { return {{}, std::string(text)}; }
  [[nodiscard]] std::string named(std::string_view id) const {
    return received_.issuer + "/" + std::string(id);
  }
  void add(RevokedKind kind, std::string_view id, bool only_until_then) {
    RevocationRequest request{.kind = kind, .target = named(id), .reason = reason()};
    if (only_until_then) {
      request.issued_before = end_of_second(at_);
    }
    request.until = std::max(now_, end_of_second(at_)) + kLongestToken;
    plan_.revocations.push_back(std::move(request));
  }
  [[nodiscard]] std::string reason() const {
    const std::string_view name = std::string_view(event_.uri).substr(event_.uri.rfind('/') + 1);
    return event_.reason.empty() ? fmt::format("{} of issuer {}", name, received_.issuer)
                                 : fmt::format("{}: {}", name, event_.reason);
  }
  // The narrowest that is named: a token, a session, else all sessions of the user.
  EventPlan sessions() {
    const EventSubject& subject = event_.subject;
    const std::string& session = subject.session.empty() ? subject.opaque : subject.session;
    if (subject.token) {
      add(RevokedKind::kToken, subject.token->id, false);
    }
    if (!session.empty()) {
      add(RevokedKind::kSession, session, false);
    }
    return plan_.revocations.empty() ? users() : std::move(plan_);
  }
  // An issuer's subject may be a person or a program: the name is revoked as both.
  EventPlan users() {
    const EventSubject& subject = event_.subject;
    const std::string& id = subject.user ? subject.user->id : subject.opaque;
    if (id.empty()) {
      return note("the subject names nobody here");
    }
    add(RevokedKind::kUser, id, true);
    add(RevokedKind::kAgent, id, true);
    return std::move(plan_);
  }

  const ReceivedEvents& received_;
  const SecurityEvent& event_;
  const WallTime at_;
  const WallTime now_;
  EventPlan plan_;
};

}  // namespace

EventResult<ReceivedEvents> verify_events(std::string_view text, const FindEventIssuer& find,
                                          WallTime now) {
  TRY(const Opened opened, open(text, find));
  if (opened.issuer.keys == nullptr) {
    return refuse("authentication_failed", "the issuer's keys cannot be had at the moment");
  }
  const auto verified = verify_jws(opened.jws, *opened.issuer.keys, opened.issuer.algorithms);
  if (!verified.ok()) {
    return refusal_of(verified.error());
  }
  auto token = SecurityEventToken::parse(opened.jws.payload());
  if (!token.ok()) {
    return refuse("invalid_request", token.error().message());
  }
  if (std::ranges::find(token->audiences, opened.issuer.audience) == token->audiences.end()) {
    return refuse("invalid_audience", "the token is for somebody else");
  }
  TRY_OK(check_times(*token, now));
  return ReceivedEvents{*std::move(token), opened.issuer.name};
}

bool must_ask_for_keys(std::string_view text, const FindEventIssuer& find) {
  const auto opened = open(text, find);
  if (!opened.ok()) {
    return false;
  }
  const auto& keys = opened->issuer.keys;
  return keys == nullptr || (opened->jws.key_id() && keys->find(*opened->jws.key_id()) == nullptr);
}

EventResult<EventPlan> plan_event(const ReceivedEvents& received, const SecurityEvent& event,
                                  WallTime now) {
  return Planner(received, event, now).plan();
}

}  // namespace sally::identity
