#include "formats/yaml/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sally::formats {
namespace {

using testing::HasSubstr;

constexpr YamlLimits kLimits = {.bytes = 1 << 16, .depth = 32, .nodes = 2'000};

YamlNode only(std::string_view text) {
  YamlDocuments all = parse_yaml_documents(text, kLimits);
  EXPECT_FALSE(all.problem) << text << (all.problem ? all.problem->message : "");
  EXPECT_EQ(all.roots.size(), 1U) << text;
  return all.roots.empty() ? YamlNode() : all.roots.front();
}

TEST(Yaml, ADocumentIsATreeWithPlaces) {
  const YamlParsed parsed = parse_yaml("a: [1, {b: two}]\nc:\n  d: ~\n");
  ASSERT_FALSE(parsed.problem);
  const YamlNode* list = parsed.root.find("a");
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(list->items[1].find("b")->text, "two");
  EXPECT_EQ(list->items[1].find("b")->place, (YamlPlace{1, 12}));
  EXPECT_EQ(parsed.root.find("c")->find("d")->kind, YamlNode::Kind::kNull);
}

TEST(Yaml, PlainYamlRefusesWhatSurprises) {
  for (const std::string_view text :
       {"a: &x 1\nb: *x\n", "a: !!int 1\n", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "? [a]\n: 1\n",
        "a: [1\n", "a: \"\\x\"\n", "a: \"\xff\"\n", "&k a: 1\n", "!!str a: 1\n"}) {
    EXPECT_TRUE(parse_yaml(text).problem) << text;
  }
}

TEST(Yaml, DepthNodesAndBytesAreBounded) {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  EXPECT_THAT(parse_yaml(deep).problem->message, HasSubstr("levels deep"));
  std::string many = "[";
  for (int i = 0; i < 30'000; ++i) {
    many += "1,";
  }
  EXPECT_THAT(parse_yaml(many + "1]").problem->message, HasSubstr("more than 20000 values"));
  EXPECT_THAT(parse_yaml(std::string(2 << 20, ' ')).problem->message, HasSubstr("at most"));
}

TEST(Yaml, FilesOfOthersKeepTheirTags) {
  const YamlNode root = only("a: !!python/object/apply:os.system [id]\nb: !vault x\nc: '1'\n");
  EXPECT_EQ(root.find("a")->tag, "tag:yaml.org,2002:python/object/apply:os.system");
  EXPECT_EQ(root.find("b")->tag, "!vault");
  EXPECT_EQ(root.find("c")->tag, "");
  EXPECT_TRUE(root.find("c")->quoted);
}

TEST(Yaml, KeysThatAreNoTextsAreKept) {
  const YamlNode root =
      only("? !!python/name:os.system\n: 1\n? [a, b]\n: 2\n? {c: d}\n: {e: f}\nplain: 3\n");
  ASSERT_EQ(root.members.size(), 4U);
  EXPECT_EQ(root.members[0].odd_key.at(0).tag, "tag:yaml.org,2002:python/name:os.system");
  EXPECT_EQ(root.members[1].odd_key.at(0).items.size(), 2U);
  EXPECT_EQ(root.members[1].value.text, "2");
  EXPECT_EQ(root.members[2].odd_key.at(0).find("c")->text, "d");
  EXPECT_EQ(root.members[2].value.find("e")->text, "f");
  EXPECT_EQ(root.find("plain")->text, "3");
}

TEST(Yaml, AnAliasStandsForACopy) {
  const YamlNode root = only("a: &x {b: [1, 2]}\nc: *x\n*x : d\n");
  EXPECT_EQ(root.find("c")->find("b")->items.size(), 2U);
  EXPECT_EQ(root.members[2].odd_key.at(0).find("b")->items.size(), 2U);
  EXPECT_EQ(root.members[2].value.text, "d");
}

TEST(Yaml, AliasesOfAliasesCostWhatTheyStandFor) {
  std::string text = "a0: &a0 [lol, lol]\n";
  for (int i = 1; i < 30; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            ", *a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_TRUE(parse_yaml_documents(text, kLimits).problem);
  const std::string wide = "a: &a " + std::string(9'000, 'x') + "\nb: [*a,*a,*a,*a,*a,*a,*a,*a]\n";
  EXPECT_THAT(parse_yaml_documents(wide, kLimits).problem->message, HasSubstr("bytes"));
}

TEST(Yaml, AnAliasOfWhatItIsPartOfIsRefused) {
  EXPECT_TRUE(parse_yaml_documents("a: &x [1, *x]\n", kLimits).problem);
}

TEST(Yaml, DocumentsBeforeWhatIsWrongAreRead) {
  const YamlDocuments all = parse_yaml_documents("a: 1\n---\nb: 2\n---\nc: [\n", kLimits);
  EXPECT_TRUE(all.problem);
  ASSERT_EQ(all.roots.size(), 3U);
  EXPECT_EQ(all.roots[1].find("b")->text, "2");
  EXPECT_EQ(parse_yaml_documents("", kLimits).roots.size(), 0U);
}

TEST(Yaml, WhatIsNoDocumentIsNotReadForEver) {
  EXPECT_TRUE(parse_yaml_documents(", c@x:\n  version \"a\n", {.nodes = 100'000'000}).problem);
}

TEST(Yaml, AnyCutOfAFileIsReadOrRefused) {
  const std::string text =
      "a: &x !!python/name:os.system ''\n? [k]\n: *x\nl: |\n  block\n---\n- {a: \"\\u00e9\", b: "
      "'c'}\n";
  for (size_t i = 0; i <= text.size(); ++i) {
    (void)parse_yaml_documents(std::string_view(text).substr(0, i), kLimits);
    (void)parse_yaml(std::string_view(text).substr(0, i));
  }
}

}  // namespace
}  // namespace sally::formats
