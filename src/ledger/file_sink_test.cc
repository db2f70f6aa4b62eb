#include "ledger/file_sink.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What a faulty disk does next. Shared by every file opened through it.
struct Faults {
  size_t space = SIZE_MAX;  // bytes that may still be written
  bool write_fails = false;
  bool truncate_fails = false;
  bool sync_fails = false;
  bool open_fails = false;
  size_t largest_write = SIZE_MAX;  // longer ones are written in part
  size_t syncs = 0;
};

Error broken(std::string_view what) {
  return Error(ErrorKind::kIo, std::string(what) + " broke");
}

class FaultyFile final : public RecordFile {
 public:
  FaultyFile(Faults& faults, std::unique_ptr<RecordFile> file)
      : faults_(faults), file_(std::move(file)) {}

  Result<size_t> write(std::string_view bytes) override {
    if (faults_.write_fails || faults_.space == 0) {
      return broken("write");
    }
    const size_t length = std::min({bytes.size(), faults_.space, faults_.largest_write});
    TRY(const size_t written, file_->write(bytes.substr(0, length)));
    faults_.space -= faults_.space == SIZE_MAX ? 0 : written;
    return written;
  }
  Result<> truncate(uint64_t size) override {
    return faults_.truncate_fails ? Result<>(broken("truncate")) : file_->truncate(size);
  }
  Result<> sync() override {
    ++faults_.syncs;
    return faults_.sync_fails ? Result<>(broken("sync")) : file_->sync();
  }

 private:
  Faults& faults_;
  std::unique_ptr<RecordFile> file_;
};

// A disk that takes as long as the test wants.
class SlowFile final : public RecordFile {
 public:
  SlowFile(std::shared_future<void> disk, std::unique_ptr<RecordFile> file)
      : disk_(std::move(disk)), file_(std::move(file)) {}
  Result<size_t> write(std::string_view bytes) override { return file_->write(bytes); }
  Result<> truncate(uint64_t size) override { return file_->truncate(size); }
  Result<> sync() override {
    disk_.wait();
    return file_->sync();
  }

 private:
  std::shared_future<void> disk_;
  std::unique_ptr<RecordFile> file_;
};

class FileRecordTest : public ::testing::Test {
 protected:
  FileRecordTest() {
    const std::string log_path = folder_.path() / "log";
    log_fd_ = ::open(log_path.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    log_ = std::make_unique<Logger>(log_fd_, LogFormat::kText, LogLevel::kDebug, clock_);
  }
  ~FileRecordTest() override { ::close(log_fd_); }

  std::unique_ptr<FileRecord> open(uint64_t rotate_bytes = 1 << 20, uint32_t keep = 3) {
    auto opened = try_open(rotate_bytes, keep);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  Result<std::unique_ptr<FileRecord>> try_open(uint64_t rotate_bytes = 1 << 20, uint32_t keep = 3) {
    RecordSettings settings{.path = folder_.file(),
                            .rotate_bytes = rotate_bytes,
                            .keep = keep,
                            .sync_every = Millis::zero()};
    return FileRecord::open(
        std::move(settings), clock_, *log_,
        [this](const std::filesystem::path& path) -> Result<std::unique_ptr<RecordFile>> {
          if (faults_.open_fails) {
            return broken("open");
          }
          TRY(auto file, open_record_file(path));
          return std::unique_ptr<RecordFile>(
              std::make_unique<FaultyFile>(faults_, std::move(file)));
        });
  }

  // Records `count` events in one turn; whether each was written.
  bool record(EventSink& lane, size_t count = 1) {
    std::vector<Task<Result<>>> waits;
    for (size_t i = 0; i < count; ++i) {
      waits.push_back(lane.record(test_event(random_)));
    }
    lane.commit();
    bool all = true;
    for (auto& wait : waits) {
      all = std::move(wait).run_to_completion().ok() && all;
    }
    return all;
  }

  std::vector<uint64_t> seqs_in(const std::filesystem::path& path) {
    auto file = ReadFile::open(path);
    std::vector<uint64_t> seqs;
    ForwardLines lines(*file);
    while (true) {
      auto line = lines.next();
      if (!line.ok() || !*line) {
        break;
      }
      auto parsed = parse_line(**line);
      EXPECT_TRUE(parsed.ok());
      seqs.push_back(parsed->seq);
    }
    EXPECT_EQ(lines.torn_bytes(), 0U);
    return seqs;
  }
  std::string log() { return slurp(folder_.path() / "log"); }

  TestFolder folder_;
  SeededRandom random_{42};
  FakeClock clock_{test_time()};
  int log_fd_ = -1;
  std::unique_ptr<Logger> log_;
  Faults faults_;
};

using Seqs = std::vector<uint64_t>;

TEST_F(FileRecordTest, NumbersEventsFromOneAcrossLanesAndRestarts) {
  {
    const auto record_file = open();
    const auto one = record_file->lane();
    const auto two = record_file->lane();
    EXPECT_TRUE(record(*one, 2));
    EXPECT_TRUE(record(*two, 1));
    EXPECT_TRUE(record(*one, 1));
    EXPECT_EQ(record_file->next_seq(), 5U);
  }
  const auto record_file = open();
  EXPECT_TRUE(record(*record_file->lane()));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2, 3, 4, 5}));
}

