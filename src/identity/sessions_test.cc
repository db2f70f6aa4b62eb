#include "identity/sessions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sally::identity {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr WallTime kNow{1'900'000'000s};

Principal user(std::string id, std::string session = {}) {
  Principal out;
  out.kind = PrincipalKind::kUser;
  out.id = std::move(id);
  out.session = std::move(session);
  return out;
}

class SessionsTest : public testing::Test {
 protected:
  bool saw(const Principal& who, const Texts& labels, std::string_view tool = {},
           const Texts& findings = {}, WallTime now = kNow) {
    return sessions_.note(who, {.labels = labels, .tool = tool, .findings = findings}, now);
  }
  // What is known; nothing where nothing is.
  SessionFacts facts(const Principal& who, WallTime now = kNow) {
    const auto known = sessions_.facts(who, now);
    return known == nullptr ? SessionFacts() : *known;
  }
  MemorySessions sessions_{{.idle = 60s, .most = 3, .most_facts = 5}};
};

TEST_F(SessionsTest, OfANewSessionNothingIsKnown) {
  EXPECT_EQ(facts(user("corp/a")), SessionFacts());
}

TEST_F(SessionsTest, WhatWasSeenAddsUp) {
  const Principal who = user("corp/a");
  EXPECT_TRUE(saw(who, {"untrusted"}, "web/fetch"));
  EXPECT_TRUE(saw(who, {"private", "untrusted"}, "files/read", {"canary"}, kNow + 5s));
  const SessionFacts seen = facts(who, kNow + 6s);
  EXPECT_EQ(seen.labels, (Texts{"private", "untrusted"}));
  EXPECT_EQ(seen.tools, (Texts{"files/read", "web/fetch"}));
  EXPECT_EQ(seen.findings, (Texts{"canary"}));
  EXPECT_EQ(seen.since, kNow);
}

TEST_F(SessionsTest, TheWorstAttackStays) {
  const Principal who = user("corp/a");
  for (const int attack : {61, 93, 70}) {
    EXPECT_TRUE(sessions_.note(
        who, {.labels = {}, .tool = {}, .findings = {}, .attack = static_cast<uint8_t>(attack)},
        kNow));
  }
  EXPECT_EQ(facts(who).attack, 93);
  EXPECT_TRUE(saw(who, {"private"}));
  EXPECT_EQ(facts(who).attack, 93);
}

TEST_F(SessionsTest, NobodySeesTheSessionOfAnother) {
  saw(user("corp/a"), {"private"});
  EXPECT_EQ(facts(user("corp/b")), SessionFacts());
  Principal agent = user("corp/a");
  agent.kind = PrincipalKind::kAgent;
  EXPECT_EQ(facts(agent), SessionFacts());
}

TEST_F(SessionsTest, AnAgentHasASessionForEachUserItActsFor) {
  Principal agent = user("corp/bot");
  agent.kind = PrincipalKind::kAgent;
  agent.acts_for = Party{PrincipalKind::kUser, "corp/a"};
  saw(agent, {"private"});
  agent.acts_for->id = "corp/b";
  EXPECT_EQ(facts(agent), SessionFacts());
}

TEST_F(SessionsTest, TheTokensOfOneSessionShareIt) {
  saw(user("corp/a", "corp/s1"), {"private"});
  EXPECT_EQ(facts(user("corp/bot", "corp/s1"), kNow).labels, (Texts{"private"}));
  EXPECT_EQ(facts(user("corp/a", "corp/s2")), SessionFacts());
}

TEST_F(SessionsTest, ASessionEndsWhenItWasIdleAndNotBefore) {
  const Principal who = user("corp/a");
  saw(who, {"private"});
  EXPECT_FALSE(facts(who, kNow + 59s).labels.empty());
  EXPECT_FALSE(facts(who, kNow + 118s).labels.empty());  // it was asked about
  EXPECT_TRUE(facts(who, kNow + 178s).labels.empty());
  saw(who, {"untrusted"}, {}, {}, kNow + 200s);
  EXPECT_EQ(facts(who, kNow + 200s).labels, (Texts{"untrusted"}));
  EXPECT_EQ(facts(who, kNow + 200s).since, kNow + 200s);
}

TEST_F(SessionsTest, WithoutRoomTheAnswerIsNo) {
  for (const char* id : {"corp/a", "corp/b", "corp/c"}) {
    EXPECT_TRUE(saw(user(id), {"private"}));
  }
  EXPECT_FALSE(saw(user("corp/d"), {"private"}));
  EXPECT_TRUE(saw(user("corp/d"), {}));  // nothing to remember
  EXPECT_TRUE(saw(user("corp/a"), {"private"}));
  EXPECT_FALSE(saw(user("corp/a"), {"1", "2", "3", "4", "5"}));
  EXPECT_EQ(facts(user("corp/a"), kNow).labels, (Texts{"private"}));
  sessions_.forget(kNow + 60s);
  EXPECT_EQ(sessions_.size(), 0U);
  EXPECT_TRUE(saw(user("corp/d"), {"private"}, {}, {}, kNow + 60s));
}

}  // namespace
}  // namespace sally::identity
