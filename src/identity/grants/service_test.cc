#include "identity/grants/service.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using store::GrantRecord;
using test::at_second;
using testing::ElementsAre;
using testing::HasSubstr;
using enum store::GrantState;

const GrantActor kAlice{.who = "corp/alice", .from = "10.0.0.1"};
const GrantActor kBob{.who = "corp/bob", .from = "10.0.0.2"};

class Grants : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    ASSERT_TRUE(opened.ok());
    state_ = std::move(*opened);
    service_.emplace(*state_, roles_, random_,
                     [this](store::Transaction& /*t*/, const GrantChange& change) -> Result<> {
                       if (outbox_is_broken_) {
                         return Error(ErrorKind::kIo, "the outbox is broken");
                       }
                       told_.push_back(fmt::format("{} by {}: {}", change.what, change.actor.who,
                                                   change.reason));
                       return ok();
                     });
  }
  static Role role(const std::string& name) {
    return {.name = name,
            .approvers = {"corp/bob"},
            .longest = hours(8),
            .approve_within = hours(24),
            .break_glass = true,
            .holders = {"corp/alice"}};
  }
  Result<GrantRecord> request(const std::string& name) {
    return service_->request(name, kAlice, {.reason = "why not"}, now_);
  }

  test::TempFolder folder_;
  std::unique_ptr<store::State> state_;
  Roles roles_ = {role("a"), role("b"), role("c"), role("d"), role("e")};
  SeededRandom random_{1};
  std::vector<std::string> told_;
  bool outbox_is_broken_ = false;
  std::optional<GrantService> service_;
  WallTime now_ = at_second(1'000'000);
};

TEST_F(Grants, EveryStepIsToldOnceAndInItsOrder) {
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  const auto approved = service_->approve(grant->id, kBob, now_);
  ASSERT_TRUE(approved.ok());
  EXPECT_EQ(approved->state, kActive);
  ASSERT_TRUE(service_->end(grant->id, kAlice, "done", now_).ok());
  EXPECT_THAT(
      told_, ElementsAre("access.request by corp/alice: why not", "access.approve by corp/bob: ",
                         "access.activate by corp/bob: why not", "access.end by corp/alice: done"));
  EXPECT_EQ(service_->find(grant->id)->state, kEnded);
}

TEST_F(Grants, BreakingTheGlassIsToldAndActivates) {
  ASSERT_TRUE(service_->break_glass("a", kAlice, {.reason = "fire"}, now_).ok());
  EXPECT_THAT(told_, ElementsAre("access.break_glass by corp/alice: fire",
                                 "access.activate by corp/alice: fire"));
}

TEST_F(Grants, ADeniedRequestIsTold) {
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  ASSERT_TRUE(service_->deny(grant->id, kBob, "no", now_).ok());
  EXPECT_EQ(told_.back(), "access.deny by corp/bob: no");
}

TEST_F(Grants, WhatCannotBeToldIsNotDone) {
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  outbox_is_broken_ = true;
  EXPECT_FALSE(service_->approve(grant->id, kBob, now_).ok());
  EXPECT_FALSE(request("b").ok());
  EXPECT_EQ(service_->find(grant->id)->state, kRequested);
  EXPECT_EQ(service_->list(10)->size(), 1U);
}

TEST_F(Grants, ARefusedStepIsNeitherStoredNorTold) {
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  EXPECT_FALSE(service_->approve(grant->id, kAlice, now_).ok());
  EXPECT_EQ(*service_->find(grant->id), *grant);
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(Grants, ARoleIsHadOrAskedForOnce) {
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  EXPECT_THAT(request("a").error().message(), HasSubstr("has role `a` requested already"));
  ASSERT_TRUE(service_->approve(grant->id, kBob, now_).ok());
  EXPECT_THAT(request("a").error().message(), HasSubstr("has role `a` active already"));
  now_ += hours(8);  // it has ended, though nobody noted it
  EXPECT_TRUE(request("a").ok());
}

TEST_F(Grants, ARequestDoesNotKeepAHolderFromBreakingTheGlass) {
  for (const char* name : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(request(name).ok());
  }
  EXPECT_THAT(request("e").error().message(), HasSubstr("4 grants"));
  EXPECT_TRUE(service_->break_glass("a", kAlice, {.reason = "fire"}, now_).ok());
  EXPECT_EQ(service_->break_glass("a", kAlice, {.reason = "fire"}, now_).error().kind(),
            ErrorKind::kConflict);
}

TEST_F(Grants, ARoleOrAGrantThatThereIsNotIsNotFound) {
  EXPECT_EQ(request("on-cal").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(service_->approve("none", kBob, now_).error().kind(), ErrorKind::kNotFound);
  const auto grant = request("a");
  ASSERT_TRUE(grant.ok());
  roles_.erase(roles_.begin());
  EXPECT_EQ(service_->approve(grant->id, kBob, now_).error().kind(), ErrorKind::kNotFound);
}

TEST_F(Grants, WhatEndsByItselfIsNotedAndToldOnce) {
  const auto active = request("a");
  ASSERT_TRUE(active.ok());
  ASSERT_TRUE(service_->approve(active->id, kBob, now_).ok());
  const auto waiting = request("b");
  ASSERT_TRUE(waiting.ok());
  told_.clear();
  EXPECT_EQ(*service_->settle(now_ + minutes(1)), 0U);
  EXPECT_EQ(*service_->settle(now_ + hours(30)), 2U);
  EXPECT_EQ(*service_->settle(now_ + hours(30)), 0U);
  EXPECT_THAT(told_, ElementsAre("access.end by sallyport: its time is over",
                                 "access.expire by sallyport: it was not approved in time"));
  EXPECT_EQ(service_->find(active->id)->state, kEnded);
  EXPECT_EQ(service_->find(waiting->id)->state, kExpired);
}

TEST_F(Grants, OneThatWasRevokedHasEnded) {
  const auto grant = service_->break_glass("a", kAlice, {.reason = "fire"}, now_);
  ASSERT_TRUE(grant.ok());
  store::RevocationRecord revocation;
  revocation.id = "r";
  revocation.kind = store::RevokedKind::kUser;  // of another thing that is called the same
  revocation.target = grant->id;
  revocation.requested = now_;
  revocation.who = "corp/bob";
  revocation.reason = "enough";
  const auto revoke = [&] {
    return state_->write([&](auto& t) { return t.revocations().add(revocation); }).ok();
  };
  ASSERT_TRUE(revoke());
  EXPECT_EQ(*service_->settle(now_), 0U);
  revocation.id = "s";
  revocation.kind = store::RevokedKind::kGrant;
  ASSERT_TRUE(revoke());
  EXPECT_EQ(*service_->settle(now_), 1U);
  EXPECT_EQ(told_.back(), "access.end by sallyport: it was revoked");
}

}  // namespace
}  // namespace sally::identity
