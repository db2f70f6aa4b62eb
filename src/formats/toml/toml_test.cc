#include "formats/toml/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sally::formats {
namespace {

TomlNode read(std::string_view text) {
  auto root = parse_toml(text);
  EXPECT_TRUE(root.ok()) << text << (root.ok() ? "" : root.error().message());
  return root.ok() ? *std::move(root) : TomlNode();
}

constexpr std::string_view kLock = R"(version = 1
requires-python = ">=3.10"

[[package]]
name = "aiohttp"
version = "3.8.1"
dependencies = [
    { name = "attrs" }, # comment
    { name = "idna", marker = "python_version < '4'" },
]
[package.metadata]
"odd key" = '''
raw \ text'''
a.b.c = 1979-05-27 07:32:00

[[package]]
name = "attrs"
text = """one \
   two\u00e9"""
)";

TEST(Toml, ALockFileIsATreeWithLines) {
  const TomlNode root = read(kLock);
  const TomlNode* packages = root.find("package");
  ASSERT_NE(packages, nullptr);
  ASSERT_EQ(packages->items.size(), 2U);
  EXPECT_EQ(packages->items[0].text_of("version"), "3.8.1");
  EXPECT_EQ(packages->items[0].find("version")->line, 6U);
  EXPECT_EQ(packages->items[0].find("dependencies")->items[1].text_of("name"), "idna");
  EXPECT_EQ(packages->items[0].find("metadata")->text_of("odd key"), "raw \\ text");
  EXPECT_EQ(packages->items[0].find("metadata", "a", "b", "c")->text, "1979-05-27 07:32:00");
  EXPECT_EQ(packages->items[1].text_of("text"), "one two\xc3\xa9");
}

TEST(Toml, WhatIsNoTomlIsRefused) {
  for (const std::string_view text : {"a",
                                      "a =",
                                      "a = b",
                                      "a = 1 b = 2",
                                      "a = 1\na = 2",
                                      "[a]\n[a]",
                                      "a = [1",
                                      "a = {b = 1",
                                      "a = \"x",
                                      "a = \"\\q\"",
                                      "[a",
                                      "[[a]",
                                      "a = 1\n[a]",
                                      "a.b = 1\na = 2",
                                      "a = {}\na.b = 1",
                                      "[a]\nb = 1\n[[a]]",
                                      "a = \"\"\"x",
                                      "a = '\x01'",
                                      "= 1",
                                      "a = \"\\ud800\"",
                                      "\xff = 1",
                                      "[a.b]\nc = 1\n[a]\nb.d = 2",
                                      "[]",
                                      "a = 1,"}) {
    EXPECT_FALSE(parse_toml(text).ok()) << text;
  }
}

TEST(Toml, ATableMayBeNamedAfterItsChildren) {
  const TomlNode root = read("[a.b]\nc = 1\n[a]\nd = 2\n[e]\nf.g = 1\nf.h = 2\n");
  EXPECT_EQ(root.find("a", "b", "c")->text, "1");
  EXPECT_EQ(root.find("a", "d")->text, "2");
  EXPECT_EQ(root.find("e", "f")->members.size(), 2U);
}

TEST(Toml, DepthAndValuesAreBounded) {
  EXPECT_EQ(parse_toml("a = " + std::string(100'000, '[')).error().kind(), ErrorKind::kTooLarge);
  std::string key = "a";
  for (int i = 0; i < 100'000; ++i) {
    key += ".a";
  }
  EXPECT_EQ(parse_toml(key + " = 1").error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(parse_toml("[" + key + "]").error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(parse_toml("a = [1,1,1,1]", {.values = 3}).error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(parse_toml("a = 1", {.bytes = 4}).error().kind(), ErrorKind::kTooLarge);
}

TEST(Toml, AnyCutOfAFileIsReadOrRefused) {
  for (size_t i = 0; i <= kLock.size(); ++i) {
    (void)parse_toml(kLock.substr(0, i));
  }
}

}  // namespace
}  // namespace sally::formats
