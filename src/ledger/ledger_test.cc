#include "ledger/ledger.h"

#include <fcntl.h>
#include <gmock/gmock.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "ledger/log_reader.h"
#include "ledger/test_disk.h"
#include "ledger/test_event.h"
#include "support/temp_folder.h"
#include "tlog/checkpoint.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kOrigin = "example.test/gate";

crypto::Ed25519PrivateKey key(char fill = 'k') {
  auto made = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, fill)));
  EXPECT_TRUE(made.ok());
  return *std::move(made);
}

// A ledger in a folder of its own.
class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { settings_.folder = folder_.path() / "ledger"; }

  Result<std::unique_ptr<Ledger>> open(Disk& disk = real_disk()) {
    return Ledger::open(settings_, key(), clock_, log_, disk);
  }
  std::unique_ptr<Ledger> must_open(Disk& disk = real_disk()) {
    auto opened = open(disk);
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return *std::move(opened);
  }
  std::vector<std::string> entries() {
    std::vector<std::string> out;
    auto reader = LogReader::open(settings_.folder);
    EXPECT_TRUE(reader.ok()) << reader.error().message();
    const auto read = reader->read(0, UINT64_MAX, [&](uint64_t seq, std::string_view entry) {
      EXPECT_EQ(seq, out.size());
      out.emplace_back(entry);
      return Visit::kContinue;
    });
    EXPECT_TRUE(read.ok()) << read.error().message();
    return out;
  }
  static tlog::Checkpoint parse(const std::string& text) {
    const auto note = tlog::Note::parse(text);
    EXPECT_TRUE(note.ok()) << text;
    const auto checkpoint = tlog::Checkpoint::parse(note->text);
    EXPECT_TRUE(checkpoint.ok()) << text;
    return *checkpoint;
  }

  AccessEvent event(int64_t second = 0) { return test_event(random_, second); }

  SeededRandom random_{1};
  const test::TempFolder folder_;
  const SystemClock clock_;
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
  LedgerSettings settings_{.folder = {}, .origin = std::string(kOrigin)};
};

TEST_F(LedgerTest, NumbersItsEntriesFromZeroAndSignsThem) {
  const auto ledger = must_open();
  for (uint64_t i = 0; i < 3; ++i) {
    const auto number = ledger->append("entry " + std::to_string(i));
    ASSERT_TRUE(number.ok()) << number.error().message();
    EXPECT_EQ(*number, i);
  }
  ASSERT_TRUE(ledger->flush().ok());
  EXPECT_EQ(ledger->status().checkpoint_size, 3U);
  EXPECT_EQ(parse(ledger->checkpoint()).size, 3U);
  EXPECT_EQ(parse(ledger->checkpoint()).origin, kOrigin);
  EXPECT_THAT(entries(), testing::ElementsAre("entry 0", "entry 1", "entry 2"));
}

TEST_F(LedgerTest, GoesOnWhereItEnded) {
  for (int life = 0; life < 3; ++life) {
    const auto ledger = must_open();
    for (int i = 0; i < 200; ++i) {
      ASSERT_EQ(ledger->append("x").value_or(0), static_cast<uint64_t>(life * 200 + i));
    }
  }
  EXPECT_EQ(entries().size(), 600U);
  EXPECT_TRUE(std::filesystem::exists(settings_.folder / "tile/0/001"));
  EXPECT_TRUE(std::filesystem::exists(settings_.folder / "tile/entries/002.p/88"));
}

TEST_F(LedgerTest, SignsEverythingWhenItCloses) {
  must_open()->append("the last one").value_or(0);
  auto reader = LogReader::open(settings_.folder);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(parse(*reader->checkpoint()).size, 1U);
}

TEST_F(LedgerTest, RecordsEventsOfALoopWithoutLeavingIt) {
  const auto ledger = must_open();
  auto lane = ledger->lane({});
  ASSERT_TRUE(lane.ok());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE((*lane)->record(event()).run_to_completion().ok());
  }
  (*lane)->commit();
  ASSERT_TRUE(ledger->flush().ok());
  EXPECT_EQ(ledger->status().checkpoint_size, 1000U);
  EXPECT_EQ(entries().size(), 1000U);
}

