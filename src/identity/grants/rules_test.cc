#include "identity/grants/rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/times.h"

namespace sally::identity {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using store::GrantRecord;
using test::at_second;
using testing::HasSubstr;
using enum store::GrantState;

const WallTime kNow = at_second(1'000'000);

Role on_call() {
  return {.name = "on-call",
          .approvals = 2,
          .approvers = {"corp/bob", "team:security", "group:corp/leads"},
          .longest = hours(8),
          .approve_within = hours(24),
          .break_glass = true,
          .holders = {"corp/alice"}};
}
const Role kOnCall = on_call();
const GrantActor kAlice{.who = "corp/alice", .from = "10.0.0.1"};
const GrantActor kBob{.who = "corp/bob", .from = "10.0.0.2"};
const GrantActor kCarol{.who = "key_carol", .from = "10.0.0.3", .team = "security"};
const GrantActor kDave{
    .who = "corp/dave", .from = "10.0.0.4", .groups = {"corp/all", "corp/leads"}};
const GrantActor kEve{
    .who = "corp/eve", .from = "10.0.0.5", .team = "research", .groups = {"corp/all"}};
const GrantActor kOperator{.who = "local:uid=0", .from = "local:uid=0", .operates = true};
const GrantWish kWish{.reason = "the night shift", .lasts = hours(1)};

GrantRecord requested() {
  auto out = ask_for(kOnCall, kAlice, kWish, "g", kNow);
  EXPECT_TRUE(out.ok());
  return out.ok() ? *out : GrantRecord{};
}
GrantRecord active() {
  GrantRecord out = requested();
  EXPECT_TRUE(approve(out, kOnCall, kBob, kNow + minutes(1)).ok());
  EXPECT_TRUE(approve(out, kOnCall, kCarol, kNow + minutes(2)).ok());
  EXPECT_EQ(out.state, kActive);
  return out;
}
GrantRecord broken_glass() {
  auto out = break_glass(kOnCall, kAlice, kWish, "b", kNow);
  EXPECT_TRUE(out.ok());
  return out.ok() ? *out : GrantRecord{};
}

// What refuses `result`: its kind and its message.
std::string why(const auto& result) {
  return result.ok()
             ? std::string("it was accepted")
             : fmt::format("{}: {}", row_of(result.error().kind()).name, result.error().message());
}

TEST(GrantRules, ARequestWaitsForItsApprovalsAndThenLastsAsLongAsWasAskedFor) {
  GrantRecord grant = requested();
  EXPECT_EQ(grant.state, kRequested);
  EXPECT_EQ(grant.principal, "corp/alice");
  EXPECT_EQ(grant.needed, 2U);
  EXPECT_EQ(grant.lapses, kNow + hours(24));
  ASSERT_TRUE(approve(grant, kOnCall, kDave, kNow + minutes(1)).ok());
  EXPECT_EQ(grant.state, kRequested) << "one of two";
  EXPECT_EQ(grant.activated, std::nullopt);
  ASSERT_TRUE(approve(grant, kOnCall, kBob, kNow + minutes(5)).ok());
  EXPECT_EQ(grant.state, kActive);
  EXPECT_EQ(grant.activated, kNow + minutes(5));
  EXPECT_EQ(grant.ends, kNow + minutes(65));
  ASSERT_EQ(grant.approvals.size(), 2U);
  EXPECT_EQ(grant.approvals[0].who, "corp/bob") << "in order of who";
  EXPECT_EQ(grant.approvals[0].from, "10.0.0.2");
}

TEST(GrantRules, WithoutATimeARequestIsForAsLongAsTheRoleMayLast) {
  EXPECT_EQ(ask_for(kOnCall, kAlice, {.reason = "x"}, "g", kNow)->lasts, hours(8));
  EXPECT_EQ(ask_for(kOnCall, kAlice, {.reason = "x", .lasts = hours(8)}, "g", kNow)->lasts,
            hours(8));
  for (const Millis lasts : {Millis(hours(8)) + Millis(1), Millis(-1)}) {
    EXPECT_THAT(why(ask_for(kOnCall, kAlice, {.reason = "x", .lasts = lasts}, "g", kNow)),
                HasSubstr("usage: role `on-call` cannot be had for"));
  }
}

TEST(GrantRules, ARequestNeedsAReasonOfOneLine) {
  for (const std::string& reason : {std::string(), std::string("   "), std::string("a\nb"),
                                    std::string("a\x1b[0m"), std::string(kMaxReason + 1, 'a')}) {
    EXPECT_THAT(why(ask_for(kOnCall, kAlice, {.reason = reason}, "g", kNow)), HasSubstr("usage: "));
    EXPECT_THAT(why(break_glass(kOnCall, kAlice, {.reason = reason}, "g", kNow)),
                HasSubstr("usage: "));
  }
  EXPECT_TRUE(ask_for(kOnCall, kAlice, {.reason = std::string(kMaxReason, 'a')}, "g", kNow).ok());
}

TEST(GrantRules, OnlyRequestersAskWhereTheRoleNamesThem) {
  Role role = kOnCall;
  role.requesters = {"team:research"};
  EXPECT_TRUE(ask_for(role, kEve, kWish, "g", kNow).ok());
  EXPECT_THAT(why(ask_for(role, kAlice, kWish, "g", kNow)),
              HasSubstr("denied: `corp/alice` may not ask for role `on-call`"));
  role.requesters = {"team:"};
  EXPECT_THAT(why(ask_for(role, kAlice, kWish, "g", kNow)), HasSubstr("may not ask"))
      << "whoever is in no team is in no team without a name";
}

TEST(GrantRules, ARoleThatNobodyMayApproveIsNotAskedFor) {
  Role role = kOnCall;
  role.approvers = {};
  EXPECT_THAT(why(ask_for(role, kAlice, kWish, "g", kNow)), HasSubstr("nobody may approve"));
}

TEST(GrantRules, NobodyApprovesTheirOwnRequest) {
  Role role = kOnCall;
  role.approvers = {"corp/alice", "corp/bob", "local:uid=0"};
  GrantRecord grant = requested();
  EXPECT_THAT(why(approve(grant, role, kAlice, kNow)),
              HasSubstr("denied: `corp/alice` asked for grant `g`"));
  grant.from = "local:uid=0";
  EXPECT_THAT(why(approve(grant, role, kOperator, kNow)),
              HasSubstr("denied: `local:uid=0` asked for grant `g`"))
      << "who asked in the name of another has asked";
  EXPECT_TRUE(grant.approvals.empty());
}

TEST(GrantRules, OnlyAnApproverApprovesAndEachOfThemOnce) {
  GrantRecord grant = requested();
  EXPECT_THAT(why(approve(grant, kOnCall, kEve, kNow)),
              HasSubstr("denied: `corp/eve` may not approve role `on-call`"));
  EXPECT_THAT(why(approve(grant, kOnCall, kOperator, kNow)), HasSubstr("denied: "))
      << "who operates the gate is no approver by that";
  ASSERT_TRUE(approve(grant, kOnCall, kBob, kNow).ok());
  EXPECT_THAT(why(approve(grant, kOnCall, kBob, kNow)), HasSubstr("approved grant `g` already"));
  EXPECT_EQ(grant.state, kRequested);
}

TEST(GrantRules, ATeamIsNoGroupAndNoPrincipal) {
  GrantRecord grant = requested();
  const GrantActor impostor{
      .who = "security", .from = "", .team = "corp/leads", .groups = {"security"}};
  EXPECT_FALSE(approve(grant, kOnCall, impostor, kNow).ok());
  const GrantActor named{.who = "team:security", .from = ""};
  EXPECT_FALSE(approve(grant, kOnCall, named, kNow).ok());
}

TEST(GrantRules, OneThatIsNotApprovedInTimeExpires) {
  GrantRecord grant = requested();
  EXPECT_EQ(state_at(grant, grant.lapses - Micros(1)), kRequested);
  EXPECT_EQ(state_at(grant, grant.lapses), kExpired);
  EXPECT_THAT(why(approve(grant, kOnCall, kBob, grant.lapses)),
              HasSubstr("conflict: grant `g` has expired"));
  EXPECT_FALSE(settle(grant, &kOnCall, false, grant.lapses - Micros(1)));
  EXPECT_TRUE(settle(grant, &kOnCall, false, grant.lapses + hours(5)));
  EXPECT_EQ(grant.state, kExpired);
  EXPECT_EQ(grant.closed, kNow + hours(24)) << "when it happened, not when it was noticed";
  EXPECT_EQ(grant.closed_by, "sallyport");
  EXPECT_FALSE(settle(grant, &kOnCall, false, grant.lapses + hours(6))) << "once";
}

TEST(GrantRules, AnActiveOneEndsAtItsTime) {
  GrantRecord grant = active();
  const WallTime ends = *grant.ends;
  EXPECT_EQ(state_at(grant, ends - Micros(1)), kActive);
  EXPECT_EQ(state_at(grant, ends), kEnded);
  EXPECT_FALSE(settle(grant, &kOnCall, false, ends - Micros(1)));
  EXPECT_TRUE(settle(grant, &kOnCall, false, ends + hours(1)));
  EXPECT_EQ(grant.state, kEnded);
  EXPECT_EQ(grant.closed, ends);
  EXPECT_EQ(grant.closed_why, "its time is over");
}

TEST(GrantRules, ARevokedOneHasEndedAndSoHasOneOfARoleThatIsGone) {
  GrantRecord grant = active();
  EXPECT_TRUE(settle(grant, &kOnCall, true, kNow + minutes(3)));
  EXPECT_EQ(grant.closed_why, "it was revoked");
  grant = active();
  EXPECT_TRUE(settle(grant, nullptr, false, kNow + minutes(3)));
  EXPECT_EQ(grant.state, kEnded);
  grant = broken_glass();
  EXPECT_FALSE(settle(grant, &kOnCall, false, kNow));
  Role role = kOnCall;
  role.holders = {"corp/bob"};
  EXPECT_TRUE(settle(grant, &role, false, kNow));
  grant = broken_glass();
  role = kOnCall;
  role.break_glass = false;
  EXPECT_TRUE(settle(grant, &role, false, kNow));
  grant = active();
  EXPECT_FALSE(settle(grant, &role, false, kNow + minutes(3))) << "it was approved";
}

TEST(GrantRules, AnApproverDeniesAndTheOperatorToo) {
  for (const GrantActor& actor : {kBob, kOperator}) {
    GrantRecord grant = requested();
    ASSERT_TRUE(deny(grant, &kOnCall, actor, "not tonight", kNow).ok());
    EXPECT_EQ(grant.state, kDenied);
    EXPECT_EQ(grant.closed_by, actor.who);
    EXPECT_EQ(grant.closed_why, "not tonight");
  }
  GrantRecord grant = requested();
  EXPECT_THAT(why(deny(grant, &kOnCall, kEve, "no", kNow)), HasSubstr("denied: "));
  EXPECT_THAT(why(deny(grant, &kOnCall, kAlice, "no", kNow)), HasSubstr("asked for grant"));
  EXPECT_THAT(why(deny(grant, nullptr, kBob, "no", kNow)), HasSubstr("denied: "));
  EXPECT_TRUE(deny(grant, nullptr, kOperator, "no", kNow).ok());
}

TEST(GrantRules, AHolderAnApproverOrTheOperatorEndsAGrantEarly) {
  for (const GrantActor& actor : {kAlice, kBob, kOperator}) {
    GrantRecord grant = active();
    ASSERT_TRUE(end(grant, &kOnCall, actor, "done", kNow + minutes(9)).ok());
    EXPECT_EQ(grant.state, kEnded);
    EXPECT_EQ(grant.closed, kNow + minutes(9));
    EXPECT_EQ(grant.closed_by, actor.who);
  }
  GrantRecord grant = active();
  EXPECT_THAT(why(end(grant, &kOnCall, kEve, "done", kNow)), HasSubstr("may not end"));
  EXPECT_THAT(why(end(grant, &kOnCall, kAlice, "", kNow)), HasSubstr("usage: there is no reason"));
}

TEST(GrantRules, AWithdrawnRequestWasDenied) {
  GrantRecord grant = requested();
  ASSERT_TRUE(end(grant, &kOnCall, kAlice, "not needed", kNow).ok());
  EXPECT_EQ(grant.state, kDenied);
  EXPECT_EQ(grant.closed_by, "corp/alice");
}

TEST(GrantRules, NoOtherStepLeadsAnywhere) {
  GrantRecord denied = requested();
  ASSERT_TRUE(deny(denied, &kOnCall, kBob, "no", kNow).ok());
  GrantRecord ended = active();
  ASSERT_TRUE(end(ended, &kOnCall, kAlice, "done", kNow + minutes(3)).ok());
  GrantRecord expired = requested();
  ASSERT_TRUE(settle(expired, &kOnCall, false, expired.lapses));
  const WallTime later = kNow + minutes(4);
  for (const auto& [grant, state] :
       {std::pair(denied, "was denied"), std::pair(ended, "has ended"),
        std::pair(expired, "has expired"), std::pair(active(), "is active"),
        std::pair(broken_glass(), "is active")}) {
    GrantRecord copy = grant;
    EXPECT_THAT(why(approve(copy, kOnCall, kDave, later)), HasSubstr(state));
    EXPECT_THAT(why(deny(copy, &kOnCall, kDave, "no", later)), HasSubstr(state));
    if (grant.state != kActive) {
      EXPECT_THAT(why(end(copy, &kOnCall, kDave, "done", later)), HasSubstr(state));
      EXPECT_FALSE(settle(copy, nullptr, true, later + hours(100)));
    }
    EXPECT_EQ(copy, grant) << "what is refused changes nothing";
  }
  // One whose time is over has ended before anybody noted it.
  GrantRecord over = active();
  EXPECT_THAT(why(end(over, &kOnCall, kAlice, "done", *over.ends)), HasSubstr("has ended"));
}

TEST(GrantRules, AHolderBreaksTheGlassAloneAndAtOnce) {
  const GrantRecord grant = broken_glass();
  EXPECT_EQ(grant.state, kActive);
  EXPECT_TRUE(grant.break_glass);
  EXPECT_EQ(grant.needed, 0U);
  EXPECT_EQ(grant.ends, kNow + hours(1));
  EXPECT_THAT(why(break_glass(kOnCall, kBob, kWish, "b", kNow)),
              HasSubstr("denied: `corp/bob` does not hold role `on-call`"));
  Role role = kOnCall;
  role.break_glass = false;
  EXPECT_THAT(why(break_glass(role, kAlice, kWish, "b", kNow)), HasSubstr("denied: "));
}

}  // namespace
}  // namespace sally::identity
