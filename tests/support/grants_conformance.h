// What every engine of store::State does with grants. Instantiated beside StateConformance, by the
// same engine:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, GrantsConformance, MyEngine);
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/state.h"
#include "support/grant_record.h"
#include "support/times.h"

namespace sally::test {

template <typename Engine>
class GrantsConformance : public testing::Test {
 protected:
  using Grants = store::GrantRepository;
  using Records = std::vector<store::GrantRecord>;

  Result<> write(const std::function<Result<>(Grants&)>& body) {
    return state_->write([&](store::Transaction& t) { return body(t.grants()); });
  }
  Result<> create(const store::GrantRecord& record) {
    return write([&](Grants& grants) { return grants.create(record); });
  }
  Result<> update(const store::GrantRecord& record) {
    return write([&](Grants& grants) { return grants.update(record); });
  }
  Records read(const std::function<Result<Records>(Grants&)>& ask) {
    Records out;
    const Result<> read = state_->read([&](store::Transaction& t) -> Result<> {
      TRY(out, ask(t.grants()));
      return ok();
    });
    EXPECT_TRUE(read.ok()) << read.error().to_string();
    return out;
  }
  Records list(size_t most) {
    return read([&](Grants& grants) { return grants.list(most); });
  }
  Records open() {
    return read([](Grants& grants) { return grants.open(); });
  }
  std::optional<store::GrantRecord> find(const std::string& id) {
    std::optional<store::GrantRecord> out;
    const Result<> read = state_->read([&](store::Transaction& t) -> Result<> {
      TRY(out, t.grants().find(id));
      return ok();
    });
    EXPECT_EQ(read.ok(), out.has_value());
    EXPECT_TRUE(out || read.error().kind() == ErrorKind::kNotFound);
    return out;
  }
  // Whether the generation is another one than at the last call.
  bool changed() {
    const auto now = state_->generation();
    EXPECT_TRUE(now.ok());
    return now.ok() && std::exchange(generation_, *now) != *now;
  }

  Engine engine_;
  std::unique_ptr<store::State> state_ = engine_.open();
  uint64_t generation_ = 0;
};

TYPED_TEST_SUITE_P(GrantsConformance);

TYPED_TEST_P(GrantsConformance, EveryFieldOfAGrantComesBack) {
  store::GrantRecord full = grant_record("b");
  full.role = "naïve ' \" ; -- role";
  full.break_glass = true;
  full.needed = 4'294'967'295U;
  full.approvals = {{"alice", "10.0.0.1", at_second(1'100)},
                    {"local:uid=0", "local:uid=0", at_second(1'050)}};
  full.state = store::GrantState::kEnded;
  full.activated = at_second(1'100);
  full.ends = at_second(4'700);
  full.closed = at_second(1'200);
  full.closed_by = "sallyport";
  full.closed_why = "its time is over";
  const store::GrantRecord bare = grant_record("a");
  ASSERT_TRUE(this->create(full).ok());
  ASSERT_TRUE(this->create(bare).ok());
  EXPECT_EQ(this->find("b"), full);
  EXPECT_EQ(this->find("a"), bare);
  EXPECT_EQ(this->find("c"), std::nullopt);
  EXPECT_EQ(this->create(grant_record("a")).error().kind(), ErrorKind::kConflict);
}

TYPED_TEST_P(GrantsConformance, GrantsAreListedNewestFirst) {
  using Records = std::vector<store::GrantRecord>;
  for (const char* id : {"b", "a", "c"}) {
    ASSERT_TRUE(this->create(grant_record(id)).ok());
  }
  EXPECT_EQ(this->list(2), (Records{grant_record("c"), grant_record("b")}));
  EXPECT_EQ(this->list(10).size(), 3U);
}

TYPED_TEST_P(GrantsConformance, OnlyWhatIsRequestedOrActiveIsOpen) {
  using enum store::GrantState;
  for (const auto state : {kRequested, kActive, kEnded, kDenied, kExpired}) {
    store::GrantRecord record = grant_record(std::string(name_of(state)));
    record.state = state;
    record.ends = at_second(5'000);
    ASSERT_TRUE(this->create(record).ok());
  }
  const auto open = this->open();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].id, "active");
  EXPECT_EQ(open[1].id, "requested");
}

TYPED_TEST_P(GrantsConformance, AnUpdateAddsApprovalsAndReplacesTheRest) {
  store::GrantRecord record = grant_record("a");
  ASSERT_TRUE(this->create(record).ok());
  record.approvals = {{"bob", "10.0.0.2", at_second(1'100)}};
  record.state = store::GrantState::kActive;
  record.activated = at_second(1'100);
  record.ends = at_second(4'700);
  ASSERT_TRUE(this->update(record).ok());
  EXPECT_EQ(this->find("a"), record);
  record.approvals.insert(record.approvals.begin(), {"alice", "10.0.0.1", at_second(1'200)});
  record.state = store::GrantState::kEnded;
  record.closed = at_second(1'300);
  record.closed_by = "bob";
  record.closed_why = "done";
  ASSERT_TRUE(this->update(record).ok());
  EXPECT_EQ(this->find("a"), record);
  EXPECT_EQ(this->update(grant_record("b")).error().kind(), ErrorKind::kNotFound);
}

TYPED_TEST_P(GrantsConformance, AGrantThatLostAnApprovalIsAnError) {
  store::GrantRecord record = grant_record("a");
  record.approvals = {{"bob", "10.0.0.2", at_second(1'100)}};
  ASSERT_TRUE(this->create(record).ok());
  record.approvals = {};  // says none, while one is stored
  ASSERT_TRUE(this->update(record).ok());
  const auto read = this->state_->read([](store::Transaction& t) -> Result<> {
    return t.grants().find("a").ok() ? ok() : t.grants().find("a").error();
  });
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
}

TYPED_TEST_P(GrantsConformance, EveryChangeOfAGrantChangesTheGeneration) {
  this->changed();
  store::GrantRecord record = grant_record("a");
  ASSERT_TRUE(this->create(record).ok());
  EXPECT_TRUE(this->changed());
  record.state = store::GrantState::kDenied;
  ASSERT_TRUE(this->update(record).ok());
  EXPECT_TRUE(this->changed());
  this->list(10);
  EXPECT_FALSE(this->changed());
}

TYPED_TEST_P(GrantsConformance, AReadTransactionGrantsNothing) {
  ASSERT_TRUE(this->create(grant_record("a")).ok());
  const auto attempt = [&](const std::function<Result<>(store::GrantRepository&)>& body) {
    return this->state_->read([&](store::Transaction& t) { return body(t.grants()); });
  };
  EXPECT_EQ(attempt([](auto& g) { return g.create(grant_record("b")); }).error().kind(),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([](auto& g) { return g.update(grant_record("a")); }).error().kind(),
            ErrorKind::kInternal);
}

REGISTER_TYPED_TEST_SUITE_P(GrantsConformance, EveryFieldOfAGrantComesBack,
                            GrantsAreListedNewestFirst, OnlyWhatIsRequestedOrActiveIsOpen,
                            AnUpdateAddsApprovalsAndReplacesTheRest,
                            AGrantThatLostAnApprovalIsAnError,
                            EveryChangeOfAGrantChangesTheGeneration, AReadTransactionGrantsNothing);

}  // namespace sally::test
