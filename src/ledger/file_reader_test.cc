#include "ledger/file_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/file_sink.h"
#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Seqs = std::vector<uint64_t>;

class RecordReaderTest : public ::testing::Test {
 protected:
  // Two events to a file.
  std::unique_ptr<FileRecord> writer(uint32_t keep = 100) {
    auto opened = FileRecord::open(
        {.path = folder_.file(), .rotate_bytes = 2'900, .keep = keep, .sync_every = Millis::zero()},
        clock_, log_);
    EXPECT_TRUE(opened.ok()) << opened.error().message();
    return std::move(*opened);
  }
  void write(FileRecord& record, const AccessEvent& event) {
    const auto lane = record.lane();
    auto wait = lane->record(event);
    lane->commit();
    EXPECT_TRUE(std::move(wait).run_to_completion().ok());
  }
  void write(FileRecord& record, int count) {
    for (int i = 0; i < count; ++i) {
      write(record, test_event(random_, seconds_++));
    }
  }
  Seqs seqs(const Query& query = {}, Order order = Order::kOldestFirst, size_t limit = SIZE_MAX) {
    Seqs out;
    auto reader = RecordReader::open(folder_.file());
    EXPECT_TRUE(reader.ok());
    auto visited = reader->visit(query, order, [&](const RecordedEvent& event, std::string_view) {
      out.push_back(event.seq);
      return out.size() < limit ? Visit::kContinue : Visit::kStop;
    });
    EXPECT_TRUE(visited.ok()) << visited.error().message();
    return out;
  }

  TestFolder folder_;
  SeededRandom random_{9};
  FakeClock clock_{test_time()};
  Logger log_{-1, LogFormat::kText, LogLevel::kError, clock_};
  int64_t seconds_ = 0;
};

TEST_F(RecordReaderTest, ReadsAcrossFilesInBothOrders) {
  const auto record = writer();
  write(*record, 5);
  EXPECT_EQ(rotated_files(folder_.file())->size(), 2U);
  EXPECT_THAT(seqs(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(seqs({}, Order::kNewestFirst), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(seqs({}, Order::kNewestFirst, 2), ElementsAre(5, 4));
}

TEST_F(RecordReaderTest, PassesOverALineThatIsBeingWritten) {
  {
    const auto record = writer();
    write(*record, 2);
  }
  const std::string whole = slurp(folder_.file());
  const size_t second = whole.find('\n') + 1;
  for (size_t cut = second; cut < whole.size(); ++cut) {
    spew(folder_.file(), whole.substr(0, cut));
    EXPECT_THAT(seqs(), ElementsAre(1));
    EXPECT_THAT(seqs({}, Order::kNewestFirst), ElementsAre(1));
    const auto report = RecordReader::open(folder_.file())->verify();
    EXPECT_TRUE(report->good());
    EXPECT_EQ(report->torn_bytes, cut - second);
  }
}

TEST_F(RecordReaderTest, SaysWhereARecordIsBroken) {
  {
    const auto record = writer();
    write(*record, 2);
  }
  std::string text = slurp(folder_.file());
  text.replace(text.find("\"seq\":2"), 7, "\"seq\" 2");
  spew(folder_.file(), text);
  auto reader = RecordReader::open(folder_.file());
  const auto nothing = [](const RecordedEvent&, std::string_view) { return Visit::kContinue; };
  for (const Order order : {Order::kOldestFirst, Order::kNewestFirst}) {
    auto visited = reader->visit({}, order, nothing);
    ASSERT_FALSE(visited.ok());
    EXPECT_EQ(visited.error().kind(), ErrorKind::kCorrupt);
    EXPECT_THAT(visited.error().message(), HasSubstr("line 2:"));
  }
}

TEST_F(RecordReaderTest, WithoutARecordThereIsNothing) {
  auto reader = RecordReader::open(folder_.file());
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().kind(), ErrorKind::kNotFound);
}

TEST_F(RecordReaderTest, FindsAnEventById) {
  const auto record = writer();
  write(*record, 3);
  const AccessEvent wanted = test_refusal(random_, 50);
  write(*record, wanted);
  write(*record, 3);
  auto reader = RecordReader::open(folder_.file());
  const auto found = reader->find(wanted.id.str());
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found->seq, 4U);
  EXPECT_EQ(found->event.refusal->hint, "remove the key from the prompt");

  EXPECT_EQ(reader->find(Ulid::make(test_time(), random_).str()).error().kind(),
            ErrorKind::kNotFound);
  EXPECT_EQ(reader->find("no id").error().kind(), ErrorKind::kInvalidInput);
}

TEST_F(RecordReaderTest, AnIdInsideATextIsNotFound) {
  const auto record = writer();
  const Ulid id = Ulid::make(test_time(), random_);
  AccessEvent event = test_event(random_);
  event.path = "/\"uid\":\"" + std::string(id.str()) + "\"";
  write(*record, event);
  EXPECT_FALSE(RecordReader::open(folder_.file())->find(id.str()).ok());
}

TEST_F(RecordReaderTest, EveryConditionOfAQueryNarrowsIt) {
  const auto record = writer();
  write(*record, 2);                           // seconds 0 and 1
  write(*record, test_refusal(random_, 2));    // 3
  AccessEvent other = test_event(random_, 3);  // 4
  other.principal = "k000";
  other.principal_name = "batch";
  other.model = "small";
  other.route = "edge";
  other.action = "openai:embeddings";
  other.status = 502;
  other.outcome = Outcome::kFailed;
  write(*record, other);

  EXPECT_THAT(seqs({.since = test_time(1)}), ElementsAre(2, 3, 4));
  EXPECT_THAT(seqs({.until = test_time(1)}), ElementsAre(1));
  EXPECT_THAT(seqs({.since = test_time(1), .until = test_time(3)}), ElementsAre(2, 3));
  EXPECT_THAT(seqs({.principal = "batch"}), ElementsAre(4));
  EXPECT_THAT(seqs({.principal = "k000"}), ElementsAre(4));
  EXPECT_THAT(seqs({.principal = "anonymous"}), ElementsAre(3));
  EXPECT_THAT(seqs({.model = "small"}), ElementsAre(4));
  EXPECT_THAT(seqs({.route = "main"}), ElementsAre(1, 2));
  EXPECT_THAT(seqs({.action = "openai:embeddings"}), ElementsAre(4));
  EXPECT_THAT(seqs({.outcome = Outcome::kRefused}), ElementsAre(3));
  EXPECT_THAT(seqs({.status = 502}), ElementsAre(4));
  EXPECT_THAT(seqs({.text = "OPENAI-api-KEY"}), ElementsAre(3));
  EXPECT_THAT(seqs({.outcome = Outcome::kRefused, .text = "batch"}), IsEmpty());
}

TEST_F(RecordReaderTest, VerifyFindsNothingInAGoodRecord) {
  const auto record = writer(2);
  write(*record, 9);
  const auto report = RecordReader::open(folder_.file())->verify();
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->good());
  EXPECT_EQ(report->files, 3U);
  EXPECT_EQ(report->events, 5U);
  EXPECT_EQ(report->first_seq, 5U);
  EXPECT_EQ(report->last_seq, 9U);
}

TEST_F(RecordReaderTest, VerifyFindsGapsDuplicatesAndBrokenLines) {
  {
    const auto record = writer();
    write(*record, 6);
  }
  const auto problems = [&] {
    const auto report = RecordReader::open(folder_.file())->verify();
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(report->good(), report->problems.empty());
    std::string out;
    for (const auto& problem : report->problems) {
      out += std::to_string(problem.line) + ": " + problem.what + "\n";
    }
    return out;
  };
  const std::filesystem::path first = rotated_name(folder_.file(), 1);
  const std::string text = slurp(first);
  const size_t second = text.find('\n') + 1;

  spew(first, text.substr(second));  // the first event is gone: not told from retention
  EXPECT_EQ(problems(), "");
  spew(first, text.substr(0, second));
  EXPECT_EQ(problems(), "1: number 3 follows 1\n");
  spew(first, text.substr(0, text.size() - 1));
  EXPECT_THAT(problems(), HasSubstr("2: the file does not end with a whole line\n"));
  std::string changed = text;
  changed[second] = ' ';
  spew(first, changed);
  EXPECT_THAT(problems(), HasSubstr("2: "));
  changed = text.substr(0, second) + text.substr(0, second);
  changed.replace(changed.rfind("\"seq\":1"), 7, "\"seq\":2");
  spew(first, changed);
  EXPECT_THAT(problems(), HasSubstr("stands twice"));
  spew(first, text.substr(0, second) + std::string(kMaxLine + 2, 'x') + "\n" + text.substr(second));
  EXPECT_THAT(problems(), HasSubstr("has a line of over"));
}

TEST_F(RecordReaderTest, ATailShowsWhatIsNewAcrossRotations) {
  Seqs seen;
  const auto note = [&](const RecordedEvent& event, std::string_view) {
    seen.push_back(event.seq);
    return Visit::kContinue;
  };
  auto early = RecordTail::at_end(folder_.file());
  ASSERT_TRUE(early.ok());
  ASSERT_TRUE(early->poll(note).ok());
  EXPECT_THAT(seen, IsEmpty());

  const auto record = writer();
  write(*record, 3);
  ASSERT_TRUE(early->poll(note).ok());
  EXPECT_THAT(seen, ElementsAre(1, 2, 3));
  seen.clear();

  auto tail = RecordTail::at_end(folder_.file());
  ASSERT_TRUE(tail->poll(note).ok());
  EXPECT_THAT(seen, IsEmpty());
  write(*record, 1);
  ASSERT_TRUE(tail->poll(note).ok());
  EXPECT_THAT(seen, ElementsAre(4));
  write(*record, 7);
  ASSERT_TRUE(tail->poll(note).ok());
  EXPECT_THAT(seen, ElementsAre(4, 5, 6, 7, 8, 9, 10, 11));
  seen.clear();
  ASSERT_TRUE(early->poll(note).ok());
  EXPECT_THAT(seen, ElementsAre(4, 5, 6, 7, 8, 9, 10, 11));
}

TEST_F(RecordReaderTest, ATailMayBeginSomeEventsEarlier) {
  const auto record = writer();
  write(*record, 4);
  Seqs seen;
  auto tail = RecordTail::at_end(folder_.file(), 1);
  ASSERT_TRUE(tail->poll([&](const RecordedEvent& event, std::string_view) {
                    seen.push_back(event.seq);
                    return Visit::kContinue;
                  })
                  .ok());
  EXPECT_THAT(seen, ElementsAre(4));
}

TEST_F(RecordReaderTest, ATailWaitsForTheRestOfALine) {
  {
    const auto record = writer();
    write(*record, 1);
  }
  const std::string whole = slurp(folder_.file());
  spew(folder_.file(), "");
  auto tail = RecordTail::at_end(folder_.file());
  size_t seen = 0;
  const auto count = [&](const RecordedEvent&, std::string_view) {
    ++seen;
    return Visit::kContinue;
  };
  for (size_t cut = 0; cut <= whole.size(); cut += 7) {
    std::ofstream(folder_.file(), std::ios::binary | std::ios::in | std::ios::out)
        << whole.substr(0, cut);
    ASSERT_TRUE(tail->poll(count).ok());
    EXPECT_EQ(seen, 0U);
  }
  spew(folder_.file(), whole);
  ASSERT_TRUE(tail->poll(count).ok());
  EXPECT_EQ(seen, 1U);
}

TEST(BackwardLines, GivesTheLinesOfForwardLinesReversed) {
  TestFolder folder;
  SeededRandom random(3);
  for (int round = 0; round < 30; ++round) {
    std::string text;
    while (text.size() < random.next_u64() % 600'000) {
      text.append(random.next_u64() % (round % 2 == 0 ? 40 : 400'000), 'a');
      text += '\n';
    }
    text.append(random.next_u64() % 3, 'b');
    spew(folder.file(), text);
    auto file = ReadFile::open(folder.file());
    std::vector<std::string> forward;
    ForwardLines ahead(*file);
    for (auto line = ahead.next(); line.ok() && *line; line = ahead.next()) {
      forward.emplace_back(**line);
    }
    auto back = BackwardLines::at_end(*file);
    ASSERT_TRUE(back.ok());
    std::vector<std::string> backward;
    for (auto line = back->next(); line.ok() && *line; line = back->next()) {
      EXPECT_EQ(text.substr((*line)->offset, (*line)->text.size()), (*line)->text);
      backward.insert(backward.begin(), std::string((*line)->text));
    }
    EXPECT_EQ(forward, backward);
    EXPECT_EQ(ahead.torn_bytes(), back->torn_bytes());
  }
}

}  // namespace
}  // namespace sally::ledger
