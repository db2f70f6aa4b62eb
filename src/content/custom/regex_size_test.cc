#include "content/custom/regex_size.h"

#include <gtest/gtest.h>

namespace sally::content {
namespace {

TEST(WrittenOut, CountsCharactersClassesAndEscapes) {
  EXPECT_EQ(written_out(""), 0U);
  EXPECT_EQ(written_out("abc"), 3U);
  EXPECT_EQ(written_out(R"(\d[a-z\]]x+)"), 3U);
  EXPECT_EQ(written_out("[]a][^]b]"), 2U);
  EXPECT_EQ(written_out("a|b?"), 2U);
}

TEST(WrittenOut, CountsWhatIsRepeatedAsOften) {
  EXPECT_EQ(written_out(R"(\d{4})"), 4U);
  EXPECT_EQ(written_out("a{2,5}b{3,}"), 8U);
  EXPECT_EQ(written_out("(a{10}b){3}"), 33U);
  EXPECT_EQ(written_out("((a{10}){10}){10}"), 1000U);
  EXPECT_EQ(written_out("a{10}{10}"), 100U);
  EXPECT_EQ(written_out("a{0}"), 1U);
}

TEST(WrittenOut, ABraceThatIsNoRepeatIsACharacter) {
  EXPECT_EQ(written_out("{"), 1U);
  EXPECT_EQ(written_out("a{x}"), 4U);
  EXPECT_EQ(written_out("a{}"), 3U);
  EXPECT_EQ(written_out(R"(\{3})"), 3U);
}

TEST(WrittenOut, NeverMoreThanHuge) {
  EXPECT_EQ(written_out("(((a{9999}){9999}){9999}){9999}"), kHuge);
  EXPECT_EQ(written_out("a{99999999999999999999999}"), kHuge);
}

TEST(WrittenOut, WhatHidesItsGroupsIsHuge) {
  EXPECT_EQ(written_out(R"((?:a{100}\Q(\E){100})"), kHuge);
  EXPECT_EQ(written_out("(?#(){9}"), kHuge);
  EXPECT_EQ(written_out("(?x)a # ("), kHuge);
  EXPECT_LT(written_out("(?i)(?:x)(?<ex>x)"), 20U);
}

TEST(WrittenOut, AWrongRegexHasSomeSize) {
  EXPECT_EQ(written_out("((a{5}"), 5U);
  EXPECT_EQ(written_out("a)){5}"), 5U);
  EXPECT_EQ(written_out("[a"), 1U);
  EXPECT_EQ(written_out("\\"), 1U);
}

}  // namespace
}  // namespace sally::content
