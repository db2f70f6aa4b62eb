#include "ledger/engine.h"

#include <gmock/gmock.h>

#include "ledger/log_reader.h"
#include "ledger/test_disk.h"

namespace sally::ledger {
namespace {

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
    signer_.emplace(*tlog::NoteSigner::make("engine.test/log", *std::move(key)));
    settings_.folder = "/log";
    settings_.origin = "engine.test/log";
    settings_.ring_bytes = 4096;
  }

  Result<std::unique_ptr<Engine>> open() {
    disk_.restart(Crash::kProcess);
    return Engine::open(settings_, *signer_, clock_, random_, disk_);
  }
  std::unique_ptr<Engine> must_open() {
    auto opened = open();
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return *std::move(opened);
  }
  static void put(Engine::Lane& lane, const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
      ASSERT_TRUE(lane.ring.put(entry));
    }
  }
  // A log of these entries, signed.
  void write(const std::vector<std::string>& entries) {
    const auto engine = must_open();
    Engine::Lane* const lane = *engine->add_lane();
    put(*lane, entries);
    ASSERT_TRUE(engine->drain().ok());
    ASSERT_TRUE(engine->sync().ok());
    ASSERT_TRUE(engine->checkpoint().ok());
  }

  SeededRandom random_{1};
  SimulatedDisk disk_{random_};
  FakeClock clock_{WallTime(std::chrono::hours(500'000))};
  std::optional<tlog::NoteSigner> signer_;
  EngineSettings settings_;
};

TEST_F(EngineTest, FindsAndLocatesEveryFlippedBitOfItsJournal) {
  write({"one", "two", "three"});
  size_t tried = 0;
  for (const Disk::Path& path : disk_.files()) {
    if (path.parent_path() != "/log/journal") {
      continue;
    }
    const std::string whole = *disk_.bytes_of(path);
    for (size_t bit = 0; bit < whole.size() * 8; ++bit, ++tried) {
      std::string& bytes = *disk_.bytes_of(path);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
      const auto opened = open();
      ASSERT_FALSE(opened.ok()) << path << " bit " << bit;
      EXPECT_EQ(opened.error().kind(), ErrorKind::kCorrupt);
      EXPECT_THAT(opened.error().message(), testing::HasSubstr(path.string()));
      *disk_.bytes_of(path) = whole;
    }
  }
  EXPECT_GT(tried, 1000U);
  EXPECT_TRUE(open().ok());
}

TEST_F(EngineTest, FindsEveryFlippedBitOfItsCheckpoint) {
  write({"one", "two", "three"});
  const std::string whole = *disk_.bytes_of("/log/checkpoint");
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string& bytes = *disk_.bytes_of("/log/checkpoint");
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    EXPECT_FALSE(open().ok()) << bit;
    *disk_.bytes_of("/log/checkpoint") = whole;
  }
}

TEST_F(EngineTest, DrainsTheRingsOfADeadProcessOnce) {
  {
    const auto engine = must_open();
    Engine::Lane* const lane = *engine->add_lane();
    put(*lane, {"one", "two"});
    ASSERT_EQ(engine->drain().value_or(0), 2U);
    put(*lane, {"three"});
  }
  for (int life = 0; life < 3; ++life) {
    const auto engine = must_open();
    EXPECT_EQ(engine->written(), 3U);
    EXPECT_EQ(engine->durable(), 3U);
  }
}

TEST_F(EngineTest, WritesAgainWhatAFailedSyncMayHaveDropped) {
  const auto engine = must_open();
  Engine::Lane* const lane = *engine->add_lane();
  put(*lane, {"one", "two"});
  ASSERT_TRUE(engine->drain().ok());
  disk_.fail_syncs(1);
  EXPECT_FALSE(engine->sync().ok());
  EXPECT_TRUE(engine->must_rewrite());
  EXPECT_FALSE(engine->sync().ok()) << "a later success is not believed";
  EXPECT_EQ(engine->durable(), 0U);
  put(*lane, {"three"});
  ASSERT_EQ(engine->drain().value_or(0), 1U);
  EXPECT_EQ(engine->durable(), 2U);
  ASSERT_TRUE(engine->sync().ok());
  disk_.restart(Crash::kMachine);
  EXPECT_EQ(must_open()->written(), 3U);
}

TEST_F(EngineTest, ReportsAClockThatWentBackAndGoesOn) {
  const auto engine = must_open();
  Engine::Lane* const lane = *engine->add_lane();
  put(*lane, {"one"});
  ASSERT_TRUE(engine->drain().ok());
  clock_.advance(std::chrono::hours(-2));
  put(*lane, {"two"});
  ASSERT_TRUE(engine->drain().ok());
  const auto reports = engine->take_reports();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].notice, Notice::kClockBack);
  ASSERT_TRUE(engine->sync().ok());
  EXPECT_TRUE(engine->checkpoint().value_or(false));
  EXPECT_EQ(engine->checkpoint_size(), 2U);
}

TEST_F(EngineTest, LetsGoOfSegmentsThatAreInDurableTiles) {
  settings_.segment_bytes = 1024;
  const auto engine = must_open();
  Engine::Lane* const lane = *engine->add_lane();
  for (int i = 0; i < 600; ++i) {
    put(*lane, {"entry " + std::to_string(i)});
    ASSERT_TRUE(engine->drain().ok());
    ASSERT_TRUE(engine->sync().ok());
  }
  ASSERT_TRUE(engine->checkpoint().value_or(false));
  const auto names = *disk_.list("/log/journal");
  EXPECT_LE(*parse_segment_name(names.front()), 512U);
  EXPECT_GT(*parse_segment_name(names.front()), 400U);
  auto reader = LogReader::open("/log", disk_);
  uint64_t seen = 0;
  ASSERT_TRUE(reader
                  ->read(0, UINT64_MAX,
                         [&](uint64_t seq, std::string_view entry) {
                           EXPECT_EQ(entry, "entry " + std::to_string(seq));
                           ++seen;
                           return Visit::kContinue;
                         })
                  .ok());
  EXPECT_EQ(seen, 600U);
}

}  // namespace
}  // namespace sally::ledger
