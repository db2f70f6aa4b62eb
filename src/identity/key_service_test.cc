#include "identity/key_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "identity/api_key.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using test::at_second;
using testing::HasSubstr;
using testing::Not;

class KeyService : public testing::Test {
 protected:
  static std::unique_ptr<store::State> open(const std::string& path) {
    auto state = store::open_state("sqlite:" + path, store::IfMissing::kCreate);
    EXPECT_TRUE(state.ok());
    return std::move(*state);
  }
  Pepper bind(char fill) {
    auto pepper = Pepper::bind(Secret(std::string(32, fill)), *state_);
    EXPECT_TRUE(pepper.ok());
    return std::move(*pepper);
  }
  CreatedKey create(const KeyRequest& request) {
    auto key = service_.create(request, now_);
    EXPECT_TRUE(key.ok()) << key.error().to_string();
    return std::move(*key);
  }
  ErrorKind refusal(const KeyRequest& request) {
    auto key = service_.create(request, now_);
    EXPECT_FALSE(key.ok());
    return key.ok() ? ErrorKind::kInternal : key.error().kind();
  }

  test::TempFolder folder_;
  std::unique_ptr<store::State> state_ = open(folder_.file("state.db"));
  Pepper pepper_ = bind('p');
  SeededRandom random_{1};
  ApiKeyService service_{*state_, pepper_, random_};
  const WallTime now_ = at_second(1'000'000);
};

TEST_F(KeyService, ACreatedKeyIsListedWithoutItsText) {
  const CreatedKey key = create({.name = "demo",
                                 .team = TeamId("research"),
                                 .routes = {RouteId("chat")},
                                 .models = {ModelId("small"), ModelId("large"), ModelId("small")},
                                 .expires = now_ + std::chrono::hours(1),
                                 .requests_per_minute = 60});
  EXPECT_TRUE(check_api_key(key.text.reveal()).ok());
  EXPECT_TRUE(is_key_id(key.record.id.str())) << key.record.id.str();
  const auto listed = service_.list(now_);
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ((*listed)[0], key.record);
  EXPECT_EQ(key.record.models, (std::vector{ModelId("large"), ModelId("small")}));
  EXPECT_EQ(key.record.digest, pepper_.digest(key.text.reveal()));
}

TEST_F(KeyService, EveryChangeIsToldInsideItsTransaction) {
  std::string told;
  bool refuse = false;
  ApiKeyService service(
      *state_, pepper_, random_, [&](store::Transaction&, const KeyChange& change) -> Result<> {
        told += std::string(change.what) + (change.before == nullptr ? " new" : " old") +
                (change.after.revoked ? " revoked; " : "; ");
        return refuse ? Error(ErrorKind::kUnavailable, "no place") : ok();
      });
  const auto first = service.create({.name = "demo"}, now_);
  ASSERT_TRUE(first.ok());
  const auto second = service.rotate(first->record.id, Millis(0), now_);
  ASSERT_TRUE(second.ok());
  ASSERT_TRUE(service.revoke(second->record.id, now_).ok());
  ASSERT_TRUE(service.revoke(second->record.id, now_).ok()) << "nothing changed: nothing is told";
  EXPECT_EQ(told, "key.create new; key.create new; key.expire old; key.revoke old revoked; ");
  refuse = true;
  EXPECT_FALSE(service.create({.name = "unseen"}, now_).ok());
  EXPECT_EQ(service.list(now_)->size(), 2U) << "what cannot be told is not done";
}

TEST_F(KeyService, NoTwoKeysShareAnything) {
  std::set<std::string> ids;
  std::set<std::string> texts;
  for (int i = 0; i < 20; ++i) {
    const CreatedKey key = create({.name = "demo"});
    ids.insert(key.record.id.str());
    texts.insert(std::string(key.text.reveal()));
  }
  EXPECT_EQ(ids.size(), 20U);
  EXPECT_EQ(texts.size(), 20U);
}

TEST_F(KeyService, ARequestThatMakesNoSenseIsRefused) {
  EXPECT_EQ(refusal({.name = ""}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = std::string(65, 'a')}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "line\nbreak"}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "\x1b[31mred"}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "bad \xff utf-8"}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "a", .team = TeamId("x\ty")}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "a", .routes = {RouteId("")}}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "a", .models = {ModelId("two words")}}), ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "a", .models = std::vector<ModelId>(257, ModelId("m"))}),
            ErrorKind::kUsage);
  EXPECT_EQ(refusal({.name = "a", .expires = now_}), ErrorKind::kUsage);
  EXPECT_TRUE(service_.list(now_)->empty());
}

