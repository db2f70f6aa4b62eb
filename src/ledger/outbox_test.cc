#include "ledger/outbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ledger/event_json.h"
#include "ledger/test_event.h"
#include "support/temp_folder.h"

namespace sally::ledger {
namespace {

// A log in memory that dies at a chosen call.
class FakeLog {
 public:
  OutboxTarget target() {
    return {.size = [this]() -> Result<uint64_t> {
              TRY_OK(live());
              return entries.size();
            },
            .has = [this](uint64_t from, std::string_view entry) -> Result<bool> {
              TRY_OK(live());
              return std::find(entries.begin() + static_cast<std::ptrdiff_t>(from), entries.end(),
                               entry) != entries.end();
            },
            .append = [this](std::string_view entry) -> Result<> {
              TRY_OK(live());
              entries.emplace_back(entry);
              return live();  // it may die before it says so
            },
            .flush = [this] { return live(); }};
  }
  Result<> live() {
    if (calls_left == 0) {
      return Error(ErrorKind::kUnavailable, "dead");
    }
    --calls_left;
    return ok();
  }
  std::vector<std::string> entries;
  size_t calls_left = SIZE_MAX;
};

class Outbox : public testing::Test {
 protected:
  void SetUp() override { state_ = open(); }
  std::unique_ptr<store::State> open() {
    auto out = store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    EXPECT_TRUE(out.ok());
    return std::move(*out);
  }
  void change(const std::string& target) {
    const ChangeEvent event{.id = Ulid::make(test_time(), random_),
                            .time = test_time(),
                            .what = "key.create",
                            .target = target,
                            .who = "uid=0"};
    EXPECT_TRUE(state_
                    ->write([&](store::Transaction& transaction) {
                      return put_into_outbox(transaction, event);
                    })
                    .ok());
  }
  static std::string targets(const FakeLog& log) {
    std::string out;
    for (const std::string& entry : log.entries) {
      const auto event = parse_any(entry);
      out += (event.ok() ? std::get<ChangeEvent>(*event).target : "?") + " ";
    }
    return out;
  }

  test::TempFolder folder_;
  SeededRandom random_{7};
  std::unique_ptr<store::State> state_;
};

TEST_F(Outbox, WhatWaitsComesToTheLogOnceAndInOrder) {
  FakeLog log;
  EXPECT_EQ(deliver_outbox(*state_, log.target()).value_or(9), 0U);
  change("a");
  change("b");
  EXPECT_EQ(deliver_outbox(*state_, log.target()).value_or(0), 2U);
  EXPECT_EQ(deliver_outbox(*state_, log.target()).value_or(9), 0U);
  change("c");
  EXPECT_EQ(deliver_outbox(*state_, log.target()).value_or(0), 1U);
  EXPECT_EQ(targets(log), "a b c ");
}

TEST_F(Outbox, AProcessThatDiesAnywhereLosesAndRepeatsNothing) {
  for (size_t calls = 0; calls < 24; ++calls) {
    FakeLog log;
    log.entries = {"something before"};
    for (int i = 0; i < 5; ++i) {
      change(std::to_string(i));
    }
    log.calls_left = calls;
    [[maybe_unused]] const auto died = deliver_outbox(*state_, log.target());
    // Another process comes, perhaps after the log went on.
    state_ = open();
    log.calls_left = SIZE_MAX;
    log.entries.emplace_back("something in between");
    ASSERT_TRUE(deliver_outbox(*state_, log.target()).ok());
    std::string seen = targets(log);
    std::erase(seen, '?');
    std::erase(seen, ' ');
    std::ranges::sort(seen);
    EXPECT_EQ(seen, "01234") << "died at call " << calls;
  }
}

}  // namespace
}  // namespace sally::ledger
