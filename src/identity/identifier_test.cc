#include "identity/identifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "identity/api_key.h"
#include "identity/key_service.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::at_second;
using testing::HasSubstr;
using testing::Not;

// A state whose file can be taken away, to see what happens to those that need it.
class Identify : public testing::Test {
 protected:
  static constexpr Millis kMaxAge = seconds(30);

  void SetUp() override {
    auto opened = store::open_state("sqlite:" + path_, store::IfMissing::kCreate);
    ASSERT_TRUE(opened.ok());
    state_ = std::move(*opened);
    auto pepper = Pepper::bind(Secret(std::string(32, 'p')), *state_);
    ASSERT_TRUE(pepper.ok());
    pepper_.emplace(std::move(*pepper));
    auto identifier = ApiKeyIdentifier::open(*state_, *pepper_, kMaxAge, now_);
    ASSERT_TRUE(identifier.ok());
    identifier_ = std::move(*identifier);
  }

  // A key in force, refreshed.
  CreatedKey create(const KeyRequest& request = {.name = "demo"}) {
    ApiKeyService service(*state_, *pepper_, random_);
    auto key = service.create(request, now_);
    EXPECT_TRUE(key.ok());
    refresh();
    return std::move(*key);
  }
  void revoke(const KeyId& id) {
    ApiKeyService service(*state_, *pepper_, random_);
    EXPECT_TRUE(service.revoke(id, now_).ok());
  }
  bool refresh() {
    const auto refreshed = identifier_->refresh(now_);
    EXPECT_TRUE(refreshed.ok());
    return refreshed.ok() && *refreshed;
  }
  Result<PrincipalPtr> identify(const Secret& text) const {
    return identifier_->identify({.bearer = text.reveal(), .api_key = {}}, now_);
  }
  Error refusal(const Secret& text) const {
    auto result = identify(text);
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error(ErrorKind::kInternal, "it was accepted") : result.error();
  }
  void take_the_state_away() { std::filesystem::rename(path_, path_ + ".away"); }
  void bring_the_state_back() { std::filesystem::rename(path_ + ".away", path_); }

  test::TempFolder folder_;
  const std::string path_ = folder_.file("state.db");
  std::unique_ptr<store::State> state_;
  std::optional<Pepper> pepper_;
  std::unique_ptr<ApiKeyIdentifier> identifier_;
  SeededRandom random_{1};
  WallTime now_ = at_second(1'000'000);
};

TEST_F(Identify, NoCredentialIsTheAnonymousPrincipal) {
  const auto principal = identifier_->identify({}, now_);
  ASSERT_TRUE(principal.ok());
  EXPECT_EQ((*principal)->kind, PrincipalKind::kAnonymous);
  EXPECT_TRUE((*principal)->id.empty());
}

TEST_F(Identify, AKeyIsItsPrincipal) {
  const CreatedKey key = create({.name = "demo",
                                 .team = TeamId("research"),
                                 .routes = {RouteId("chat")},
                                 .models = {ModelId("large")},
                                 .expires = now_ + minutes(5),
                                 .requests_per_minute = 60});
  const auto result = identify(key.text);
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  const Principal& principal = **result;
  EXPECT_EQ(principal.kind, PrincipalKind::kApiKey);
  EXPECT_EQ(principal.id, key.record.id.str());
  EXPECT_EQ(principal.name, "demo");
  EXPECT_EQ(principal.team, TeamId("research"));
  EXPECT_EQ(principal.routes, key.record.routes);
  EXPECT_EQ(principal.models, key.record.models);
  EXPECT_EQ(principal.expires, key.record.expires);
  EXPECT_EQ(principal.requests_per_minute, 60U);
}

TEST_F(Identify, EitherFieldCarriesTheKeyAndBothTheSameOne) {
  const CreatedKey key = create();
  const std::string_view text = key.text.reveal();
  EXPECT_TRUE(identifier_->identify({.bearer = {}, .api_key = text}, now_).ok());
  EXPECT_TRUE(identifier_->identify({.bearer = text, .api_key = text}, now_).ok());
}

TEST_F(Identify, TwoDifferentCredentialsAreAmbiguous) {
  const CreatedKey one = create();
  const CreatedKey two = create();
  const auto result =
      identifier_->identify({.bearer = one.text.reveal(), .api_key = two.text.reveal()}, now_);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind(), ErrorKind::kUnauthenticated);
  EXPECT_THAT(result.error().message(), HasSubstr("two different"));
  EXPECT_FALSE(identifier_->identify({.bearer = one.text.reveal(), .api_key = "x"}, now_).ok());
}

TEST_F(Identify, AWellFormedStrangerIsNotKnown) {
  create();
  SeededRandom other(99);
  const Secret stranger = make_api_key(other);
  const Error error = refusal(stranger);
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_THAT(error.message(), HasSubstr("not known"));
}

TEST_F(Identify, ManyKeysAreEachTheirOwnPrincipal) {
  std::vector<CreatedKey> keys;
  for (int i = 0; i < 40; ++i) {
    keys.push_back(create({.name = "key " + std::to_string(i)}));
  }
  EXPECT_EQ(identifier_->keys(), 40U);
  for (const CreatedKey& key : keys) {
    const auto principal = identify(key.text);
    ASSERT_TRUE(principal.ok());
    EXPECT_EQ((*principal)->id, key.record.id.str());
  }
}