TEST_F(KeyService, ARevokedKeyStaysListed) {
  const KeyId id = create({.name = "demo"}).record.id;
  const auto revoked = service_.revoke(id, now_ + std::chrono::seconds(1));
  ASSERT_TRUE(revoked.ok());
  EXPECT_EQ(revoked->revoked, now_ + std::chrono::seconds(1));
  EXPECT_EQ(service_.revoke(id, now_ + std::chrono::seconds(9))->revoked, revoked->revoked);
  EXPECT_EQ(service_.list(now_)->size(), 1U);
  EXPECT_EQ(service_.revoke(KeyId("key_000000000000"), now_).error().kind(), ErrorKind::kNotFound);
}

TEST_F(KeyService, ARotatedKeyOverlapsAndKeepsItsScopesAndLifetime) {
  const CreatedKey old = create({.name = "demo",
                                 .team = TeamId("research"),
                                 .routes = {RouteId("chat")},
                                 .expires = now_ + std::chrono::hours(48),
                                 .requests_per_minute = 5});
  const WallTime later = now_ + std::chrono::hours(10);
  const auto fresh = service_.rotate(old.record.id, std::chrono::hours(1), later);
  ASSERT_TRUE(fresh.ok()) << fresh.error().to_string();
  EXPECT_NE(fresh->record.id, old.record.id);
  EXPECT_NE(fresh->text.reveal(), old.text.reveal());
  EXPECT_EQ(fresh->record.name, "demo");
  EXPECT_EQ(fresh->record.team, TeamId("research"));
  EXPECT_EQ(fresh->record.routes, old.record.routes);
  EXPECT_EQ(fresh->record.requests_per_minute, 5U);
  EXPECT_EQ(fresh->record.expires, later + std::chrono::hours(48));
  EXPECT_EQ((*service_.list(now_))[0].expires, later + std::chrono::hours(1));
}

TEST_F(KeyService, AnOverlapNeverOutlivesTheOldKeysOwnEnd) {
  const WallTime end = now_ + std::chrono::minutes(5);
  const KeyId id = create({.name = "demo", .expires = end}).record.id;
  ASSERT_TRUE(service_.rotate(id, std::chrono::hours(1), now_).ok());
  EXPECT_EQ((*service_.list(now_))[0].expires.value_or(now_), end);
}

TEST_F(KeyService, ADeadKeyIsNotRotated) {
  const KeyId revoked = create({.name = "a"}).record.id;
  ASSERT_TRUE(service_.revoke(revoked, now_).ok());
  const KeyId expired = create({.name = "b", .expires = now_ + std::chrono::seconds(1)}).record.id;
  const WallTime later = now_ + std::chrono::seconds(1);
  EXPECT_EQ(service_.rotate(revoked, Millis(0), later).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(service_.rotate(expired, Millis(0), later).error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(service_.rotate(KeyId("key_x"), Millis(0), later).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(service_.rotate(expired, Millis(-1), now_).error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(service_.rotate(expired, Millis::max(), now_).error().kind(), ErrorKind::kUsage);
  EXPECT_EQ(service_.list(now_)->size(), 2U);
}

TEST_F(KeyService, AKeyIsRevokedAsLongAsARevocationOfItsIdIsInForce) {
  const KeyId id = create({.name = "a"}).record.id;
  const WallTime end = now_ + std::chrono::hours(1);
  ASSERT_TRUE(state_
                  ->write([&](store::Transaction& transaction) {
                    return transaction.revocations().add({.id = "01J",
                                                          .kind = store::RevokedKind::kKey,
                                                          .target = id.str(),
                                                          .requested = now_,
                                                          .until = end,
                                                          .who = "ops",
                                                          .reason = "leaked"});
                  })
                  .ok());
  EXPECT_EQ((*service_.list(now_))[0].revoked, now_);
  EXPECT_EQ(service_.rotate(id, Millis(0), now_).error().kind(), ErrorKind::kConflict);
  EXPECT_FALSE((*service_.list(end))[0].revoked);
  EXPECT_TRUE(service_.rotate(id, Millis(0), end).ok());
}

TEST_F(KeyService, AnotherPepperIsRefusedWhenItIsBound) {
  const auto other = Pepper::bind(Secret(std::string(32, 'q')), *state_);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::kConflict);
  EXPECT_TRUE(Pepper::bind(Secret(std::string(32, 'p')), *state_).ok());
  EXPECT_EQ(Pepper::bind(Secret("short"), *state_).error().kind(), ErrorKind::kUsage);
}

TEST_F(KeyService, TheTextOfAKeyIsNowhereInTheState) {
  const CreatedKey key = create({.name = "demo"});
  const std::string path = folder_.file("state.db");
  for (const std::string& file : {path, path + "-wal"}) {
    std::ifstream stream(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_THAT(content, Not(HasSubstr(std::string(key.text.reveal().substr(6, 20))))) << file;
  }
}

}  // namespace
}  // namespace sally::identity