TEST_F(FileRecordTest, TheEventIsEncodedAtOnceAndWrittenAtCommit) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  AccessEvent event = test_event(random_);
  event.model = "before";
  auto wait = lane->record(event);
  event.model = "after";
  EXPECT_EQ(slurp(folder_.file()), "");
  lane->commit();
  EXPECT_THAT(slurp(folder_.file()), HasSubstr("\"name\":\"before\""));
  EXPECT_TRUE(std::move(wait).run_to_completion().ok());
}

Task<void> record_and_note(EventSink& lane, AccessEvent event, int& done) {
  auto written = co_await lane.record(event);
  done += written.ok() ? 1 : 100;
}

TEST_F(FileRecordTest, ThoseWhoWaitAreResumedByCommit) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  int done = 0;
  for (int i = 0; i < 3; ++i) {
    detach(record_and_note(*lane, test_event(random_), done));
  }
  EXPECT_EQ(done, 0);
  lane->commit();
  EXPECT_EQ(done, 3);
}

Task<void> record_thrice(EventSink& lane, AccessEvent event, int& done) {
  for (int i = 0; i < 3; ++i) {
    auto written = co_await lane.record(event);
    done += written.ok() ? 1 : 100;
  }
}

TEST_F(FileRecordTest, WhoRecordsAgainWhenResumedIsWrittenInTheSameCommit) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  int done = 0;
  detach(record_thrice(*lane, test_event(random_), done));
  lane->commit();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2, 3}));
}

struct ToDestroy {
  std::optional<Task<void>> task;
};
Task<void> record_and_destroy(EventSink& lane, AccessEvent event, ToDestroy& other) {
  auto written = co_await lane.record(event);
  EXPECT_TRUE(written.ok());
  other.task.reset();
}

TEST_F(FileRecordTest, AWaitMayBeDestroyedBeforeAndDuringACommit) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  int done = 0;
  ToDestroy gone_before;
  ToDestroy gone_during;
  // A task is started by the one that awaits it; here by hand.
  const auto start = [](Task<void>& task) {
    auto awaiter = std::move(task).operator co_await();
    awaiter.await_suspend(std::noop_coroutine()).resume();
  };
  gone_before.task.emplace(record_and_note(*lane, test_event(random_), done));
  start(*gone_before.task);
  gone_before.task.reset();
  detach(record_and_destroy(*lane, test_event(random_), gone_during));
  gone_during.task.emplace(record_and_note(*lane, test_event(random_), done));
  start(*gone_during.task);
  lane->commit();
  EXPECT_EQ(done, 0);
  // Gone are the waits, not the events.
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2, 3}));
}

TEST_F(FileRecordTest, AFullDiskFailsThoseWhoWaitAndLeavesWholeLines) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  ASSERT_TRUE(record(*lane, 2));
  faults_.space = 300;  // less than a line
  EXPECT_FALSE(record(*lane, 3));
  EXPECT_FALSE(lane->healthy());
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2}));
  EXPECT_THAT(log(), HasSubstr("record.failed"));

  faults_.space = SIZE_MAX;
  // Not before its time.
  EXPECT_FALSE(record(*lane));
  clock_.advance(std::chrono::milliseconds(150));
  EXPECT_TRUE(record(*lane));
  EXPECT_TRUE(lane->healthy());
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2, 3}));
  EXPECT_THAT(log(), HasSubstr("record.recovered"));
}

