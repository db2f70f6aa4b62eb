#include "identity/grants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "identity/granted.h"
#include "support/grant_record.h"
#include "support/temp_folder.h"
#include "support/times.h"

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
  ASSERT_EQ(grants_->broken_glass(now_).size(), 1U);
  EXPECT_EQ(grants_->broken_glass(now_)[0].grant, "2");
  EXPECT_EQ(grants_->broken_glass(now_)[0].principal, "key_a");
  EXPECT_TRUE(grants_->broken_glass(now_ + seconds(10)).empty());
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

// Knows one caller by the name of a key.
class OneCaller final : public Identifier {
 public:
  std::optional<Identified> identify(const Credentials& credentials,
                                     WallTime /*now*/) const override {
    if (credentials.bearer == "wrong") {
      return Identified(NotIdentified{Error(ErrorKind::kUnauthenticated, "no such key")});
    }
    if (credentials.bearer == "ask") {
      return std::nullopt;
    }
    Principal who;
    who.kind = credentials.bearer.empty() ? PrincipalKind::kAnonymous : PrincipalKind::kApiKey;
    who.id = credentials.bearer;
    return Identified(std::make_shared<const Principal>(std::move(who)));
  }
  void ask(const Credentials&, WallTime, std::function<void()> done) const override { done(); }
  bool still_valid(const Principal&, WallTime) const override { return valid; }
  bool valid = true;
};

TEST_F(Active, CallersComeWithTheRolesThatWereGrantedToThem) {
  grant("1", "on-call", true);
  refresh();
  const auto callers = std::make_shared<OneCaller>();
  const Granted granted(callers, std::shared_ptr<const ActiveGrants>(std::move(grants_)));
  const auto identify = [&](std::string_view bearer) {
    return granted.identify({.bearer = bearer, .api_key = {}}, now_);
  };
  const PrincipalPtr holder = **identify("key_a");
  EXPECT_THAT(holder->roles, ElementsAre("on-call"));
  EXPECT_THAT(holder->grants, ElementsAre("1"));
  EXPECT_EQ(holder->break_glass, "1");
  EXPECT_EQ(holder->id, "key_a");
  EXPECT_TRUE((**identify("key_b"))->roles.empty());
  EXPECT_TRUE((**identify(""))->roles.empty());
  EXPECT_FALSE(identify("wrong")->ok());
  EXPECT_FALSE(identify("ask").has_value());
  EXPECT_TRUE(granted.still_valid(*holder, now_));
  EXPECT_FALSE(granted.still_valid(*holder, now_ + seconds(10))) << "its grant has ended";
  callers->valid = false;
  EXPECT_FALSE(granted.still_valid(*holder, now_));
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