// A loop that is only what a lane needs of one: it turns when it is woken.
class Turns {
 public:
  std::function<void()> waker() {
    return [this] {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      changed_.notify_all();
    };
  }
  void until(EventSink& lane, const std::function<bool()>& done) {
    for (;;) {
      lane.commit();
      if (done()) {
        return;
      }
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return woken_; });
      woken_ = false;
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

Task<void> record_and_tell(EventSink& lane, AccessEvent event, std::vector<bool>& results) {
  const auto recorded = co_await lane.record(event);
  results.push_back(recorded.ok());
}

TEST_F(LedgerTest, AcknowledgesWithEveryOnlyWhatIsDurable) {
  settings_.durability = Durability::kEvery;
  const auto ledger = must_open();
  Turns turns;
  auto lane = ledger->lane(turns.waker());
  ASSERT_TRUE(lane.ok());
  std::vector<bool> results;
  for (int i = 0; i < 10; ++i) {
    detach(record_and_tell(**lane, event(), results));
  }
  EXPECT_TRUE(results.empty());
  turns.until(**lane, [&] { return results.size() == 10; });
  EXPECT_THAT(results, testing::Each(true));
  EXPECT_EQ(ledger->status().durable, 10U);
}

TEST_F(LedgerTest, LetsWhoFindsAFullRingWait) {
  settings_.ring_bytes = size_t{160} << 10;
  const auto ledger = must_open();
  Turns turns;
  auto lane = ledger->lane(turns.waker());
  ASSERT_TRUE(lane.ok());
  std::vector<bool> results;
  constexpr size_t kEvents = 2000;  // more than a ring holds
  for (size_t i = 0; i < kEvents; ++i) {
    detach(record_and_tell(**lane, event(), results));
  }
  EXPECT_LT(results.size(), kEvents);
  turns.until(**lane, [&] { return results.size() == kEvents; });
  EXPECT_THAT(results, testing::Each(true));
  ASSERT_TRUE(ledger->flush().ok());
  EXPECT_EQ(entries().size(), kEvents);
}

TEST_F(LedgerTest, IsOfOneProcessAtATime) {
  const auto ledger = must_open();
  const auto second = open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
}

TEST_F(LedgerTest, RefusesAnotherOriginOrKey) {
  must_open()->append("x").value_or(0);
  auto other_key = Ledger::open(settings_, key('o'), clock_, log_);
  ASSERT_FALSE(other_key.ok());
  EXPECT_EQ(other_key.error().kind(), ErrorKind::kUsage);
  settings_.origin = "example.test/other";
  auto other_origin = open();
  ASSERT_FALSE(other_origin.ok());
  EXPECT_EQ(other_origin.error().kind(), ErrorKind::kUsage);
}

TEST_F(LedgerTest, RefusesAnOlderLogThanItsCheckpoint) {
  const std::filesystem::path journal = settings_.folder / "journal";
  const std::filesystem::path kept = folder_.path() / "kept";
  must_open()->append("one").value_or(0);
  std::filesystem::copy(journal, kept);
  must_open()->append("two").value_or(0);
  std::filesystem::remove_all(journal);
  std::filesystem::rename(kept, journal);
  const auto restored = open();
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(restored.error().message(), testing::HasSubstr("has 1 entries"));
}

TEST_F(LedgerTest, ContinuesACopyOfItsPublishedFiles) {
  {
    const auto ledger = must_open();
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(ledger->append("entry").ok());
    }
  }
  std::filesystem::remove_all(settings_.folder / "journal");
  std::filesystem::remove_all(settings_.folder / "ring");
  EXPECT_EQ(entries().size(), 300U);
  EXPECT_EQ(must_open()->append("one more").value_or(0), 300U);
  EXPECT_EQ(entries().size(), 301U);
}

TEST_F(LedgerTest, SignsNothingMoreOnceItWasToldNotTo) {
  const auto ledger = must_open();
  ASSERT_TRUE(ledger->append("x").ok());
  ASSERT_TRUE(ledger->flush().ok());
  ledger->stop_signing("a witness has seen 5 entries, this log has 1");
  EXPECT_FALSE(ledger->healthy());
  EXPECT_THAT(ledger->status().failure, testing::HasSubstr("a witness has seen 5"));
  EXPECT_FALSE(ledger->append("y").ok());
  EXPECT_EQ(ledger->status().checkpoint_size, 1U);
}

