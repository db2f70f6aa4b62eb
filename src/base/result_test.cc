#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/task.h"

namespace sally {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) {
    return Error(ErrorKind::kInvalidInput, "`" + std::to_string(value) + "` is odd",
                 "send an even");
  }
  return value / 2;
}

Result<int> quarter(int value) {
  TRY(const int first, half(value));
  TRY(const int second, half(first));
  return second;
}

Task<Result<int>> quarter_later(int value) {
  CO_TRY(const int first, half(value));
  CO_TRY_OK(half(first));
  co_return first / 2;
}

TEST(Result, PassesValuesOn) {
  EXPECT_EQ(*quarter(12), 3);
}

TEST(Result, StopsAtTheFirstFailure) {
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::kInvalidInput);
  EXPECT_EQ(failed.error().message(), "`3` is odd");
  EXPECT_EQ(failed.error().to_string(), "`3` is odd\nhint: send an even");
}

TEST(Result, StopsACoroutineAtTheFirstFailure) {
  EXPECT_EQ(*quarter_later(8).run_to_completion(), 2);
  EXPECT_FALSE(quarter_later(6).run_to_completion());
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> value = *std::move(result);
  EXPECT_EQ(*value, 7);
}

TEST(Result, FallsBackToAnotherValue) {
  EXPECT_EQ(half(4).value_or(9), 2);
  EXPECT_EQ(half(3).value_or(9), 9);
}

TEST(ResultDeathTest, AbortsWhenTheValueOfAFailureIsRead) {
  EXPECT_DEATH({ [[maybe_unused]] const int value = *half(3); }, "invariant broken");
}

TEST(Error, KeepsItsHintInAContext) {
  const Error error = half(1).error().in("line 3");
  EXPECT_EQ(error.message(), "line 3: `1` is odd");
  EXPECT_EQ(error.hint(), "send an even");
}

TEST(Error, CopiesDeeply) {
  const Error first(ErrorKind::kDenied, "no");
  Error second = first;
  second = second.in("why");
  EXPECT_EQ(first.message(), "no");
  EXPECT_EQ(second.message(), "why: no");
}

TEST(ErrorTable, HidesWhatIsOurs) {
  for (const ErrorKind kind : {ErrorKind::kInternal, ErrorKind::kIo, ErrorKind::kCorrupt,
                               ErrorKind::kUsage, ErrorKind::kUpstream}) {
    EXPECT_FALSE(row_of(kind).client_may_see) << row_of(kind).name;
  }
  EXPECT_EQ(row_of(ErrorKind::kDenied).http_status, 403);
  EXPECT_EQ(row_of(ErrorKind::kDenied).exit_status, 1);
  EXPECT_EQ(row_of(ErrorKind::kUsage).exit_status, 2);
}

}  // namespace
}  // namespace sally
