#include "ledger/event_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Seqs = std::vector<uint64_t>;

constexpr size_t kAll = 1'000'000;

class EventIndexTest : public testing::Test {
 protected:
  EventIndex open() {
    auto opened = EventIndex::open(file());
    EXPECT_TRUE(opened.ok()) << opened.error().to_string();
    return *std::move(opened);
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "index.sqlite"; }
  CaughtUp catch_up(EventIndex& index) {
    auto done = index.catch_up(log_);
    EXPECT_TRUE(done.ok()) << done.error().to_string();
    return *std::move(done);
  }
  Seqs find(EventIndex& index, const EventQuery& query,
            IndexOrder order = IndexOrder::kOldestFirst) {
    const uint64_t bound = order == IndexOrder::kOldestFirst ? 0 : UINT64_MAX;
    auto found = index.find(query, order, bound, kAll);
    EXPECT_TRUE(found.ok()) << found.error().to_string();
    return found.ok() ? *std::move(found) : Seqs{};
  }
  // The same without the index.
  Seqs scan(const EventQuery& query) {
    Seqs out;
    auto read = log_.read(log_.pruned, kAll, [&](const SourcedEvent& event) {
      const auto parsed = parse_any(event.json);
      if (parsed.ok() && matches(query, *parsed)) {
        out.push_back(event.seq);
      }
    });
    EXPECT_TRUE(read.ok());
    return out;
  }
  // A log in which everything happens.
  void fill(size_t count) {
    constexpr const char* kNames[] = {"demo", "batch", "robot", ""};
    constexpr const char* kModels[] = {"large", "small", "\xC3\x89lan-2", ""};
    for (size_t i = 0; i < count; ++i) {
      const auto seconds = static_cast<int64_t>(i);
      if (i % 11 == 7) {
        log_.add(ChangeEvent{.id = Ulid::make(test_time(seconds), random_),
                             .time = test_time(seconds),
                             .what = i % 2 == 0 ? "key.create" : "config.reload",
                             .target = "k" + std::to_string(i),
                             .who = "alice",
                             .failure = i % 3 == 0 ? "no such key" : ""});
        continue;
      }
      if (i % 31 == 5) {
        log_.add(NoticeEvent{.id = Ulid::make(test_time(seconds), random_),
                             .time = test_time(seconds),
                             .notice = Notice::kClockBack,
                             .detail = "by 3 s"});
        continue;
      }
      AccessEvent event =
          i % 5 == 3 ? test_refusal(random_, seconds) : test_event(random_, seconds);
      event.principal = "k" + std::to_string(i % 7);
      event.principal_name = kNames[i % 4];
      event.model = kModels[i % 3];
      event.route = i % 13 == 0 ? "spare" : "main";
      if (i % 17 == 0) {
        event.status = 429;
        event.outcome = Outcome::kFailed;
      }
      log_.add(event);
    }
  }

  TestFolder folder_;
  SeededRandom random_{3};
  MemorySource log_;
};

TEST_F(EventIndexTest, FindsWhatASearchWithoutItFinds) {
  fill(700);
  EventIndex index = open();
  EXPECT_EQ(catch_up(index).indexed, 700U);
  std::vector<EventQuery> queries = {
      {},
      {.since = test_time(300)},
      {.until = test_time(300)},
      {.since = test_time(10), .until = test_time(20)},
      {.principal = "k3"},
      {.principal = "demo"},
      {.principal = "alice"},
      {.principal = "nobody"},
      {.model = "large"},
      {.model = "\xC3\x89lan-2"},
      {.route = "spare"},
      {.action = "openai:chat.completions"},
      {.action = "key.create"},
      {.outcome = Outcome::kAllowed},
      {.outcome = Outcome::kRefused},
      {.outcome = Outcome::kCancelled},
      {.status = 200},
      {.status = 403},
      {.status = 429},
      {.finding = "openai-api-key"},
      {.finding = "clock.back"},
      {.finding = "none"},
      {.change = "all"},
      {.change = "key"},
      {.change = "key.create"},
      {.change = "k"},
      {.text = "such key"},
      {.text = "OPENAI-api"},
      {.text = "\xC3\x89lan"},
      {.text = "nowhere"},
      {.principal = "k3", .outcome = Outcome::kRefused},
      {.since = test_time(200), .principal = "demo", .model = "small", .status = 403},
      {.route = "main", .finding = "openai-api-key"},
      {.outcome = Outcome::kFailed, .text = "key"},
      {.model = "large", .route = "main", .text = "research"},
  };
  size_t found_some = 0;
  for (const EventQuery& query : queries) {
    const Seqs expected = scan(query);
    EXPECT_EQ(find(index, query), expected) << &query - queries.data();
    Seqs backwards = find(index, query, IndexOrder::kNewestFirst);
    std::ranges::reverse(backwards);
    EXPECT_EQ(backwards, expected) << &query - queries.data();
    found_some += expected.empty() ? 0 : 1;
  }
  EXPECT_EQ(found_some, queries.size() - 5);
}

