#include "policy/replay.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "core/example_event.h"
#include "policy/first_policies.h"
#include "policy/recorded.h"

namespace sally::policy {
namespace {

constexpr WallTime kTime{std::chrono::seconds(1'795'000'000)};

ActiveSetPtr set_of(std::string policies) {
  PolicyTexts files;
  for (const FirstPolicy& file : first_policies()) {
    if (file.name == kSchemaFile) {
      files.emplace(file.name, file.text);
    }
  }
  files["own.cedar"] = std::move(policies);
  return *ActiveSet::create(*LoadedPolicies::from_files(files), 1, {});
}

AccessEvent chat(SeededRandom& random) {
  return example_chat(kTime, random);
}

TEST(Replay, CountsWhatACandidateDecidesDifferently) {
  SeededRandom random(1);
  Replay replay(set_of("@id(\"old\") permit (principal, action, resource == Model::\"large\");"),
                set_of("@id(\"new\") permit (principal, action, resource == Model::\"small\");"),
                OnForbidError::kDeny);
  AccessEvent small = chat(random);
  small.model = "small";
  replay.look(chat(random));
  replay.look(chat(random));
  replay.look(small);
  const Differences& result = replay.differences();
  EXPECT_EQ(result.compared, 3U);
  EXPECT_EQ(result.newly_denied, 2U);
  EXPECT_EQ(result.newly_allowed, 1U);
  ASSERT_EQ(result.groups.size(), 2U);
  const auto& [denied, members] = *result.groups.begin();
  EXPECT_FALSE(denied.now_allowed);
  EXPECT_EQ(denied.principal, "k7f3a9");
  EXPECT_EQ(denied.before, std::vector<std::string>{"old"});
  EXPECT_TRUE(denied.after.empty());
  EXPECT_EQ(members.count, 2U);
  EXPECT_EQ(members.calls.size(), 2U);
}

TEST(Replay, SetsThatSayTheSameDoNotDiffer) {
  SeededRandom random(1);
  Replay replay(set_of("permit (principal, action, resource) when { context.hour == 11 };"),
                set_of("permit (principal, action, resource);"), OnForbidError::kDeny);
  replay.look(chat(random));
  EXPECT_EQ(replay.differences().compared, 1U);
  EXPECT_TRUE(replay.differences().groups.empty());
}

// What was found in the answer came after the upstream was called.
TEST(Replay, FindingsOfTheAnswerAreDecidedInTheAnswer) {
  SeededRandom random(1);
  AccessEvent event = chat(random);
  event.findings.push_back({.inspector = "secrets",
                            .rule = "jwt",
                            .severity = Severity::kHigh,
                            .direction = Direction::kResponse,
                            .place = "choices[0].message.content",
                            .offset = 0,
                            .length = 1});
  const char* all = "permit (principal, action, resource);";
  Replay by_request(set_of(all),
                    set_of("permit (principal, action, resource) unless { !context.answering && "
                           "context.findings.contains(\"jwt\") };"),
                    OnForbidError::kDeny);
  by_request.look(event);
  EXPECT_TRUE(by_request.differences().groups.empty());
  Replay by_answer(set_of(all),
                   set_of("permit (principal, action, resource) unless { context.answering };"),
                   OnForbidError::kDeny);
  by_answer.look(event);
  EXPECT_EQ(by_answer.differences().newly_denied, 1U);
}

TEST(Replay, PassesOverWhatPoliciesWereNotAskedAbout) {
  SeededRandom random(1);
  Replay replay(set_of(""), set_of("permit (principal, action, resource);"), OnForbidError::kDeny);
  AccessEvent unknown = chat(random);
  unknown.policy.reset();
  replay.look(unknown);
  EXPECT_EQ(replay.differences().compared, 0U);
  EXPECT_EQ(replay.differences().passed_over, 0U);
  AccessEvent listing = chat(random);
  listing.action = "openai:models";
  listing.model = "";
  replay.look(listing);
  EXPECT_EQ(replay.differences().passed_over, 1U);
  AccessEvent batch = chat(random);
  batch.messages = 2;
  replay.look(batch);
  EXPECT_EQ(replay.differences().passed_over, 2U);
}

TEST(RecordedCall, AsksWhatTheGateAsked) {
  SeededRandom random(1);
  AccessEvent event = chat(random);
  event.max_tokens = 300;
  event.tool = "";
  const auto call = RecordedCall::of(event);
  ASSERT_TRUE(call.has_value());
  const AccessRequest request = call->request();
  EXPECT_EQ(request.principal.kind, PrincipalKind::kApiKey);
  EXPECT_EQ(request.principal.id, "k7f3a9");
  EXPECT_EQ(request.principal.name, "demo");
  EXPECT_EQ(request.principal.team.str(), "research");
  EXPECT_EQ(request.action, "openai:chat.completions");
  EXPECT_EQ(request.route.str(), "main");
  EXPECT_EQ(request.model.str(), "large");
  EXPECT_EQ(request.max_tokens, 300);
  EXPECT_EQ(request.now, kTime);
  EXPECT_TRUE(call->exact());
  event.path = "(withheld)";
  EXPECT_FALSE(RecordedCall::of(event)->exact());
  event.principal_kind = PrincipalKind::kAnonymous;
  event.principal = "anonymous";
  EXPECT_EQ(RecordedCall::of(event)->request().principal.kind, PrincipalKind::kAnonymous);
}

}  // namespace
}  // namespace sally::policy
