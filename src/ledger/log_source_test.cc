#include "ledger/log_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <optional>

#include "ledger/ledger.h"
#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

class LogSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
    ASSERT_TRUE(key.ok());
    auto opened = Ledger::open({.folder = folder_.path() / "log", .origin = "example.test/gate"},
                               *std::move(key), clock_, logger_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    ledger_ = *std::move(opened);
  }
  void append(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      std::string entry;
      append_event(entry, test_event(random_));
      ASSERT_TRUE(ledger_->append(entry).ok());
    }
  }
  std::unique_ptr<LogSource> open() {
    auto opened = LogSource::open(folder_.path() / "log");
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return *std::move(opened);
  }

  TestFolder folder_;
  SeededRandom random_{1};
  const SystemClock clock_;
  Logger logger_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
                 clock_};
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LogSourceTest, ReadsLiveAndAgainTheSame) {
  append(5);
  const auto source = open();
  std::vector<uint64_t> seen;
  const EventSource::Visitor note = [&](const SourcedEvent& event) {
    EXPECT_TRUE(parse_event(event.json).ok());
    seen.push_back(event.seq);
  };
  EXPECT_EQ(*source->read(0, 3, note), 3U);
  EXPECT_EQ(*source->read(3, 100, note), 5U);
  EXPECT_EQ(*source->read(5, 100, note), 5U);
  append(2);
  EXPECT_EQ(*source->read(5, 100, note), 7U);
  EXPECT_EQ(seen, (std::vector<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
  seen.clear();
  ASSERT_TRUE(ledger_->flush().ok());  // the same from tiles as from the journal
  EXPECT_EQ(*open()->read(2, 3, note), 5U);
  EXPECT_EQ(seen, (std::vector<uint64_t>{2, 3, 4}));
  EXPECT_EQ(*source->read(7, 0, note), 7U);
}

TEST_F(LogSourceTest, APositionBehindTheEndIsOfAnotherLog) {
  append(2);
  const auto source = open();
  const auto read = source->read(3, 1, [](const SourcedEvent&) {});
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
}

// A consumer that stores what it counted together with its position counts each event once,
// wherever it dies.
TEST_F(LogSourceTest, AConsumerThatDiesBetweenReadingAndStoringCountsEachEventOnce) {
  struct Stored {
    uint64_t position = 0;
    uint64_t counted = 0;
  } stored;
  append(40);
  for (int life = 0; life < 30; ++life) {
    append(1);
    const auto source = open();
    Stored fresh = stored;
    const auto next =
        source->read(fresh.position, 7, [&fresh](const SourcedEvent&) { ++fresh.counted; });
    ASSERT_TRUE(next.ok());
    fresh.position = *next;
    if (life % 3 != 1) {  // otherwise it dies before it stores
      stored = fresh;
    }
  }
  EXPECT_EQ(stored.position, 70U);
  EXPECT_EQ(stored.counted, 70U);
}

TEST_F(LogSourceTest, WithoutALogThereIsNothing) {
  const auto opened = LogSource::open(folder_.path() / "none");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace sally::ledger
