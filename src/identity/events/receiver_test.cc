#include "identity/events/receiver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/token/token_samples.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using store::RevokedKind;
using test::at_second;

constexpr std::string_view kIssuer = "https://idp.example";
constexpr std::string_view kAudience = "https://gate.example/events";
constexpr std::string_view kHeader = R"({"alg":"EdDSA","kid":"signer","typ":"secevent+jwt"})";

class Receive : public testing::Test {
 protected:
  std::optional<EventIssuer> find(std::string_view iss) const {
    if (iss != kIssuer) {
      return std::nullopt;
    }
    return EventIssuer{"corp", std::string(kAudience), {crypto::SignatureAlgorithm::kEdDsa}, keys_};
  }
  EventResult<ReceivedEvents> verify(const std::string& text) const {
    return verify_events(text, [this](std::string_view iss) { return find(iss); }, now_);
  }
  std::string refusal(const std::string& text) const {
    const auto received = verify(text);
    EXPECT_FALSE(received.ok()) << text;
    return received.ok() ? std::string() : std::string(received.error().code);
  }
  static std::string payload(int64_t issued = 1'000, std::string_view iss = kIssuer,
                             std::string_view aud = kAudience) {
    return fmt::format(
        R"({{"iss":"{}","jti":"1","iat":{},"aud":"{}","events":{{"https://x.example/y":{{}}}}}})",
        iss, issued, aud);
  }
  std::string token(std::string_view header, const std::string& text) const {
    return signer_.sign(header, text);
  }

