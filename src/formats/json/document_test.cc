#include "formats/json/document.h"

#include <gtest/gtest.h>

#include <array>

namespace sally::formats {
namespace {

JsonDocument parse(std::string_view text) {
  auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document.ok()) << text;
  return std::move(*document);
}

TEST(JsonDocument, GivesMembersInTheirOrder) {
  const auto document = parse(R"({"b":[1,{"x":"y\n"},[]],"a":true,"c":null,"d":-2.5})");
  const JsonValue root = document.root();
  EXPECT_EQ(root.size(), 4U);
  std::string names;
  for (const JsonValue member : root) {
    names += member.name();
  }
  EXPECT_EQ(names, "bacd");
  const auto list = root.find("b");
  ASSERT_TRUE(list.has_value());
  EXPECT_EQ(list->size(), 3U);
  const JsonValue second = *++list->begin();
  EXPECT_EQ(*second.string("x"), "y\n");
  EXPECT_EQ(second.find("x")->path(), "b[1].x");
  EXPECT_EQ(*root.boolean("a"), true);
  EXPECT_TRUE(root.find("c")->is_null());
  EXPECT_EQ(*root.number("d"), -2.5);
  EXPECT_EQ(root.find("d")->offset(), 46U);
}

TEST(JsonDocument, ErrorsNameThePath) {
  const auto document = parse(R"({"a":{"b":[1,"x"]},"n":1.5})");
  const JsonValue root = document.root();
  EXPECT_EQ(root.string("a").error().message(), "`a`: expected a string, found an object");
  EXPECT_EQ(root.find("a")->string("c").error().message(), "`a.c`: missing");
  const JsonValue text = *++root.find("a")->find("b")->begin();
  EXPECT_EQ(text.as_int64().error().message(),
            "`a.b[1]`: expected an integer of 64 bits, found a string");
  EXPECT_EQ(root.int64("n").error().message(),
            "`n`: expected an integer of 64 bits, found a number");
  EXPECT_EQ(root.as_array().error().message(), "the document: expected an array, found an object");
  EXPECT_FALSE(root.find("n")->find("x").has_value());
}

TEST(JsonDocument, UnknownMembersAreRefusedWithASuggestion) {
  const auto document = parse(R"({"status":1,"modl":2})");
  constexpr std::array<std::string_view, 2> known = {"status", "model"};
  const auto result = document.root().only(known);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().to_string(), "`modl`: unknown member\nhint: did you mean `model`?");
}

TEST(JsonDocument, ValuesSurviveAMoveOfTheDocument) {
  auto first = parse(R"({"a":"\u0041"})");
  const JsonValue root = first.root();
  const JsonDocument second = std::move(first);
  EXPECT_EQ(*root.string("a"), "A");
}

TEST(JsonDocument, RefusesWhatTheReaderRefuses) {
  EXPECT_FALSE(JsonDocument::parse(R"({"a":1,"a":2})").ok());
  EXPECT_FALSE(JsonDocument::parse("").ok());
}

}  // namespace
}  // namespace sally::formats
