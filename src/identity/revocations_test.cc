#include "identity/revocations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "identity/revocation_service.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using std::chrono::seconds;
using store::RevokedKind;
using test::at_second;
using testing::HasSubstr;
using testing::Not;

class Revoked : public testing::Test {
 protected:
  static constexpr Millis kMaxAge = seconds(30);

  void SetUp() override {
    state_ = *store::open_state("sqlite:" + path_, store::IfMissing::kCreate);
    revocations_ = *Revocations::open(*state_, kMaxAge, now_);
  }
  RevocationService service() {
    return {*state_, random_, "uid=0",
            [](store::Transaction&, const RevocationChange&) { return ok(); }};
  }
  // Revokes, in force; the id.
  std::string revoke(RevocationRequest request) {
    request.reason = "its laptop was stolen";
    const auto record = service().revoke(request, now_);
    EXPECT_TRUE(record.ok()) << record.error().to_string();
    EXPECT_TRUE(*revocations_->refresh(now_));
    return record.ok() ? record->id : std::string();
  }
  bool refused(const Principal& who) const {
    const auto error = revocations_->refusal_of(who, now_);
    EXPECT_TRUE(!error || error->kind() == ErrorKind::kUnauthenticated);
    return error.has_value();
  }

  // An agent with everything that can be revoked.
  static Principal agent() {
    Principal who;
    who.kind = PrincipalKind::kAgent;
    who.id = "idp/agent-1";
    who.acts_for = Party{PrincipalKind::kUser, "idp/alice"};
    who.via = {{PrincipalKind::kAgent, "idp/agent-0"}};
    who.token = "idp/jti-1";
    who.session = "idp/sid-1";
    who.workload = "spiffe://prod/agent";
    who.grants = {"01GRANT"};
    who.issued = at_second(500);
    return who;
  }