TEST_F(Identify, ARevokedKeyIsRefusedAfterTheNextRefresh) {
  const CreatedKey key = create();
  const PrincipalPtr principal = *identify(key.text);
  revoke(key.record.id);
  EXPECT_TRUE(refresh());
  const Error error = refusal(key.text);
  EXPECT_EQ(error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_THAT(error.message(), HasSubstr("revoked"));
  EXPECT_THAT(error.message(), HasSubstr(key.record.id.str()));
  EXPECT_FALSE(identifier_->still_valid(*principal, now_));
}

TEST_F(Identify, ARevocationByAClockThatIsAheadCountsAtOnce) {
  const CreatedKey key = create();
  ApiKeyService service(*state_, *pepper_, random_);
  ASSERT_TRUE(service.revoke(key.record.id, now_ + minutes(10)).ok());
  refresh();
  EXPECT_THAT(refusal(key.text).message(), HasSubstr("revoked"));
}

TEST_F(Identify, AKeyEndsAtItsExpiryWithoutARefresh) {
  const CreatedKey key = create({.name = "demo", .expires = now_ + seconds(10)});
  const PrincipalPtr principal = *identify(key.text);
  now_ += seconds(10) - Micros(1);
  EXPECT_TRUE(identify(key.text).ok());
  EXPECT_TRUE(identifier_->still_valid(*principal, now_));
  now_ += Micros(1);
  EXPECT_THAT(refusal(key.text).message(), HasSubstr("expired"));
  EXPECT_FALSE(identifier_->still_valid(*principal, now_));
}

TEST_F(Identify, BothKeysWorkWhileARotationOverlaps) {
  const CreatedKey old = create();
  ApiKeyService service(*state_, *pepper_, random_);
  const auto fresh = service.rotate(old.record.id, seconds(20), now_);
  ASSERT_TRUE(fresh.ok());
  refresh();
  EXPECT_TRUE(identify(old.text).ok());
  EXPECT_TRUE(identify(fresh->text).ok());
  now_ += seconds(20);
  EXPECT_FALSE(identify(old.text).ok());
  EXPECT_TRUE(identify(fresh->text).ok());
}

TEST_F(Identify, ARefreshReadsOnlyWhatChanged) {
  create();
  EXPECT_FALSE(refresh());
  revoke(create().record.id);
  EXPECT_TRUE(refresh());
  EXPECT_FALSE(refresh());
}

TEST_F(Identify, AStateThatCannotBeReadIsBridgedForAWhileOnly) {
  const CreatedKey key = create();
  const PrincipalPtr principal = *identify(key.text);
  take_the_state_away();
  now_ += kMaxAge;
  EXPECT_FALSE(identifier_->refresh(now_).ok());
  EXPECT_TRUE(identify(key.text).ok());
  EXPECT_TRUE(identifier_->still_valid(*principal, now_));
  now_ += Micros(1);
  EXPECT_TRUE(identifier_->stale(now_));
  EXPECT_EQ(refusal(key.text).kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(identifier_->still_valid(*principal, now_));
  EXPECT_TRUE(identifier_->identify({}, now_).ok());  // asks for no key
  bring_the_state_back();
  refresh();
  EXPECT_TRUE(identify(key.text).ok());
}

TEST_F(Identify, NoRefusalHoldsAnyPartOfTheKey) {
  const CreatedKey key = create();
  revoke(key.record.id);
  refresh();
  SeededRandom other(99);
  const Secret stranger = make_api_key(other);
  for (const Secret* text : {&key.text, &stranger}) {
    const std::string all = refusal(*text).to_string();
    for (size_t i = 6; i + 6 <= text->size(); ++i) {
      EXPECT_THAT(all, Not(HasSubstr(std::string(text->reveal().substr(i, 6)))));
    }
  }
}

TEST_F(Identify, AUseIsNotedAtMostOnceAMinute) {
  const CreatedKey key = create();
  const auto last_used = [&] {
    ApiKeyService service(*state_, *pepper_, random_);
    return (*service.list(now_))[0].last_used;
  };
  const auto flush = [&] { return *identifier_->last_use().flush(*state_); };
  EXPECT_EQ(flush(), 0U);
  const WallTime first = now_;
  ASSERT_TRUE(identify(key.text).ok());
  EXPECT_EQ(flush(), 1U);
  EXPECT_EQ(last_used(), first);
  now_ += seconds(29);
  refresh();
  now_ += seconds(30);
  ASSERT_TRUE(identify(key.text).ok());
  EXPECT_EQ(flush(), 0U);
  now_ += seconds(1);
  refresh();
  ASSERT_TRUE(identify(key.text).ok());
  EXPECT_EQ(flush(), 1U);
  EXPECT_EQ(last_used(), first + minutes(1));
  EXPECT_FALSE(refresh()) << "a noted use is no reason to read the keys again";
}

TEST_F(Identify, ARefusedKeyIsNotNotedAsUsed) {
  const CreatedKey key = create();
  revoke(key.record.id);
  refresh();
  EXPECT_FALSE(identify(key.text).ok());
  EXPECT_EQ(*identifier_->last_use().flush(*state_), 0U);
}

TEST_F(Identify, ANotedUseSurvivesARefreshBeforeTheFlush) {
  const CreatedKey key = create();
  ASSERT_TRUE(identify(key.text).ok());
  create();  // publishes another ring
  EXPECT_EQ(*identifier_->last_use().flush(*state_), 1U);
}

TEST_F(Identify, ReadersAndRefreshesFromManyThreadsAgree) {
  const CreatedKey stays = create();
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto principal = identify(stays.text);
        wrong += principal.ok() && (*principal)->id == stays.record.id.str() ? 0 : 1;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    create();
  }
  stop = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(identifier_->keys(), 31U);
}

TEST(PublishedValue, AnOldOneIsFreedWhenTheNextIsInForce) {
  struct Counted {
    explicit Counted(int& count) : count_(count) { ++count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --count_; }
    int& count_;
  };
  int alive = 0;
  {
    Published<Counted> published(std::make_unique<const Counted>(alive));
    published.publish(std::make_unique<const Counted>(alive));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace sally::identity
