#include "app/applied.h"

#include <gtest/gtest.h>

#include "support/times.h"

namespace sally::app {
namespace {

using test::at_second;

TEST(Applied, ALaterSetHoldsWhatAnEarlierOneHeld) {
  Applied applied(2);
  applied.note(0, 3, at_second(10));
  applied.note(1, 4, at_second(12));
  applied.note(0, 5, at_second(20));
  const auto since = applied.since(3);
  ASSERT_EQ(since.size(), 2U);
  EXPECT_EQ(since[0], at_second(10));
  EXPECT_EQ(since[1], at_second(12));
  EXPECT_EQ(everywhere_since(since), at_second(12));
}

TEST(Applied, AWorkerThatHasNotSaidSoHasNot) {
  Applied applied(2);
  applied.note(0, 3, at_second(10));
  EXPECT_EQ(applied.since(3)[1], std::nullopt);
  EXPECT_EQ(everywhere_since(applied.since(3)), std::nullopt);
  EXPECT_EQ(applied.since(4)[0], std::nullopt);
}

TEST(Applied, TheFirstWordStands) {
  Applied applied(1);
  applied.note(0, 3, at_second(10));
  applied.note(0, 3, at_second(11));
  EXPECT_EQ(everywhere_since(applied.since(1)), at_second(10));
}

TEST(Applied, WhatNobodyAsksForIsForgotten) {
  Applied applied(1);
  applied.note(0, 3, at_second(10));
  applied.note(0, 5, at_second(20));
  applied.forget_before(4);
  EXPECT_EQ(everywhere_since(applied.since(1)), at_second(20));
}

}  // namespace
}  // namespace sally::app
