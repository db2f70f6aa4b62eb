#include "app/grant_keeper.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "identity/grants/service.h"
#include "ledger/event_json.h"
#include "policy/first_policies.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const identity::GrantActor kAlice{.who = "corp/alice", .from = "10.0.0.1"};

// An authorizer that permits nothing.
policy::CedarAuthorizer closed() {
  policy::PolicyTexts texts;
  for (const policy::FirstPolicy& file : policy::first_policies()) {
    if (file.name == "schema.cedarschema") {
      texts.emplace(file.name, file.text);
    }
  }
  auto set = policy::ActiveSet::create(*policy::LoadedPolicies::from_files(texts), 1,
                                       {.models = {ModelId("m")}, .routes = {RouteId("main")}});
  EXPECT_TRUE(set.ok());
  return {*std::move(set), nullptr, policy::OnForbidError::kDeny};
}

class Keeper : public testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    ASSERT_TRUE(opened.ok());
    state_ = std::move(*opened);
    open();
  }
  void open() {
    auto keeper = GrantKeeper::open({.state = *state_,
                                     .clock = clock_,
                                     .log = log_,
                                     .notice =
                                         [this](Notice what, std::string detail) {
                                           EXPECT_EQ(what, Notice::kBreakGlass);
                                           notices_.push_back(std::move(detail));
                                         },
                                     .deliver = [this] { ++deliveries_; },
                                     .max_age = seconds(30)});
    ASSERT_TRUE(keeper.ok());
    keeper_ = std::move(*keeper);
  }
  // The id of a grant by which `corp/alice` breaks the glass for an hour.
  std::string break_glass() {
    identity::GrantService service(*state_, roles_, random_);
    auto grant = service.break_glass("root", kAlice, {.reason = "fire"}, clock_.now());
    EXPECT_TRUE(grant.ok());
    EXPECT_TRUE(keeper_->refresh().ok());
    return grant->id;
  }
  // What waits for the log: `WHAT by WHO`.
  std::vector<std::string> told() {
    std::vector<std::string> out;
    EXPECT_TRUE(state_
                    ->read([&](store::Transaction& transaction) -> Result<> {
                      TRY(const auto waiting, transaction.outbox().list(100));
                      for (const store::OutboxEntry& one : waiting) {
                        TRY(const ledger::AnyEvent event, ledger::parse_any(one.entry));
                        const auto& change = std::get<ChangeEvent>(event);
                        out.push_back(change.what + " by " + change.who);
                      }
                      return ok();
                    })
                    .ok());
    return out;
  }
  // A call that the policies deny, by whoever has this grant.
  static void call(const policy::CedarAuthorizer& authorizer, const std::string& grant) {
    Principal who;
    who.kind = PrincipalKind::kUser;
    who.id = kAlice.who;
    who.break_glass = grant;
    const RouteId route("main");
    const ModelId model("m");
    EXPECT_TRUE(authorizer.decider()
                    ->decide({.principal = who,
                              .action = "openai:chat.completions",
                              .protocol = "openai",
                              .route = route,
                              .model = model,
                              .method = "POST",
                              .path = "/v1/chat/completions"})
                    .by_break_glass());
  }

  test::TempFolder folder_;
  FakeClock clock_{test::at_second(1'000'000)};
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
  SeededRandom random_{1};
  identity::Roles roles_ = {{.name = "root",
                             .longest = hours(1),
                             .approve_within = hours(1),
                             .break_glass = true,
                             .holders = {kAlice.who}}};
  std::unique_ptr<store::State> state_;
  std::vector<std::string> notices_;
  int deliveries_ = 0;
  std::unique_ptr<GrantKeeper> keeper_;
};

TEST_F(Keeper, NotesOnceWhatEndedAlsoWhereNoGateRanMeanwhile) {
  break_glass();
  ASSERT_TRUE(keeper_->settle(roles_).ok());
  EXPECT_THAT(told(), IsEmpty()) << "it lasts";
  clock_.advance(hours(2));
  open();
  ASSERT_TRUE(keeper_->settle(roles_).ok());
  ASSERT_TRUE(keeper_->settle(roles_).ok());
  EXPECT_THAT(told(), ElementsAre("access.end by sallyport"));
}

TEST_F(Keeper, EndsWhatOtherRolesDoNotGrant) {
  break_glass();
  ASSERT_TRUE(keeper_->settle(roles_).ok());
  EXPECT_FALSE(keeper_->grants()->roles_of(kAlice.who, clock_.now()).empty());
  ASSERT_TRUE(keeper_->settle({}).ok());
  EXPECT_TRUE(keeper_->grants()->roles_of(kAlice.who, clock_.now()).empty());
  EXPECT_THAT(told(), ElementsAre("access.end by sallyport"));
}

TEST_F(Keeper, BringsAnActivationToTheLedgerBeforeItIsInForce) {
  break_glass();
  EXPECT_EQ(deliveries_, 1);
  ASSERT_TRUE(keeper_->refresh().ok());
  EXPECT_EQ(deliveries_, 1) << "nothing changed";
}

TEST_F(Keeper, TellsOfTheFirstUseAndThenOnceAMinute) {
  const std::string grant = break_glass();
  const auto authorizer = closed();
  keeper_->tell_uses(authorizer);
  EXPECT_THAT(notices_, IsEmpty());
  call(authorizer, grant);
  keeper_->tell_uses(authorizer);
  ASSERT_THAT(notices_, SizeIs(1));
  EXPECT_THAT(notices_[0], HasSubstr("1 call of `corp/alice`"));
  call(authorizer, grant);
  call(authorizer, grant);
  clock_.advance(seconds(59));
  keeper_->tell_uses(authorizer);
  EXPECT_THAT(notices_, SizeIs(1));
  clock_.advance(seconds(1));
  keeper_->tell_uses(authorizer);
  ASSERT_THAT(notices_, SizeIs(2));
  EXPECT_THAT(notices_[1], HasSubstr("2 calls of"));
  clock_.advance(minutes(5));
  keeper_->tell_uses(authorizer);
  EXPECT_THAT(notices_, SizeIs(2)) << "nothing was used since";
}

TEST_F(Keeper, CountsAnewWhereOtherPoliciesCameIntoForce) {
  const std::string grant = break_glass();
  const auto before = closed();
  call(before, grant);
  call(before, grant);
  keeper_->tell_uses(before);
  const auto after = closed();
  call(after, grant);
  keeper_->tell_uses(after);
  EXPECT_THAT(notices_, SizeIs(1)) << "within the minute";
  call(after, grant);
  clock_.advance(minutes(1));
  keeper_->tell_uses(after);
  ASSERT_THAT(notices_, SizeIs(2));
  EXPECT_THAT(notices_[1], HasSubstr("2 calls of"));
}

}  // namespace
}  // namespace sally::app
