#include "app/log_keeper.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "ledger/event_json.h"
#include "ledger/outbox.h"
#include "support/temp_folder.h"
#include "tlog/note.h"

namespace sally::app {
namespace {

crypto::Ed25519PrivateKey key(char fill) {
  auto made = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, fill)));
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

class LogKeeperTest : public testing::Test {
 protected:
  void SetUp() override {
    auto state = store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    ASSERT_TRUE(state.ok());
    state_ = *std::move(state);
    auto ledger = ledger::Ledger::open({.folder = log_folder_, .origin = "example.com/gate"},
                                       key('k'), clock_, log_);
    ASSERT_TRUE(ledger.ok()) << ledger.error().to_string();
    ledger_ = *std::move(ledger);
    keeper_.emplace(LogKeeper::Parts{*ledger_, *state_, log_folder_, Millis{1'000}, clock_, log_});
  }

  // A hold of everything, on its way to the log.
  ChangeEvent hold() {
    auto officer = tlog::NoteSigner::make("alice", key('a'));
    EXPECT_TRUE(officer.ok());
    const WallTime now = clock_.now();
    ledger::Hold hold{.id = Ulid::make(now, random_),
                      .log = "example.com/gate",
                      .placed = now,
                      .matter = "Doe v. Example"};
    hold.officers = {officer->verifier_key()};
    return {.id = Ulid::make(now, random_),
            .time = now,
            .what = std::string(ledger::kHoldPlaced),
            .target = std::string(hold.id.str()),
            .who = "uid=0",
            .after = hold.to_text()};
  }
  void put_into_outbox(const ChangeEvent& change) {
    ASSERT_TRUE(state_
                    ->write([&](store::Transaction& transaction) {
                      return ledger::put_into_outbox(transaction, change);
                    })
                    .ok());
  }
  bool is_anything_held() { return keeper_->is_held()(capture::SubjectTag{}, clock_.now()); }

  test::TempFolder folder_;
  std::filesystem::path log_folder_ = folder_.path() / "ledger";
  FakeClock clock_{WallTime(std::chrono::seconds{1'800'000'000})};
  SeededRandom random_{7};
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
  std::unique_ptr<store::State> state_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::optional<LogKeeper> keeper_;
};

TEST_F(LogKeeperTest, ProtectsEverythingUntilTheHoldsAreKnown) {
  EXPECT_TRUE(is_anything_held());
  ASSERT_TRUE(keeper_->learn_holds().ok());
  EXPECT_FALSE(is_anything_held());
}

TEST_F(LogKeeperTest, KnowsAHoldThatItBroughtToTheLog) {
  ASSERT_TRUE(keeper_->learn_holds().ok());
  put_into_outbox(hold());
  ASSERT_TRUE(keeper_->deliver().ok());
  ASSERT_TRUE(keeper_->learn_holds().ok());
  EXPECT_TRUE(is_anything_held());
}

TEST_F(LogKeeperTest, KnowsAHoldWhoseFirstDeliveryWasNotHeardOf) {
  ASSERT_TRUE(keeper_->learn_holds().ok());
  const ChangeEvent change = hold();
  put_into_outbox(change);
  ASSERT_TRUE(state_
                  ->write([&](store::Transaction& transaction) {
                    return transaction.outbox().note_attempt(change.id.str(), 0);
                  })
                  .ok());
  ASSERT_TRUE(ledger_->append(change).ok());
  ASSERT_TRUE(keeper_->deliver().ok());
  EXPECT_TRUE(is_anything_held()) << "before it was looked for";
  ASSERT_TRUE(keeper_->learn_holds().ok());
  EXPECT_TRUE(is_anything_held());
}

}  // namespace
}  // namespace sally::app
