#include "ledger/retention.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/test_event.h"
#include "support/temp_folder.h"
#include "tlog/checkpoint.h"
#include "tlog/prover.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kOrigin = "example.com/gate";

class Retention : public testing::Test {
 protected:
  static crypto::Ed25519PrivateKey key() {
    return *crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
  }
  std::unique_ptr<Ledger> open() {
    auto ledger = Ledger::open({.folder = log_path(), .origin = std::string(kOrigin)}, key(),
                               clock_, logger_);
    EXPECT_TRUE(ledger.ok()) << ledger.error().to_string();
    return std::move(*ledger);
  }
  // One entry for each of `days`, in their order.
  void write(Ledger& ledger, int from_day, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(ledger.append(event_of(from_day + i)).ok());
    }
    ASSERT_TRUE(ledger.flush().ok());
  }
  ChangeEvent event_of(int day) {
    return {.id = Ulid::make(day_of(day), random_),
            .time = day_of(day),
            .what = "key.create",
            .target = std::to_string(day),
            .who = "uid=0"};
  }
  static WallTime day_of(int day) { return test_time(int64_t{day} * 86'400); }
  [[nodiscard]] std::filesystem::path log_path() const { return folder_.path() / "log"; }
  PrunePlan plan(int today, int keep_days, const Holds& holds = Holds(std::string(kOrigin))) {
    auto reader = LogReader::open(log_path());
    EXPECT_TRUE(reader.ok());
    const auto size = tlog::Checkpoint::parse(*reader->checkpoint())->size;
    auto out = plan_prune(*reader, size, std::chrono::days(keep_days), day_of(today), holds);
    EXPECT_TRUE(out.ok()) << out.error().to_string();
    return out.ok() ? *out : PrunePlan{};
  }
  // Every entry that is left can be proved to be in the tree of the newest checkpoint.
  void expect_proofs_from(uint64_t first) {
    auto reader = LogReader::open(log_path());
    ASSERT_TRUE(reader.ok());
    const auto checkpoint = tlog::Checkpoint::parse(*reader->checkpoint());
    ASSERT_TRUE(checkpoint.ok());
    tlog::FolderTiles tiles(log_path());
    EXPECT_EQ(*tlog::Prover(tiles, checkpoint->size).root(), checkpoint->root);
    for (uint64_t index = first; index < checkpoint->size; index += 37) {
      EXPECT_TRUE(tlog::Prover(tiles, checkpoint->size).inclusion(index).ok()) << index;
    }
  }

  test::TempFolder folder_;
  SeededRandom random_{11};
  FakeClock clock_{test_time()};
  int null_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  Logger logger_{null_, LogFormat::kJson, LogLevel::kError, clock_};
};

TEST_F(Retention, WithoutAPolicyNothingIsPruned) {
  write(*open(), 0, 300);
  auto reader = LogReader::open(log_path());
  const auto refused =
      plan_prune(*reader, 300, Millis(0), day_of(9'999), Holds(std::string(kOrigin)));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUsage);
}

TEST_F(Retention, WholeBundlesGoThatAreOldEnough) {
  write(*open(), 0, 700);
  EXPECT_EQ(plan(400, 150).minimum, 0U) << "250 entries are old enough: no whole bundle";
  EXPECT_EQ(plan(500, 150).minimum, 256U);
  EXPECT_EQ(plan(9'999, 1).minimum, 512U) << "the last bundle is not whole";
}

TEST_F(Retention, APlanLooksNoFurtherThanItIsTold) {
  write(*open(), 0, 700);
  auto reader = LogReader::open(log_path());
  const Holds none{std::string(kOrigin)};
  const auto plan = plan_prune(*reader, 700, std::chrono::days(1), day_of(9'999), none, 300);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->minimum, 256U);
}

TEST_F(Retention, WhatIsLeftIsReadAndProved) {
  write(*open(), 0, 700);
  const PrunePlan plan = this->plan(700, 150);
  ASSERT_EQ(plan.minimum, 512U);
  const auto report = prune(log_path(), plan);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->files, 4U) << "two bundles and two tiles";
  EXPECT_FALSE(std::filesystem::exists(log_path() / "tile/entries/000"));
  EXPECT_FALSE(std::filesystem::exists(log_path() / "tile/0/001"));
  EXPECT_TRUE(std::filesystem::exists(log_path() / "tile/1/000.p/2")) << "higher levels stay";

  auto reader = LogReader::open(log_path());
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->first(), 512U);
  std::vector<uint64_t> seen;
  const auto visit = [&](uint64_t seq, std::string_view) {
    seen.push_back(seq);
    return Visit::kContinue;
  };
  EXPECT_TRUE(reader->read(512, 1'000, visit).ok());
  EXPECT_EQ(seen.size(), 188U);
  const auto gone = reader->read(511, 1, visit);
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().kind(), ErrorKind::kNotFound);
  expect_proofs_from(512);
}

TEST_F(Retention, APrunedLogGoesOn) {
  write(*open(), 0, 700);
  ASSERT_TRUE(prune(log_path(), plan(700, 150)).ok());
  {
    const auto ledger = open();
    EXPECT_EQ(ledger->status().size, 700U);
    write(*ledger, 700, 100);
  }
  expect_proofs_from(512);
  EXPECT_EQ(plan(9'999, 1).minimum, 768U);
  EXPECT_EQ(plan(9'999, 1).present, 512U);
}

TEST_F(Retention, APruningThatWasCutShortIsFinishedByTheNext) {
  write(*open(), 0, 700);
  const PrunePlan first = plan(500, 150);
  ASSERT_TRUE(prune(log_path(), first).ok());
  std::filesystem::copy_file(log_path() / "tile/entries/001", log_path() / "tile/entries/000");
  ASSERT_TRUE(prune(log_path(), plan(9'999, 1)).ok());
  EXPECT_FALSE(std::filesystem::exists(log_path() / "tile/entries/000"));
}

TEST_F(Retention, AHoldKeepsWhatItProtectsAndItself) {
  const tlog::NoteSigner officer = *tlog::NoteSigner::make("alice", key());
  Hold hold{.id = Ulid::make(day_of(600), random_),
            .log = std::string(kOrigin),
            .placed = day_of(600),
            .matter = "m",
            .since = day_of(300)};
  hold.officers = {officer.verifier_key()};
  ChangeEvent placed = event_of(600);
  placed.what = kHoldPlaced;
  placed.after = hold.to_text();
  std::string entry;
  append_change(entry, placed);

  write(*open(), 0, 900);
  Holds since(std::string{kOrigin});
  since.take(600, entry);
  const PrunePlan kept = plan(9'999, 1, since);
  EXPECT_EQ(kept.minimum, 256U) << "day 300 and later are kept";
  EXPECT_EQ(kept.held_by, std::vector<std::string>{std::string(hold.id.str())});

  hold.since = day_of(9'000);  // protects nothing that is there, but itself
  placed.after = hold.to_text();
  entry.clear();
  append_change(entry, placed);
  Holds itself(std::string{kOrigin});
  itself.take(600, entry);
  EXPECT_EQ(plan(9'999, 1, itself).minimum, 512U);

  EXPECT_EQ(plan(9'999, 1).minimum, 768U) << "without a hold";
}

}  // namespace
}  // namespace sally::ledger
