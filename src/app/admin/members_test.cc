#include "app/admin/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/times.h"

namespace sally::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array kMembers{
    Member{"name", MemberType::kText, "", Needed::kMust, {}, 5},
    Member{"kind", MemberType::kChoice, "", Needed::kMay, "one|two"},
    Member{"texts", MemberType::kTexts, "", Needed::kMay, {}, 3},
    Member{"count", MemberType::kNumber, "", Needed::kMay, {}, 10},
    Member{"flag", MemberType::kFlag, ""},
    Member{"at", MemberType::kTime, ""},
    Member{"span", MemberType::kDuration, ""},
};

std::string wrong(std::string_view body) {
  Arguments arguments;
  const Result<> read = arguments.read_body(body, kMembers);
  EXPECT_FALSE(read.ok()) << body;
  EXPECT_TRUE(read.ok() || read.error().kind() == ErrorKind::kInvalidInput ||
              read.error().kind() == ErrorKind::kTooLarge);
  return read.ok() ? std::string() : read.error().message();
}

TEST(Arguments, EveryTypeIsReadFromABody) {
  Arguments arguments;
  const Result<> read =
      arguments.read_body(R"({"name":"abc","kind":"two","texts":["a","b"],"count":10,"flag":true,)"
                          R"("at":"1970-01-01T00:00:07Z","span":"90s"})",
                          kMembers);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(arguments.text("name"), "abc");
  EXPECT_EQ(arguments.text("kind"), "two");
  EXPECT_THAT(arguments.texts("texts"), ElementsAre("a", "b"));
  EXPECT_EQ(arguments.number("count"), 10U);
  EXPECT_TRUE(arguments.flag("flag"));
  EXPECT_EQ(arguments.time("at"), test::at_second(7));
  EXPECT_EQ(arguments.duration("span"), Millis(90'000));
}

TEST(Arguments, WhatWasNotGivenIsNothing) {
  Arguments arguments;
  ASSERT_TRUE(arguments.read_body(R"({"name":"a"})", kMembers).ok());
  EXPECT_EQ(arguments.text("kind"), "");
  EXPECT_TRUE(arguments.texts("texts").empty());
  EXPECT_EQ(arguments.number("count"), std::nullopt);
  EXPECT_FALSE(arguments.flag("flag"));
  EXPECT_EQ(arguments.time("at"), std::nullopt);
  EXPECT_EQ(arguments.duration("span"), std::nullopt);
}

TEST(Arguments, WhatDoesNotFitIsRefusedByItsName) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"[]", "object"},
      {R"({"name":"a"} x)", ""},
      {R"({"name":"a","name":"b"})", "name"},
      {R"({})", "`name`: missing"},
      {R"({"name":""})", "`name`: empty"},
      {R"({"name":"abcdef"})", "`name`: longer than 5"},
      {R"({"name":"a\nb"})", "`name`: holds control"},
      {R"({"name":1})", "`name`"},
      {R"({"name":null})", "`name`"},
      {R"({"Name":"a"})", "`Name`: no such member"},
      {R"({"name":"a","other":1})", "`other`: no such member"},
      {R"({"name":"a","kind":"three"})", "`kind`: `three`"},
      {R"({"name":"a","texts":"a"})", "`texts`"},
      {R"({"name":"a","texts":["abcd"]})", "`texts`: longer"},
      {R"({"name":"a","texts":[1]})", "`texts[0]`"},
      {R"({"name":"a","count":11})", "`count`: more than 10"},
      {R"({"name":"a","count":-1})", "`count`"},
      {R"({"name":"a","count":1.5})", "`count`"},
      {R"({"name":"a","count":"1"})", "`count`"},
      {R"({"name":"a","flag":"true"})", "`flag`"},
      {R"({"name":"a","at":"tomorrow"})", "`at`: no time"},
      {R"({"name":"a","span":"long"})", "`span`: no duration"},
  };
  for (const auto& [body, message] : cases) {
    EXPECT_THAT(wrong(body), HasSubstr(message)) << body;
  }
}

TEST(Arguments, AListHasABound) {
  std::string body = R"({"name":"a","texts":[)";
  for (size_t i = 0; i <= kMostTexts; ++i) {
    body += i == 0 ? R"("a")" : R"(,"a")";
  }
  EXPECT_THAT(wrong(body + "]}"), HasSubstr("more than 256"));
}

TEST(Arguments, ABodyThatIsCutAnywhereIsRefused) {
  const std::string body = R"({"name":"abc","texts":["a"],"count":1})";
  for (size_t length = 0; length < body.size(); ++length) {
    wrong(body.substr(0, length));
  }
}

TEST(Arguments, AQueryIsReadAsStrictly) {
  Arguments arguments;
  ASSERT_TRUE(arguments.read_query("name=a%2Bb+c&count=3", kMembers).ok());
  EXPECT_EQ(arguments.text("name"), "a+b c");
  EXPECT_EQ(arguments.number("count"), 3U);
  for (const std::string_view query :
       {"", "name=a&name=b", "name=%4", "name=%zz", "name=a&other=b", "name=a&count=x",
        "name=a&count=", "name=a&count=1e1", "name", "name=a&texts=b", "name=a&&flag=true"}) {
    Arguments read;
    const Result<> result = read.read_query(query, kMembers);
    ASSERT_FALSE(result.ok()) << query;
    EXPECT_EQ(result.error().kind(), ErrorKind::kInvalidInput) << query;
  }
}

}  // namespace
}  // namespace sally::app
