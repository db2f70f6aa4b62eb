#include "support/case_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sally::test {
namespace {

using ::testing::ElementsAre;
using namespace std::string_literals;

constexpr std::string_view kText =
    "# a comment\n"
    "expect: deny\n"
    "rule:  no-secrets \n"
    "\n"
    "-- request --\n"
    "POST /\n"
    "\n"
    "# not a comment here\n"
    "-- empty --\n";

CaseFile parsed(std::string_view text) {
  auto file = CaseFile::parse("sample", text);
  EXPECT_TRUE(file.ok());
  return *std::move(file);
}

TEST(CaseFile, KeysAreTrimmedAndSectionsStandAsTheyAre) {
  CaseFile file = parsed(kText);
  EXPECT_EQ(file.get("expect"), "deny");
  EXPECT_EQ(file.get("rule"), "no-secrets");
  EXPECT_EQ(file.section("request"), "POST /\n\n# not a comment here\n");
  EXPECT_EQ(file.section("empty"), "");
  EXPECT_EQ(file.find("absent"), std::nullopt);
  EXPECT_EQ(file.find_section("expect"), std::nullopt);
}

TEST(CaseFile, WhatWasNotReadIsTold) {
  CaseFile file = parsed(kText);
  EXPECT_EQ(file.get("rule"), "no-secrets");
  EXPECT_EQ(file.section("request").size(), 29U);
  EXPECT_THAT(file.unread(), ElementsAre("expect", "empty"));
}

TEST(CaseFile, IsWrittenAsItWasRead) {
  EXPECT_EQ(parsed("# a\nexpect: deny\n\n-- x --\none\n").to_string(),
            "# a\nexpect: deny\n\n-- x --\none\n");
}

TEST(CaseFile, RejectsAKeyThatStandsTwiceAndALineThatIsNone) {
  EXPECT_FALSE(CaseFile::parse("a", "x: 1\nx: 2\n").ok());
  EXPECT_FALSE(CaseFile::parse("a", "-- s --\n-- s --\n").ok());
  EXPECT_FALSE(CaseFile::parse("a", "no colon\n").ok());
}

TEST(CaseFile, AnyPrefixParsesOrIsRefused) {
  for (size_t cut = 0; cut <= kText.size(); ++cut) {
    const auto file = CaseFile::parse("cut", kText.substr(0, cut));
    EXPECT_TRUE(file.ok() || !file.error().message().empty());
  }
}

TEST(CaseFile, EscapesBecomeBytesAndLineEndsAreDropped) {
  EXPECT_EQ(unescape("GET / HTTP/1.1\\r\\n\nhost: a\\r\\n\n\\x00\\\\"),
            "GET / HTTP/1.1\r\nhost: a\r\n\0\\"s);
}

}  // namespace
}  // namespace sally::test
