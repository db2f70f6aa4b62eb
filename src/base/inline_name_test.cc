#include "base/inline_name.h"

#include <gtest/gtest.h>

#include <iterator>

namespace sally {
namespace {

struct Row {
  InlineName name;
  int value;
};
constexpr Row kRows[] = {{"", 0}, {"te", 1}, {"inference-header-content-length", 31}};

TEST(InlineNames, GiveWhatTheTableSays) {
  EXPECT_EQ(kRows[0].name.view(), "");
  EXPECT_EQ(kRows[1].name.view(), "te");
  EXPECT_EQ(kRows[2].name.view(), "inference-header-content-length");
  EXPECT_EQ(kRows[2].name.size(), InlineName::kMost);
}

TEST(InlineNames, StandInTheRowItself) {
  const auto* const row = reinterpret_cast<const char*>(&kRows[2]);
  EXPECT_GE(kRows[2].name.view().data(), row);
  EXPECT_LT(kRows[2].name.view().data(), row + sizeof(Row));
}

}  // namespace
}  // namespace sally