TEST_F(FileRecordTest, AnIdleLaneFindsOutThatTheDiskIsBack) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  faults_.write_fails = true;
  EXPECT_FALSE(record(*lane));
  faults_.write_fails = false;
  lane->commit();
  EXPECT_FALSE(lane->healthy());
  clock_.advance(std::chrono::seconds(1));
  lane->commit();
  EXPECT_TRUE(lane->healthy());
  EXPECT_EQ(slurp(folder_.file()), "");
}

TEST_F(FileRecordTest, TriesAgainLessAndLessOften) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  faults_.write_fails = true;
  EXPECT_FALSE(record(*lane));
  for (const int milliseconds : {100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000}) {
    faults_.write_fails = false;
    clock_.advance(std::chrono::milliseconds(milliseconds - 1));
    lane->commit();
    EXPECT_FALSE(lane->healthy());
    faults_.write_fails = true;
    clock_.advance(std::chrono::milliseconds(1));
    lane->commit();
    EXPECT_FALSE(lane->healthy());
  }
}

TEST_F(FileRecordTest, ATornLineThatCannotBeCutIsCutBeforeAnythingElseIsWritten) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  ASSERT_TRUE(record(*lane));
  faults_.space = 100;
  faults_.truncate_fails = true;
  EXPECT_FALSE(record(*lane));
  faults_.space = SIZE_MAX;
  clock_.advance(std::chrono::seconds(10));
  EXPECT_FALSE(record(*lane));
  faults_.truncate_fails = false;
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(record(*lane));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2}));
}

TEST_F(FileRecordTest, PartialWritesAreCompleted) {
  const auto record_file = open();
  faults_.largest_write = 37;
  EXPECT_TRUE(record(*record_file->lane(), 5));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1, 2, 3, 4, 5}));
}

TEST_F(FileRecordTest, AFailedSyncMakesItUnhealthyUntilASyncSucceeds) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  ASSERT_TRUE(record(*lane));
  faults_.sync_fails = true;
  EXPECT_FALSE(record_file->sync().ok());
  EXPECT_FALSE(lane->healthy());
  clock_.advance(std::chrono::seconds(10));
  EXPECT_FALSE(record(*lane));
  faults_.sync_fails = false;
  clock_.advance(std::chrono::seconds(10));
  EXPECT_TRUE(record(*lane));
}

TEST_F(FileRecordTest, SyncsOnlyWhatIsNew) {
  const auto record_file = open();
  const auto lane = record_file->lane();
  EXPECT_TRUE(record(*lane));
  EXPECT_TRUE(record_file->sync().ok());
  EXPECT_TRUE(record_file->sync().ok());
  EXPECT_EQ(faults_.syncs, 1U);
}

TEST_F(FileRecordTest, RotatesBySizeAndKeepsSoMany) {
  {
    const auto record_file = open(2'900, 2);
    const auto lane = record_file->lane();
    for (int i = 0; i < 9; ++i) {
      ASSERT_TRUE(record(*lane));  // two lines fit into one file
    }
  }
  auto rotated = rotated_files(folder_.file());
  ASSERT_TRUE(rotated.ok());
  ASSERT_EQ(rotated->size(), 2U);
  EXPECT_EQ(seqs_in((*rotated)[0].path), (Seqs{5, 6}));
  EXPECT_EQ((*rotated)[0].first_seq, 5U);
  EXPECT_EQ(seqs_in((*rotated)[1].path), (Seqs{7, 8}));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{9}));

  const auto record_file = open(2'900, 2);
  EXPECT_TRUE(record(*record_file->lane(), 2));
  rotated = rotated_files(folder_.file());
  EXPECT_EQ(rotated->back().first_seq, 9U);
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{10, 11}));
}

TEST_F(FileRecordTest, ARotationDoesNotWaitForTheDisk) {
  std::promise<void> disk;
  const std::shared_future<void> written = disk.get_future().share();
  size_t count = 0;
  {
    auto opened = FileRecord::open(
        {.path = folder_.file(), .rotate_bytes = 2'000, .keep = 50, .sync_every = Millis{60'000}},
        clock_, *log_, [written](const auto& path) -> Result<std::unique_ptr<RecordFile>> {
          TRY(auto file, open_record_file(path));
          return std::unique_ptr<RecordFile>(std::make_unique<SlowFile>(written, std::move(file)));
        });
    ASSERT_TRUE(opened);
    const auto lane = (*opened)->lane();
    for (; count < 30; ++count) {
      EXPECT_TRUE(record(*lane));
    }
    disk.set_value();
  }
  size_t found = seqs_in(folder_.file()).size();
  const auto rotated = rotated_files(folder_.file());
  EXPECT_GE(rotated->size(), 2U);
  for (const auto& file : *rotated) {
    found += seqs_in(file.path).size();
  }
  EXPECT_EQ(found, count);
}