  test::TempFolder folder_;
  const std::string path_ = folder_.file("state.db");
  std::unique_ptr<store::State> state_;
  std::unique_ptr<Revocations> revocations_;
  SeededRandom random_{1};
  WallTime now_ = at_second(1'000);
};

TEST_F(Revoked, NothingRefusesNobody) {
  EXPECT_EQ(revocations_->refusal_of(agent(), now_), std::nullopt);
  EXPECT_EQ(revocations_->refusal_of(Principal(), now_), std::nullopt);
  EXPECT_EQ(revocations_->size(), 0U);
}

TEST_F(Revoked, EveryNameOfAPrincipalCanBeRevoked) {
  const std::pair<RevokedKind, const char*> names[] = {
      {RevokedKind::kAgent, "idp/agent-1"}, {RevokedKind::kAgent, "idp/agent-0"},
      {RevokedKind::kUser, "idp/alice"},    {RevokedKind::kToken, "idp/jti-1"},
      {RevokedKind::kSession, "idp/sid-1"}, {RevokedKind::kWorkload, "spiffe://prod/agent"},
  };
  for (const auto& [kind, target] : names) {
    const std::string id = revoke({.kind = kind, .target = target});
    const auto error = revocations_->refusal_of(agent(), now_);
    ASSERT_TRUE(error) << target;
    EXPECT_EQ(error->kind(), ErrorKind::kUnauthenticated);
    EXPECT_THAT(error->message(), HasSubstr(id));
    EXPECT_THAT(error->message(), HasSubstr(target));
    EXPECT_THAT(error->message(), Not(HasSubstr("stolen")));
    ASSERT_TRUE(service().lift(id, "it was found", now_).ok());
    EXPECT_TRUE(*revocations_->refresh(now_));
    EXPECT_FALSE(refused(agent())) << target;
  }
}

TEST_F(Revoked, AGrantIsRevokedWithWhatItGave) {
  ASSERT_TRUE(state_
                  ->write([&](store::Transaction& transaction) {
                    return transaction.revocations().add({.id = "r",
                                                          .kind = RevokedKind::kGrant,
                                                          .target = "01GRANT",
                                                          .requested = now_,
                                                          .who = "w",
                                                          .reason = "r"});
                  })
                  .ok());
  EXPECT_TRUE(*revocations_->refresh(now_));
  EXPECT_TRUE(refused(agent()));
  EXPECT_TRUE(revocations_->holds(RevokedKind::kGrant, "01GRANT", now_));
  EXPECT_FALSE(revocations_->holds(RevokedKind::kGrant, "02GRANT", now_));
  EXPECT_FALSE(revocations_->holds(RevokedKind::kToken, "01GRANT", now_));
}

TEST_F(Revoked, ANameOfAnotherKindIsAnotherName) {
  revoke({.kind = RevokedKind::kUser, .target = "idp/agent-1"});
  revoke({.kind = RevokedKind::kAgent, .target = "idp/alice"});
  revoke({.kind = RevokedKind::kToken, .target = "idp/sid-1"});
  revoke({.kind = RevokedKind::kSession, .target = "idp/jti-1"});
  revoke({.kind = RevokedKind::kUser, .target = "idp/alic"});
  EXPECT_FALSE(refused(agent()));
}

TEST_F(Revoked, AnInstantRefusesWhatWasIssuedBeforeIt) {
  revoke({.kind = RevokedKind::kUser, .target = "idp/alice", .issued_before = at_second(500)});
  Principal who = agent();
  EXPECT_FALSE(refused(who)) << "issued in that instant";
  who.issued = at_second(499);
  EXPECT_TRUE(refused(who));
  who.issued.reset();
  EXPECT_TRUE(refused(who)) << "nobody knows when";
}

TEST_F(Revoked, TheEndOfARevocationNeedsNoRefresh) {
  revoke({.kind = RevokedKind::kUser, .target = "idp/alice", .until = at_second(1'010)});
  EXPECT_TRUE(refused(agent()));
  now_ = at_second(1'009);
  EXPECT_TRUE(refused(agent()));
  now_ = at_second(1'010);
  EXPECT_FALSE(refused(agent()));
}

TEST_F(Revoked, TheWidestOfSeveralRevocationsCounts) {
  const RevocationRequest alice{.kind = RevokedKind::kUser, .target = "idp/alice"};
  RevocationRequest early = alice;
  early.issued_before = at_second(400);
  RevocationRequest late = alice;
  late.issued_before = at_second(600);
  late.until = at_second(1'010);
  revoke(early);
  EXPECT_FALSE(refused(agent()));
  revoke(late);
  EXPECT_TRUE(refused(agent()));
  now_ = at_second(1'011);
  EXPECT_FALSE(refused(agent()));
  const std::string id = revoke(alice);
  EXPECT_TRUE(refused(agent()));
  ASSERT_TRUE(service().lift(id, "a mistake", now_).ok());
  EXPECT_TRUE(*revocations_->refresh(now_));
  EXPECT_FALSE(refused(agent()));
  Principal old = agent();
  old.issued = at_second(300);
  EXPECT_TRUE(refused(old));
}

TEST_F(Revoked, AStateThatCannotBeReadRefusesEverybodyAfterAWhile) {
  std::filesystem::rename(path_, path_ + ".away");
  EXPECT_FALSE(revocations_->refresh(now_).ok());
  now_ += kMaxAge;
  EXPECT_FALSE(refused(agent()));
  now_ += Micros(1);
  const auto error = revocations_->refusal_of(agent(), now_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(revocations_->refusal_of(Principal(), now_), std::nullopt);
  std::filesystem::rename(path_ + ".away", path_);
  EXPECT_FALSE(*revocations_->refresh(now_));
  EXPECT_FALSE(refused(agent()));
}

TEST_F(Revoked, ASetKnowsSinceWhenItHeldARevocation) {
  EXPECT_EQ(revocations_->epoch(), 1U);
  const std::string first = revoke({.kind = RevokedKind::kUser, .target = "idp/alice"});
  const std::string second = revoke({.kind = RevokedKind::kUser, .target = "idp/alice"});
  EXPECT_EQ(revocations_->epoch(), 3U);
  EXPECT_EQ(revocations_->epoch_of(first), 2U);
  EXPECT_EQ(revocations_->epoch_of(second), 3U) << "though the first outdoes it";
  EXPECT_EQ(revocations_->oldest_epoch(), 2U);
  EXPECT_EQ(revocations_->epoch_of("none"), std::nullopt);
  ASSERT_TRUE(service().lift(first, "a mistake", now_).ok());
  EXPECT_TRUE(*revocations_->refresh(now_));
  EXPECT_EQ(revocations_->epoch_of(first), std::nullopt);
  EXPECT_EQ(revocations_->epoch_of(second), 3U);
  EXPECT_EQ(revocations_->oldest_epoch(), 3U);
  ASSERT_TRUE(state_->write([](auto& t) { return t.values().put("a", "b"); }).ok());
  EXPECT_FALSE(*revocations_->refresh(now_)) << "another change of the state is no change of these";
}

TEST_F(Revoked, ThreadsThatAskWhileOthersRevokeSeeOneSetOrTheNext) {
  std::atomic<bool> stop{false};
  std::atomic<bool> seen{false};
  std::vector<std::thread> askers;
  for (int i = 0; i < 3; ++i) {
    askers.emplace_back([&] {
      const Principal who = agent();
      while (!stop) {
        const auto error = revocations_->refusal_of(who, at_second(1'000));
        seen = seen || error.has_value();
        std::this_thread::yield();
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    revoke({.kind = RevokedKind::kUser, .target = "idp/other-" + std::to_string(i)});
  }
  EXPECT_FALSE(seen);
  revoke({.kind = RevokedKind::kUser, .target = "idp/alice"});
  EXPECT_TRUE(refused(agent()));
  while (!seen) {
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& asker : askers) {
    asker.join();
  }
}

// ---- the service ----

TEST_F(Revoked, ATargetThatCannotBeOneIsRefused) {
  const std::pair<RevokedKind, const char*> wrong[] = {
      {RevokedKind::kKey, "key_short"},
      {RevokedKind::kKey, ""},
      {RevokedKind::kUser, "alice"},
      {RevokedKind::kUser, "idp/"},
      {RevokedKind::kUser, "/alice"},
      {RevokedKind::kToken, "jti"},
      {RevokedKind::kSession, ""},
      {RevokedKind::kAgent, "idp/a\nb"},
      {RevokedKind::kWorkload, "idp/agent"},
      {RevokedKind::kWorkload, "spiffe://"},
      {RevokedKind::kGrant, ""},
  };
  for (const auto& [kind, target] : wrong) {
    const auto done = service().revoke({.kind = kind, .target = target, .reason = "r"}, now_);
    ASSERT_FALSE(done.ok()) << target;
    EXPECT_EQ(done.error().kind(), ErrorKind::kUsage) << target;
    EXPECT_FALSE(done.error().hint().empty());
  }
  const std::string longest = "idp/" + std::string(RevocationService::kMaxTarget - 4, 'a');
  const auto revoke_user = [&](const std::string& target) {
    return service().revoke({.kind = RevokedKind::kUser, .target = target, .reason = "r"}, now_);
  };
  EXPECT_TRUE(revoke_user(longest).ok());
  EXPECT_FALSE(revoke_user(longest + "a").ok());
}

TEST_F(Revoked, AKeyOrAGrantThatDoesNotExistWasMistyped) {
  for (const auto& [kind, target] : {std::pair{RevokedKind::kKey, "key_AAAAAAAAAAAA"},
                                     std::pair{RevokedKind::kGrant, "01GRANT"}}) {
    const auto done = service().revoke({.kind = kind, .target = target, .reason = "r"}, now_);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().kind(), ErrorKind::kNotFound);
  }
}

TEST_F(Revoked, AReasonIsNeededAndAnEndIsAhead) {
  RevocationRequest request{.kind = RevokedKind::kUser, .target = "idp/alice", .reason = ""};
  EXPECT_EQ(service().revoke(request, now_).error().kind(), ErrorKind::kUsage);
  request.reason = std::string(RevocationService::kMaxReason + 1, 'a');
  EXPECT_EQ(service().revoke(request, now_).error().kind(), ErrorKind::kUsage);
  request.reason = "two\nlines";
  EXPECT_EQ(service().revoke(request, now_).error().kind(), ErrorKind::kUsage);
  request.reason = "one line";
  request.until = now_;
  EXPECT_EQ(service().revoke(request, now_).error().kind(), ErrorKind::kUsage);
  request.until = now_ + Micros(1);
  const auto record = service().revoke(request, now_);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(state_of(*record, now_), "in force");
  EXPECT_EQ(state_of(*record, now_ + Micros(1)), "ended");
}

TEST_F(Revoked, WhatIsOverIsNotLiftedAgain) {
  const auto record =
      service().revoke({.kind = RevokedKind::kUser, .target = "idp/alice", .reason = "r"}, now_);
  ASSERT_TRUE(record.ok());
  const auto lifted = service().lift(record->id, "a mistake", now_);
  ASSERT_TRUE(lifted.ok());
  EXPECT_EQ(lifted->lifted, now_);
  EXPECT_EQ(state_of(*lifted, now_), "lifted");
  EXPECT_EQ(*service().find(record->id), *lifted);
  EXPECT_EQ(service().lift(record->id, "again", now_).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(service().lift("none", "r", now_).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(service().lift(record->id, "", now_).error().kind(), ErrorKind::kUsage);
}

TEST_F(Revoked, AChangeThatCannotBeRecordedIsNotMade) {
  RevocationService mute(*state_, random_, "w", [](store::Transaction&, const RevocationChange&) {
    return Result<>(Error(ErrorKind::kIo, "no"));
  });
  const RevocationRequest request{.kind = RevokedKind::kUser, .target = "idp/alice", .reason = "r"};
  EXPECT_FALSE(mute.revoke(request, now_).ok());
  EXPECT_TRUE(service().list("", 10)->empty());
  const auto record = service().revoke(request, now_);
  EXPECT_FALSE(mute.lift(record->id, "r", now_).ok());
  EXPECT_EQ(service().find(record->id)->lifted, std::nullopt);
}

TEST_F(Revoked, WhatIsOverForAMonthIsForgotten) {
  const auto open =
      service().revoke({.kind = RevokedKind::kUser, .target = "idp/alice", .reason = "r"}, now_);
  const auto ended = service().revoke(
      {.kind = RevokedKind::kUser, .target = "idp/bob", .reason = "r", .until = now_ + Micros(1)},
      now_);
  const WallTime later = now_ + Micros(1) + RevocationService::kKeptAfterEnd;
  EXPECT_EQ(*RevocationService::forget(*state_, later), 0U);
  EXPECT_EQ(*RevocationService::forget(*state_, later + Micros(1)), 1U);
  EXPECT_FALSE(service().find(ended->id).ok());
  EXPECT_TRUE(service().find(open->id).ok());
}

}  // namespace
}  // namespace sally::identity