TEST_F(EventIndexTest, PagesInBothDirections) {
  fill(100);
  EventIndex index = open();
  catch_up(index);
  const EventQuery query{.principal = "k3"};
  const Seqs all = scan(query);
  ASSERT_GT(all.size(), 6U);
  EXPECT_EQ(*index.find(query, IndexOrder::kOldestFirst, 0, 2), (Seqs{all[0], all[1]}));
  EXPECT_EQ(*index.find(query, IndexOrder::kOldestFirst, all[1] + 1, 2), (Seqs{all[2], all[3]}));
  EXPECT_EQ(*index.find(query, IndexOrder::kNewestFirst, all[2], 2), (Seqs{all[1], all[0]}));
  EXPECT_EQ(*index.find({.text = "robot"}, IndexOrder::kNewestFirst, 0, 2), Seqs{});
}

TEST_F(EventIndexTest, TakesInWhatIsNewAndNothingTwice) {
  fill(10);
  {
    EventIndex index = open();
    EXPECT_EQ(catch_up(index).indexed, 10U);
    EXPECT_EQ(catch_up(index).indexed, 0U);
  }
  log_.add(test_event(random_));
  EventIndex index = open();
  EventIndex beside = open();
  const CaughtUp news = catch_up(index);
  EXPECT_EQ(news.indexed, 1U);
  EXPECT_EQ(news.rebuilt, "");
  EXPECT_EQ(catch_up(beside).indexed, 0U);
  EXPECT_EQ(*beside.position(), 11U);
  EXPECT_EQ(find(beside, {}).size(), 11U);
}