TEST_F(FileRecordTest, ContinuesTheNumbersWhenTheCurrentFileIsEmpty) {
  {
    const auto record_file = open(700, 3);
    const auto lane = record_file->lane();
    ASSERT_TRUE(record(*lane));
    ASSERT_TRUE(record(*lane));
  }
  // As after a crash between rotation and the first line.
  std::filesystem::rename(folder_.file(), rotated_name(folder_.file(), 2));
  const auto record_file = open(700, 3);
  EXPECT_EQ(record_file->next_seq(), 3U);
}

TEST_F(FileRecordTest, ARotationThatFailsFailsTheEventsAndIsTriedAgain) {
  const auto record_file = open(700, 3);
  const auto lane = record_file->lane();
  ASSERT_TRUE(record(*lane));
  faults_.open_fails = true;
  EXPECT_FALSE(record(*lane));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{1}));
  faults_.open_fails = false;
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(record(*lane));
  EXPECT_EQ(seqs_in(folder_.file()), (Seqs{2}));
  EXPECT_EQ(seqs_in(rotated_name(folder_.file(), 1)), (Seqs{1}));
}

TEST_F(FileRecordTest, ATornLastLineIsCutOffWherever) {
  {
    const auto record_file = open();
    ASSERT_TRUE(record(*record_file->lane(), 3));
  }
  const std::string whole = slurp(folder_.file());
  const size_t third = whole.rfind('\n', whole.size() - 2) + 1;
  for (size_t cut = third; cut < whole.size(); ++cut) {
    spew(folder_.file(), whole.substr(0, cut));
    const auto record_file = open();
    EXPECT_EQ(record_file->next_seq(), 3U);
    EXPECT_EQ(record_file->repaired_bytes(), cut - third);
    EXPECT_EQ(slurp(folder_.file()).size(), third);
  }
  EXPECT_THAT(log(), HasSubstr("record.repaired"));
}

TEST_F(FileRecordTest, ALastLineThatIsNoEventIsNotWrittenOver) {
  spew(folder_.file(), "something else\n");
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::kCorrupt);
  EXPECT_EQ(slurp(folder_.file()), "something else\n");
}

TEST_F(FileRecordTest, OnlyOneProcessWritesARecord) {
  const auto record_file = open();
  const auto second = try_open();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::kConflict);
}

TEST_F(FileRecordTest, LanesOfManyThreadsWriteOneSequence) {
  {
    const auto record_file = open(64 * 1024, 100);
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < 4; ++t) {
      threads.emplace_back([&record_file, t] {
        SeededRandom random(t);
        const auto lane = record_file->lane();
        for (int turn = 0; turn < 50; ++turn) {
          for (int i = 0; i < 5; ++i) {
            // Nobody waits: the event is written all the same.
            [[maybe_unused]] const auto wait = lane->record(test_event(random));
          }
          lane->commit();
        }
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }
  Seqs all;
  const auto rotated = rotated_files(folder_.file());
  for (const RotatedFile& file : *rotated) {
    const Seqs seqs = seqs_in(file.path);
    all.insert(all.end(), seqs.begin(), seqs.end());
  }
  const Seqs seqs = seqs_in(folder_.file());
  all.insert(all.end(), seqs.begin(), seqs.end());
  ASSERT_EQ(all.size(), 1'000U);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i], i + 1);
  }
}

TEST_F(FileRecordTest, TheThreadThatSyncsRunsBesideTheLanes) {
  {
    auto opened = FileRecord::open(
        {.path = folder_.file(), .rotate_bytes = 20'000, .keep = 100, .sync_every = Millis(1)},
        clock_, *log_);
    ASSERT_TRUE(opened.ok());
    const auto lane = (*opened)->lane();
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(record(*lane));
    }
  }
  EXPECT_EQ(seqs_in(folder_.file()).back(), 300U);
}

TEST_F(FileRecordTest, FilesAreTheOwnersAlone) {
  const auto record_file = open();
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder_.file()).permissions() &
                (perms::group_all | perms::others_all),
            perms::none);
}

}  // namespace
}  // namespace sally::ledger
