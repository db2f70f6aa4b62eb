#include "identity/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/grants_conformance.h"
#include "support/temp_folder.h"

namespace sally::identity {
namespace {

using std::chrono::seconds;
using store::GrantState;
using test::at_second;
using test::grant_record;
using testing::ElementsAre;

class Active : public testing::Test {
 protected:
  static constexpr Millis kMaxAge = seconds(30);

  void SetUp() override {
    auto opened =
        store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    ASSERT_TRUE(opened.ok());
    state_ = std::move(*opened);
    auto grants = ActiveGrants::open(*state_, kMaxAge, now_);
    ASSERT_TRUE(grants.ok());
    grants_ = std::move(*grants);
  }

  // `key_a` has `role` from now on, for ten seconds.
  void grant(const std::string& id, const std::string& role, bool break_glass = false) {
    store::GrantRecord record = grant_record(id);
    record.role = role;
    record.break_glass = break_glass;
    record.state = GrantState::kActive;
    record.activated = now_;
    record.ends = now_ + seconds(10);
    write([&](store::Transaction& t) { return t.grants().create(record); });
  }
  void end(const std::string& id) {
    write([&](store::Transaction& t) -> Result<> {
      TRY(store::GrantRecord record, t.grants().find(id));
      record.state = GrantState::kEnded;
      return t.grants().update(record);
    });
  }
  void write(const store::State::Body& body) { ASSERT_TRUE(state_->write(body).ok()); }
  bool refresh() {
    const auto refreshed = grants_->refresh(now_);
    EXPECT_TRUE(refreshed.ok());
    return refreshed.ok() && *refreshed;
  }
  HeldGrants held(const std::string& principal = "key_a") const {
    return grants_->roles_of(principal, now_);
  }

  test::TempFolder folder_;
  std::unique_ptr<store::State> state_;
  std::unique_ptr<ActiveGrants> grants_;
  WallTime now_ = at_second(1'000);
};

TEST_F(Active, NobodyHoldsAnythingAtFirst) {
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(grants_->next_due(), std::nullopt);
  EXPECT_TRUE(grants_->still_held(Principal{}, now_));
}

TEST_F(Active, ARefreshBringsRolesToWhomTheyWereGrantedAndToNobodyElse) {
  grant("1", "on-call");
  grant("2", "admin");
  EXPECT_TRUE(held().empty());
  EXPECT_TRUE(refresh());
  EXPECT_FALSE(refresh()) << "nothing changed since";
  EXPECT_THAT(held().roles, ElementsAre("admin", "on-call"));
  EXPECT_THAT(held().grants, ElementsAre("1", "2"));
  EXPECT_EQ(held().break_glass, "");
  EXPECT_TRUE(held("key_b").empty());
  EXPECT_TRUE(held("").empty());
}

TEST_F(Active, ARoleThatWasGrantedTwiceIsThereOnce) {
  grant("1", "on-call");
  grant("2", "on-call", true);
  refresh();
  EXPECT_THAT(held().roles, ElementsAre("on-call"));
  EXPECT_THAT(held().grants, ElementsAre("2", "1")) << "what breaks the glass comes first";
  EXPECT_EQ(held().break_glass, "2");
  EXPECT_EQ(grants_->count(now_).active, 2U);
  EXPECT_EQ(grants_->count(now_).break_glass, 1U);
}

TEST_F(Active, AGrantEndsAtItsTimeWithoutAnyRefresh) {
  grant("1", "on-call", true);
  refresh();
  now_ += seconds(10) - Micros(1);
  EXPECT_FALSE(held().empty());
  now_ += Micros(1);
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(held().break_glass, "");
  EXPECT_EQ(grants_->count(now_).active, 0U);
  EXPECT_EQ(grants_->next_due(), now_);
}

TEST_F(Active, WhatIsOnlyRequestedGivesNothing) {
  write([&](store::Transaction& t) { return t.grants().create(grant_record("1")); });
  refresh();
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(grants_->next_due(), grant_record("1").lapses);
}

TEST_F(Active, AnEndedOrRevokedOneGivesNothingFromTheNextRefreshOn) {
  grant("1", "on-call");
  grant("2", "admin");
  refresh();
  end("1");
  refresh();
  EXPECT_THAT(held().roles, ElementsAre("admin"));
  store::RevocationRecord revocation;
  revocation.id = "r";
  revocation.kind = store::RevokedKind::kGrant;
  revocation.target = "2";
  revocation.requested = now_;
  revocation.who = "bob";
  revocation.reason = "enough";
  write([&](store::Transaction& t) { return t.revocations().add(revocation); });
  refresh();
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(grants_->next_due(), now_) << "it waits to be noted as ended";
}

TEST_F(Active, WhoeverWasIdentifiedWithAGrantLosesAllWithIt) {
  grant("1", "on-call");
  grant("2", "admin");
  refresh();
  Principal who;
  who.id = "key_a";
  who.grants = held().grants;
  EXPECT_TRUE(grants_->still_held(who, now_));
  Principal other = who;
  other.id = "key_b";
  EXPECT_FALSE(grants_->still_held(other, now_)) << "they are not its grants";
  end("2");
  refresh();
  EXPECT_FALSE(grants_->still_held(who, now_));
  who.grants = {"1"};
  EXPECT_TRUE(grants_->still_held(who, now_));
  EXPECT_FALSE(grants_->still_held(who, now_ + seconds(10))) << "without any refresh";
}

TEST_F(Active, GrantsThatCannotBeReadGiveNothingAfterAWhile) {
  grant("1", "on-call");
  write([&](store::Transaction& t) -> Result<> {
    TRY(store::GrantRecord record, t.grants().find("1"));
    record.ends = now_ + seconds(1'000);
    return t.grants().update(record);
  });
  refresh();
  Principal who;
  who.id = "key_a";
  who.grants = {"1"};
  std::filesystem::rename(folder_.file("state.db"), folder_.file("away.db"));
  EXPECT_FALSE(grants_->refresh(now_).ok());
  EXPECT_FALSE(grants_->roles_of("key_a", now_ + kMaxAge).empty());
  EXPECT_TRUE(grants_->roles_of("key_a", now_ + kMaxAge + Micros(1)).empty());
  EXPECT_FALSE(grants_->still_held(who, now_ + kMaxAge + Micros(1)));
}

TEST_F(Active, ReadersAndARefreshGoOnAtOnce) {
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> seen{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        seen += grants_->roles_of("key_a", now_).roles.size() <= 8 ? 1U : 0U;
      }
    });
  }
  for (int i = 0; i < 8; ++i) {
    grant(std::to_string(i), "role" + std::to_string(i));
    refresh();
  }
  while (seen < 100) {
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(held().roles.size(), 8U);
}

}  // namespace
}  // namespace sally::identity