// The position is stored with what was taken in: whatever the reader dies of, nothing is lost or
// doubled.
TEST_F(EventIndexTest, AReaderThatDiesInTheMiddleGoesOnWhereItWas) {
  fill(9'000);
  class Dying final : public EventSource {
   public:
    Dying(MemorySource& log, uint64_t dies_at) : log_(log), dies_at_(dies_at) {}
    [[nodiscard]] uint64_t first() const override { return log_.first(); }
    Result<uint64_t> read(uint64_t position, size_t most, const Visitor& visitor) override {
      TRY(const uint64_t next, log_.read(position, most, visitor));
      if (next >= dies_at_) {
        return Error(ErrorKind::kIo, "died");
      }
      return next;
    }

   private:
    MemorySource& log_;
    uint64_t dies_at_;
  };
  for (const uint64_t dies_at : {1U, 4'000U, 8'500U}) {
    EventIndex index = open();
    Dying dying(log_, dies_at);
    EXPECT_FALSE(index.catch_up(dying).ok());
    EXPECT_LT(*index.position(), dies_at);
  }
  EventIndex index = open();
  EXPECT_EQ(catch_up(index).indexed, 9'000U - 8'000U);
  EXPECT_EQ(find(index, {}).size(), 9'000U);
  EXPECT_EQ(find(index, {.text = "research"}), scan({.text = "research"}));
}

TEST_F(EventIndexTest, StopsBetweenTransactionsWhenTold) {
  fill(9'000);
  EventIndex index = open();
  auto done = index.catch_up(log_, [] { return true; });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(*index.position(), done->indexed);
  EXPECT_LT(done->indexed, 9'000U);
}

TEST_F(EventIndexTest, StartsAgainWhereTheLogIsAnotherOne) {
  fill(50);
  {
    EventIndex index = open();
    catch_up(index);
  }
  const auto rebuilt = [&] {
    EventIndex index = open();
    const CaughtUp done = catch_up(index);
    EXPECT_EQ(find(index, {}), scan({}));
    return done.rebuilt;
  };
  EXPECT_EQ(rebuilt(), "");
  log_.entries.pop_back();
  EXPECT_EQ(rebuilt(), "it was ahead of the log");
  log_.entries.back().replace(log_.entries.back().find("\"duration_us\":"), 14,
                              "\"duration_us\":1");
  EXPECT_EQ(rebuilt(), "it was made from another log");
  log_.pruned = 20;
  EXPECT_EQ(rebuilt(), "older entries of the log were pruned");
  log_.entries.clear();
  log_.pruned = 0;
  EXPECT_EQ(rebuilt(), "older entries of the log were pruned");
  fill(3);
  EXPECT_EQ(rebuilt(), "");
}

TEST_F(EventIndexTest, WhatThePrunedEntriesHeldIsGone) {
  AccessEvent event = test_event(random_);
  event.principal_name = "SecretiveName";
  log_.add(event);
  fill(20);
  EventIndex index = open();
  catch_up(index);
  log_.pruned = 1;
  catch_up(index);
  EXPECT_THAT(find(index, {.text = "SecretiveName"}), IsEmpty());
  EXPECT_THAT(find(index, {.principal = "SecretiveName"}), IsEmpty());
}

TEST_F(EventIndexTest, ABrokenFileIsMadeAgain) {
  fill(20);
  {
    EventIndex index = open();
    catch_up(index);
  }
  spew(file(), std::string(8'192, 'x'));
  EventIndex index = open();
  EXPECT_EQ(catch_up(index).indexed, 20U);
  EXPECT_EQ(find(index, {}).size(), 20U);
}

TEST_F(EventIndexTest, EntriesThatAreNoEventsAreCounted) {
  fill(3);
  log_.entries.emplace_back("{}");
  EventIndex index = open();
  EXPECT_EQ(catch_up(index).unreadable, 1U);
  EXPECT_EQ(*index.position(), 4U);
  EXPECT_EQ(catch_up(index).unreadable, 1U);
  EXPECT_EQ(find(index, {}), (Seqs{0, 1, 2}));
}

TEST_F(EventIndexTest, TheFileIsItsOwnersAlone) {
  const EventIndex index = open();
  struct stat info{};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(EventIndexTest, AFileThatCannotBeWrittenIsAnError) {
  const auto opened = EventIndex::open(folder_.path() / "none" / "index.sqlite");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind(), ErrorKind::kIo);
}

TEST_F(EventIndexTest, KnowsWhereAnEventMayStand) {
  fill(30);
  EventIndex index = open();
  catch_up(index);
  const auto id = id_of(*parse_any(log_.entries[12]));
  EXPECT_THAT(*index.near(id), testing::Contains(12));
}

// None of this may be understood as a query of FTS5.
TEST_F(EventIndexTest, ATextIsWordsAndNeverALanguage) {
  fill(200);
  EventIndex index = open();
  catch_up(index);
  for (const std::string_view text :
       {"demo AND research", "demo OR nothing", "NOT demo", "body:demo", "dem*", "\"demo", "^demo",
        "demo NEAR(research)", "demo)(", "{body}: demo", "demo + research", "demo -research",
        "'; DROP TABLE event; --", "demo\"\"\" OR \"\"\"x", "\xFF\xFE demo", "NEAR", "AND"}) {
    const EventQuery query{.text = std::string(text)};
    EXPECT_EQ(find(index, query), scan(query)) << text;
  }
  EXPECT_FALSE(find(index, {.text = "demo"}).empty());
  for (const std::string_view text : {"\"", "*", "---", "()", " "}) {
    const auto found = index.find({.text = std::string(text)}, IndexOrder::kOldestFirst, 0, 1);
    ASSERT_FALSE(found.ok()) << text;
    EXPECT_EQ(found.error().kind(), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace sally::ledger