  samples::Signer signer_;
  std::shared_ptr<const JwkSet> keys_ =
      std::make_shared<const JwkSet>(*JwkSet::parse("{\"keys\":[" + signer_.jwk() + "]}"));
  WallTime now_ = at_second(1'000);
};

TEST_F(Receive, TokenOfAnIssuerForThisGateIsTaken) {
  const auto received = verify(token(kHeader, payload()));
  ASSERT_TRUE(received.ok()) << received.error().description;
  EXPECT_EQ(received->issuer, "corp");
  EXPECT_EQ(received->token.id, "1");
  EXPECT_TRUE(verify(token(R"({"alg":"EdDSA","typ":"application/SecEvent+JWT"})", payload())).ok());
}

TEST_F(Receive, EveryReasonNotToHasItsCode) {
  EXPECT_EQ(refusal(""), "invalid_request");
  EXPECT_EQ(refusal("a.b.c"), "invalid_request");
  EXPECT_EQ(refusal(token(R"({"alg":"EdDSA","kid":"signer"})", payload())), "invalid_request");
  EXPECT_EQ(refusal(token(R"({"alg":"EdDSA","kid":"signer","typ":"at+jwt"})", payload())),
            "invalid_request");
  EXPECT_EQ(refusal(token(R"({"alg":"EdDSA","kid":"signer","typ":"secevent+jwt","cty":"JWT"})",
                          payload())),
            "invalid_request");
  EXPECT_EQ(refusal(token(kHeader, payload(1'000, "https://other.example"))), "invalid_issuer");
  EXPECT_EQ(refusal(token(kHeader, "{}")), "invalid_issuer");
  EXPECT_EQ(refusal(token(R"({"alg":"EdDSA","kid":"another","typ":"secevent+jwt"})", payload())),
            "invalid_key");
  EXPECT_EQ(refusal(token(R"({"alg":"none","typ":"secevent+jwt"})", payload())),
            "authentication_failed");
  EXPECT_EQ(refusal(token(R"({"alg":"HS256","kid":"signer","typ":"secevent+jwt"})", payload())),
            "authentication_failed");
  std::string forged = token(kHeader, payload());
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(refusal(forged), "authentication_failed");
  EXPECT_EQ(refusal(token(kHeader, payload(1'000, kIssuer, "https://else.example"))),
            "invalid_audience");
  EXPECT_EQ(refusal(token(kHeader, R"({"iss":"https://idp.example"})")), "invalid_request");
  EXPECT_EQ(refusal(std::string(64 * 1024, 'a')), "invalid_request");
}

TEST_F(Receive, TokenIsNeitherOldNorOfTheFuture) {
  EXPECT_TRUE(verify(token(kHeader, payload(1'060))).ok());
  EXPECT_EQ(refusal(token(kHeader, payload(1'061))), "invalid_request");
  now_ = at_second(1'000) + kOldestEvent;
  EXPECT_TRUE(verify(token(kHeader, payload())).ok());
  now_ += Micros(1);
  EXPECT_EQ(refusal(token(kHeader, payload())), "invalid_request");
}

TEST_F(Receive, TokenThatIsCutAnywhereIsRefused) {
  const std::string text = token(kHeader, payload());
  for (size_t length = 0; length < text.size(); ++length) {
    refusal(text.substr(0, length));
  }
}

TEST_F(Receive, IssuerIsAskedForKeysThatAreNotThere) {
  const auto must_ask = [&](const std::string& text) {
    return must_ask_for_keys(text, [this](std::string_view iss) { return find(iss); });
  };
  EXPECT_FALSE(must_ask(token(kHeader, payload())));
  EXPECT_FALSE(must_ask(token(R"({"alg":"EdDSA","typ":"secevent+jwt"})", payload())));
  EXPECT_TRUE(must_ask(token(R"({"alg":"EdDSA","kid":"new","typ":"secevent+jwt"})", payload())));
  EXPECT_FALSE(must_ask(token(kHeader, payload(1'000, "https://other.example"))));
  EXPECT_FALSE(must_ask("nonsense"));
  keys_ = nullptr;
  EXPECT_TRUE(must_ask(token(kHeader, payload())));
  EXPECT_EQ(refusal(token(kHeader, payload())), "authentication_failed");
}

// ---- what is done for an event ----

ReceivedEvents received(SecurityEvent event) {
  ReceivedEvents out;
  out.issuer = "corp";
  out.token.issuer = kIssuer;
  out.token.id = "1";
  out.token.issued = at_second(900);
  out.token.events = {std::move(event)};
  return out;
}
// `kind target [before second]`, or the note.
std::string plan(SecurityEvent event) {
  event.uri = "https://schemas.openid.net/secevent/caep/event-type/x";
  const ReceivedEvents from = received(std::move(event));
  const auto made = plan_event(from, from.token.events[0], at_second(1'000));
  if (!made.ok()) {
    return std::string(made.error().code);
  }
  std::string out = made->note;
  EXPECT_NE(made->note.empty(), made->revocations.empty());
  for (const RevocationRequest& request : made->revocations) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name_of(request.kind), request.target);
    if (request.issued_before) {
      out += fmt::format(" before {}", std::chrono::floor<std::chrono::seconds>(
                                           request.issued_before->time_since_epoch())
                                           .count());
    }
    EXPECT_FALSE(request.reason.empty());
    EXPECT_GT(request.until, at_second(1'000) + std::chrono::days(365));
  }
  return out;
}
const EventSubject kUser{.user = EventSubject::Named{std::string(kIssuer), "alice"}};
const EventSubject kBoth{.user = kUser.user, .session = "s1"};
const EventSubject kOpaque{.opaque = "o1"};

TEST(Plan, RevokedSessionIsTheSessionOrAllOfTheUsers) {
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked, .subject = kBoth}), "session corp/s1");
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked, .subject = kOpaque}), "session corp/o1");
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked, .subject = kUser}),
            "user corp/alice before 901, agent corp/alice before 901");
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked,
                  .subject = {.token = EventSubject::Named{std::string(kIssuer), "t1"}}}),
            "token corp/t1");
}

TEST(Plan, ChangedCredentialEndsWhatWasIssuedBefore) {
  EXPECT_EQ(plan({.type = EventType::kCredentialChange, .subject = kBoth, .at = at_second(800)}),
            "user corp/alice before 801, agent corp/alice before 801");
  EXPECT_EQ(plan({.type = EventType::kCredentialChange, .subject = kOpaque}),
            "user corp/o1 before 901, agent corp/o1 before 901");
  EXPECT_EQ(plan({.type = EventType::kCredentialChange, .subject = kUser, .only_adds = true}),
            "a credential was added, none was lost");
}

TEST(Plan, LevelThatFellEndsSessionsAndOneThatRoseDoesNot) {
  EXPECT_EQ(plan({.type = EventType::kAssuranceLevelChange, .subject = kBoth}), "session corp/s1");
  EXPECT_EQ(plan({.type = EventType::kAssuranceLevelChange, .subject = kUser}),
            "user corp/alice before 901, agent corp/alice before 901");
  EXPECT_EQ(plan({.type = EventType::kAssuranceLevelChange, .subject = kUser, .rose = true}),
            "the level of assurance rose");
}

TEST(Plan, WhatSaysNothingHereIsNoted) {
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked}), "the subject names nobody here");
  EXPECT_EQ(plan({.type = EventType::kOther, .subject = kUser}),
            "an event of a type that means nothing here");
  EXPECT_EQ(plan({.type = EventType::kVerification}), "the transmitter tries the line");
}

TEST(Plan, EventOfTheFutureHappensNow) {
  EXPECT_EQ(
      plan({.type = EventType::kCredentialChange, .subject = kUser, .at = at_second(9'000'000)}),
      "user corp/alice before 1001, agent corp/alice before 1001");
}

TEST(Plan, NobodySpeaksForASubjectOfAnotherIssuer) {
  const EventSubject::Named foreign{"https://other.example", "alice"};
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked, .subject = {.user = foreign}}),
            "access_denied");
  EXPECT_EQ(plan({.type = EventType::kSessionRevoked, .subject = {.token = foreign}}),
            "access_denied");
  EXPECT_EQ(plan({.type = EventType::kOther, .subject = {.user = foreign}}), "access_denied");
}

}  // namespace
}  // namespace sally::identity