TEST_F(LedgerTest, PublishesCheckpointsAndKeepsCosignatures) {
  const auto ledger = must_open();
  std::vector<std::string> seen;
  std::mutex mutex;
  ledger->on_checkpoint([&](std::string_view note) {
    const std::lock_guard lock(mutex);
    seen.emplace_back(note);
  });
  ASSERT_TRUE(ledger->append("x").ok());
  ASSERT_TRUE(ledger->flush().ok());
  ledger->on_checkpoint({});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(parse(seen[0]).size, 1U);

  const std::string line = "\u2014 witness.test AAAAAAECAwQFBgc=\n";
  EXPECT_EQ(ledger->add_cosignature(line, 7).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(ledger->add_cosignature(line, 1).ok());
  ASSERT_TRUE(ledger->add_cosignature(line, 1).ok()) << "the same witness again";
  EXPECT_EQ(ledger->checkpoint(), seen[0] + line);
  EXPECT_EQ(*LogReader::open(settings_.folder)->checkpoint(), seen[0] + line);
  EXPECT_FALSE(ledger->add_cosignature("nonsense", 1).ok());
}

TEST_F(LedgerTest, RefusesAnEntryThatIsTooLong) {
  const auto ledger = must_open();
  EXPECT_TRUE(ledger->append(std::string(65'535, 'x')).ok());
  EXPECT_EQ(ledger->append(std::string(65'536, 'x')).error().kind(), ErrorKind::kTooLarge);
}

TEST_F(LedgerTest, RecordsAnEventOfAnyLength) {
  const auto ledger = must_open();
  auto lane = ledger->lane({});
  AccessEvent long_one = event(1);
  long_one.path = std::string(60'000, '"');
  EXPECT_TRUE((*lane)->record(long_one).run_to_completion().ok());
  ASSERT_TRUE(ledger->flush().ok());
  EXPECT_LE(entries().at(0).size(), 65'535U);
  EXPECT_THAT(entries().at(0), testing::HasSubstr(std::string(long_one.id.str())));
}

// Fails on demand, from any thread.
class FailingDisk final : public Disk {
 public:
  std::atomic<bool> fails{false};

  Result<std::unique_ptr<DiskFile>> create(const Path& path) override {
    TRY(auto file, real_disk().create(path));
    return std::make_unique<File>(*this, std::move(file));
  }
  Result<std::unique_ptr<DiskFile>> open(const Path& path) override {
    return real_disk().open(path);
  }
  Result<std::unique_ptr<DiskMapping>> map(const Path& path, size_t size) override {
    return real_disk().map(path, size);
  }
  Result<std::unique_ptr<DiskLock>> lock(const Path& path) override {
    return real_disk().lock(path);
  }
  Result<> rename(const Path& from, const Path& to) override {
    return real_disk().rename(from, to);
  }
  Result<> remove(const Path& path) override { return real_disk().remove(path); }
  Result<> make_folder(const Path& path) override { return real_disk().make_folder(path); }
  Result<> sync_folder(const Path& path) override { return real_disk().sync_folder(path); }
  Result<> sync_tree(const Path& path) override { return real_disk().sync_tree(path); }
  Result<std::vector<std::string>> list(const Path& path) override {
    return real_disk().list(path);
  }
  Result<std::string> read_file(const Path& path, size_t most) override {
    return real_disk().read_file(path, most);
  }

 private:
  class File final : public DiskFile {
   public:
    File(FailingDisk& disk, std::unique_ptr<DiskFile> file) : disk_(disk), file_(std::move(file)) {}
    Result<> write(uint64_t offset, std::string_view bytes) override {
      return disk_.fails ? full() : file_->write(offset, bytes);
    }
    Result<> read(uint64_t offset, size_t length, std::string& out) const override {
      return file_->read(offset, length, out);
    }
    Result<uint64_t> size() const override { return file_->size(); }
    Result<> sync() override { return disk_.fails ? full() : file_->sync(); }

   private:
    static Result<> full() { return Error(ErrorKind::kIo, "no space left on device"); }
    FailingDisk& disk_;
    std::unique_ptr<DiskFile> file_;
  };
};

TEST_F(LedgerTest, IsUnhealthyWhileTheDiskIsFullAndThenGoesOn) {
  FailingDisk disk;
  const auto ledger = must_open(disk);
  ASSERT_TRUE(ledger->append("before").ok());
  disk.fails = true;
  const auto refused = ledger->append("kept in memory");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(ledger->healthy());
  EXPECT_THAT(ledger->status().failure, testing::HasSubstr("no space left"));

  Turns turns;
  auto lane = ledger->lane(turns.waker());
  EXPECT_FALSE((*lane)->healthy());
  disk.fails = false;
  while (!ledger->healthy()) {  // it tries again by itself
    std::this_thread::yield();
  }
  ASSERT_TRUE(ledger->append("after").ok());
  ASSERT_TRUE(ledger->flush().ok());
  std::vector<std::string> all = entries();
  const auto notice = std::ranges::find_if(
      all, [](const std::string& entry) { return entry.find("log.unwritable") != entry.npos; });
  ASSERT_NE(notice, all.end());
  all.erase(notice);
  EXPECT_THAT(all, testing::ElementsAre("before", "kept in memory", "after"));
}

TEST_F(LedgerTest, ServesWithoutARecordWhereItWasToldTo) {
  settings_.when_unwritable = WhenUnwritable::kServe;
  settings_.ring_bytes = size_t{160} << 10;
  FailingDisk disk;
  const auto ledger = must_open(disk);
  disk.fails = true;
  EXPECT_FALSE(ledger->append("x").ok());
  Turns turns;
  auto lane = ledger->lane(turns.waker());
  EXPECT_TRUE((*lane)->healthy());
  for (uint64_t i = 0; i < 2000; ++i) {
    EXPECT_TRUE((*lane)->record(event()).run_to_completion().ok());
  }
  EXPECT_GT(ledger->status().lost, 0U);
  EXPECT_LT(ledger->status().lost, 2000U);
}

}  // namespace
}  // namespace sally::ledger
