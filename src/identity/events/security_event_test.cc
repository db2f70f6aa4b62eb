#include "identity/events/security_event.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/times.h"

namespace sally::identity {
namespace {

using test::at_second;
using testing::HasSubstr;

constexpr std::string_view kCaep = "https://schemas.openid.net/secevent/caep/event-type/";
constexpr std::string_view kAlice =
    R"("sub_id":{"format":"iss_sub","iss":"https://idp.example","sub":"alice"})";

// A payload with one event of this type and these members, about `subject`.
std::string payload(std::string_view type, std::string_view event,
                    std::string_view subject = kAlice) {
  return fmt::format(
      R"({{"iss":"https://idp.example","jti":"1","iat":100,"aud":"gate","events":{{"{}{}":{}}}{}{}}})",
      kCaep, type, event, subject.empty() ? "" : ",", subject);
}

SecurityEvent event_of(const std::string& text) {
  auto token = SecurityEventToken::parse(text);
  EXPECT_TRUE(token.ok()) << token.error().to_string() << "\n" << text;
  return token.ok() ? token->events.at(0) : SecurityEvent();
}
EventSubject subject_of(std::string_view subject) {
  return event_of(payload("session-revoked", "{}", fmt::format(R"("sub_id":{})", subject))).subject;
}
std::string refusal(const std::string& text) {
  const auto token = SecurityEventToken::parse(text);
  EXPECT_FALSE(token.ok()) << text;
  EXPECT_TRUE(token.ok() || token.error().kind() == ErrorKind::kInvalidInput);
  return token.ok() ? std::string() : token.error().message();
}

TEST(SecurityEvent, WhatATokenSaysIsRead) {
  const auto token = SecurityEventToken::parse(
      R"({"iss":"https://idp.example","jti":"756E69","iat":1615305159,"txn":"8675309",)"
      R"("aud":["https://a.example","https://b.example"],)"
      R"("sub_id":{"format":"iss_sub","iss":"https://idp.example","sub":"alice"},)"
      R"("events":{"https://schemas.openid.net/secevent/caep/event-type/session-revoked":)"
      R"({"initiating_entity":"policy","reason_admin":{"en":"Landspeed policy violation: C076E82F"},)"
      R"("reason_user":{"en":"Access attempt from multiple regions."},)"
      R"("event_timestamp":1615304991.5}}})");
  ASSERT_TRUE(token.ok()) << token.error().to_string();
  EXPECT_EQ(token->issuer, "https://idp.example");
  EXPECT_EQ(token->id, "756E69");
  EXPECT_EQ(token->issued, at_second(1'615'305'159));
  EXPECT_THAT(token->audiences, testing::ElementsAre("https://a.example", "https://b.example"));
  ASSERT_EQ(token->events.size(), 1U);
  const SecurityEvent& event = token->events[0];
  EXPECT_EQ(event.type, EventType::kSessionRevoked);
  EXPECT_EQ(event.at, at_second(1'615'304'991) + Millis(500));
  EXPECT_EQ(event.reason, "Landspeed policy violation: C076E82F");
  EXPECT_EQ(event.subject.user, (EventSubject::Named{"https://idp.example", "alice"}));
}

TEST(SecurityEvent, EverySubjectThatNamesSomebodyHereIsRead) {
  using Named = EventSubject::Named;
  EXPECT_EQ(subject_of(R"({"format":"opaque","id":"sid-1"})"), (EventSubject{.opaque = "sid-1"}));
  EXPECT_EQ(subject_of(R"({"format":"jwt_id","iss":"i","jti":"t"})"),
            (EventSubject{.token = Named{"i", "t"}}));
  EXPECT_EQ(subject_of(R"({"format":"complex","user":{"format":"iss_sub","iss":"i","sub":"u"},)"
                       R"("session":{"format":"opaque","id":"s"},)"
                       R"("device":{"format":"opaque","id":"d"}})"),
            (EventSubject{.user = Named{"i", "u"}, .session = "s"}));
  EXPECT_EQ(subject_of(R"({"format":"complex","user":{"format":"opaque","id":"u"}})"),
            (EventSubject{.user = Named{"", "u"}}));
  EXPECT_EQ(subject_of(R"({"format":"aliases","identifiers":[{"format":"email","email":"a@b"},)"
                       R"({"format":"iss_sub","iss":"i","sub":"u"}]})"),
            (EventSubject{.user = Named{"i", "u"}}));
  for (const std::string_view other :
       {R"({"format":"email","email":"a@b"})", R"({"format":"phone_number","phone_number":"+1"})",
        R"({"format":"account","uri":"acct:a@b"})", R"({"format":"of-tomorrow"})",
        R"({"format":"complex","tenant":{"format":"opaque","id":"t"}})"}) {
    EXPECT_EQ(subject_of(other), EventSubject()) << other;
  }
}

TEST(SecurityEvent, SubjectWithinTheEventIsReadToo) {
  const SecurityEvent event = event_of(
      payload("session-revoked", R"({"subject":{"format":"opaque","id":"s"}})", /*subject=*/""));
  EXPECT_EQ(event.subject.opaque, "s");
}

TEST(SecurityEvent, ChangesAreToldApart) {
  const auto adds = [](std::string_view change) {
    return event_of(payload("credential-change",
                            fmt::format(R"({{"credential_type":"password","change_type":"{}"}})",
                                        change)))
        .only_adds;
  };
  EXPECT_TRUE(adds("create"));
  EXPECT_FALSE(adds("update"));
  EXPECT_FALSE(adds("revoke"));
  EXPECT_FALSE(adds("delete"));
  const auto rose = [](std::string_view event) {
    return event_of(payload("assurance-level-change", event)).rose;
  };
  EXPECT_TRUE(rose(R"({"change_direction":"increase"})"));
  EXPECT_FALSE(rose(R"({"change_direction":"decrease"})"));
  EXPECT_FALSE(rose("{}")) << "where nothing is said it fell";
}

TEST(SecurityEvent, EventOfAnotherTypeNeedsNothing) {
  const auto token = SecurityEventToken::parse(
      R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{"https://example.com/x":{"any":[1]},)"
      R"("https://schemas.openid.net/secevent/ssf/event-type/verification":{"state":"x"}}})");
  ASSERT_TRUE(token.ok()) << token.error().to_string();
  ASSERT_EQ(token->events.size(), 2U);
  EXPECT_EQ(token->events[0].type, EventType::kOther);
  EXPECT_EQ(token->events[1].type, EventType::kVerification);
}

TEST(SecurityEvent, WhatIsMalformedIsRefusedAndNotRepeated) {
  const auto whole = [](std::string_view rest) {
    return fmt::format(R"({{"iss":"i","jti":"1","iat":1,"aud":"a","events":{{"x":{{}}}}{}}})",
                       rest);
  };
  ASSERT_TRUE(SecurityEventToken::parse(whole("")).ok());
  const std::pair<std::string, const char*> cases[] = {
      {"", "strict JSON"},
      {"[]", "strict JSON"},
      {whole(R"(,"iss":"j")"), "strict JSON"},
      {whole(R"(,"exp":9)"), "`exp`"},
      {whole(R"(,"sub":"alice")"), "`sub`"},
      {R"({"jti":"1","iat":1,"aud":"a","events":{"x":{}}})", "`iss`"},
      {R"({"iss":1,"jti":"1","iat":1,"aud":"a","events":{"x":{}}})", "`iss`"},
      {R"({"iss":"i","iat":1,"aud":"a","events":{"x":{}}})", "`jti`"},
      {R"({"iss":"i","jti":"","iat":1,"aud":"a","events":{"x":{}}})", "`jti`"},
      {R"({"iss":"i","jti":"a\nb","iat":1,"aud":"a","events":{"x":{}}})", "`jti`"},
      {R"({"iss":"i","jti":"1","aud":"a","events":{"x":{}}})", "`iat`"},
      {R"({"iss":"i","jti":"1","iat":"1","aud":"a","events":{"x":{}}})", "`iat`"},
      {R"({"iss":"i","jti":"1","iat":-1,"aud":"a","events":{"x":{}}})", "`iat`"},
      {R"({"iss":"i","jti":"1","iat":1e300,"aud":"a","events":{"x":{}}})", "`iat`"},
      {R"({"iss":"i","jti":"1","iat":1,"events":{"x":{}}})", "`aud`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":[],"events":{"x":{}}})", "`aud`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":["a",1],"events":{"x":{}}})", "`aud`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a"})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":[]})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{}})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{"x":1}})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{"":{}}})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{"x\n":{}}})", "`events`"},
      {R"({"iss":"i","jti":"1","iat":1,"aud":"a","events":{"1":{},"2":{},"3":{},"4":{},"5":{},)"
       R"("6":{},"7":{},"8":{},"9":{}}})",
       "`events`"},
      {payload("session-revoked", "{}", ""), "`sub_id`"},
      {payload("session-revoked", R"({"subject":{"format":"opaque","id":"s"}})"), "`subject`"},
      {payload("session-revoked", "{}", R"("sub_id":"alice")"), "`sub_id`"},
      {payload("session-revoked", "{}", R"("sub_id":{})"), "`format`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":1})"), "`format`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":"iss_sub","iss":"i"})"), "`sub`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":"iss_sub","sub":"i"})"), "`iss`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":"opaque","id":""})"), "`id`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":"jwt_id","iss":"i"})"), "`jti`"},
      {payload("session-revoked", "{}", R"("sub_id":{"format":"aliases","identifiers":[]})"),
       "`identifiers`"},
      {payload("session-revoked", "{}",
               R"("sub_id":{"format":"aliases","identifiers":[{"format":"aliases"}]})"),
       "`format`"},
      {payload("session-revoked", "{}",
               R"("sub_id":{"format":"complex","user":{"format":"complex"}})"),
       "`format`"},
      {payload("session-revoked", R"({"event_timestamp":"now"})"), "`event_timestamp`"},
      {payload("credential-change", "{}"), "`change_type`"},
      {payload("credential-change", R"({"change_type":"lost"})"), "`change_type`"},
      {payload("credential-change", R"({"change_type":1})"), "`change_type`"},
      {payload("assurance-level-change", R"({"change_direction":"sideways"})"),
       "`change_direction`"},
  };
  for (const auto& [text, what] : cases) {
    EXPECT_THAT(refusal(text), HasSubstr(what)) << text;
  }
  const std::string secret(SecurityEventToken::kMaxId + 1, 's');
  const std::string said = refusal(payload(
      "session-revoked", "{}", fmt::format(R"("sub_id":{{"format":"opaque","id":"{}"}})", secret)));
  EXPECT_EQ(said.find("sss"), std::string::npos);
}

TEST(SecurityEvent, PayloadThatIsCutAnywhereIsRefused) {
  const std::string text = payload("credential-change", R"({"change_type":"revoke"})");
  ASSERT_TRUE(SecurityEventToken::parse(text).ok());
  for (size_t length = 0; length < text.size(); ++length) {
    refusal(text.substr(0, length));
  }
}

TEST(SecurityEvent, ClaimedIssuerIsReadFromWhatIsStrictJsonOnly) {
  EXPECT_EQ(claimed_issuer(R"({"iss":"i"})"), "i");
  EXPECT_EQ(claimed_issuer(R"({"iss":"i","iss":"j"})"), "");
  EXPECT_EQ(claimed_issuer(R"({"iss":1})"), "");
  EXPECT_EQ(claimed_issuer(""), "");
}

}  // namespace
}  // namespace sally::identity
