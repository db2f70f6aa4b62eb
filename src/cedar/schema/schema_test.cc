#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cedar/schema/closure.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/json_writer.h"
#include "cedar/schema/parser.h"

namespace sally::cedar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kText = R"(
@doc("x") namespace App {
  type Name = { first: String, "last name"?: String };
  entity Team in [Team];
  entity User, Admin in [Team] { name: Name, friends: Set<User>, ip: ipaddr } tags Long;
  entity State enum ["on", "off"];
  action all;
  action view, "view all" in [all] appliesTo { principal: [User, Admin], resource: Team, context: { state?: State } };
}
)";

constexpr std::string_view kJson = R"({"App": {
  "annotations": {"doc": "x"},
  "commonTypes": {"Name": {"type": "Record", "attributes": {
    "last name": {"type": "String", "required": false}, "first": {"type": "EntityOrCommon", "name": "String"}}}},
  "entityTypes": {
    "Team": {"memberOfTypes": ["Team"]},
    "User": {"memberOfTypes": ["Team"], "tags": {"type": "Long"}, "shape": {"type": "Record", "attributes": {
      "name": {"type": "Name"}, "ip": {"type": "Extension", "name": "ipaddr"},
      "friends": {"type": "Set", "element": {"type": "Entity", "name": "App::User"}}}}},
    "Admin": {"memberOfTypes": ["Team"], "tags": {"type": "Long"}, "shape": {"type": "Record", "attributes": {
      "name": {"type": "Name"}, "ip": {"type": "ipaddr"},
      "friends": {"type": "Set", "element": {"type": "Entity", "name": "User"}}}}},
    "State": {"enum": ["off", "on"]}},
  "actions": {
    "all": {},
    "view": {"memberOf": [{"id": "all"}], "appliesTo": {"principalTypes": ["User", "Admin"], "resourceTypes": ["Team"],
      "context": {"type": "Record", "attributes": {"state": {"type": "Entity", "name": "State", "required": false}}}}},
    "view all": {"memberOf": [{"id": "all", "type": "App::Action"}], "appliesTo": {"principalTypes": ["Admin", "User"],
      "resourceTypes": ["App::Team"], "context": {"type": "Record", "attributes": {
        "state": {"type": "Entity", "name": "State", "required": false}}}}}}}})";

std::string problem_of(std::string_view text) {
  const auto schema = text.starts_with("{") ? read_schema_json(text) : parse_schema(text);
  return schema.ok() ? "none" : schema.problems().front().message;
}

TEST(CedarSchema, IsTheSameFromBothSyntaxes) {
  const auto from_text = parse_schema(kText);
  const auto from_json = read_schema_json(kJson);
  ASSERT_TRUE(from_text.ok()) << from_text.problems().front().message;
  ASSERT_TRUE(from_json.ok()) << from_json.problems().front().message;
  EXPECT_TRUE(*from_text == *from_json);
}

TEST(CedarSchema, DiffersWhereOneAttributeDoes) {
  const auto a = parse_schema("entity A { x: { y: Set<Long> } };");
  const auto b = parse_schema("entity A { x: { y: Set<String> } };");
  const auto c = parse_schema("entity A { x: { y?: Set<Long> } };");
  EXPECT_FALSE(*a == *b);
  EXPECT_FALSE(*a == *c);
}

TEST(CedarSchema, TellsWhatMayBeInWhat) {
  const auto schema = parse_schema(
      "entity A in B; entity B in C; entity C in C; entity D;"
      "action x in y; action y; namespace N { action z in Action::\"x\"; }");
  ASSERT_TRUE(schema.ok());
  EXPECT_TRUE(schema->find_entity_type("A")->may_be_in("C"));
  EXPECT_FALSE(schema->find_entity_type("A")->may_be_in("A"));
  EXPECT_TRUE(schema->find_entity_type("C")->may_be_in("C"));
  EXPECT_TRUE(schema->may_be_in("A", "A"));
  EXPECT_FALSE(schema->may_be_in("D", "C"));
  EXPECT_TRUE(schema->may_be_in("N::Action", "Action"));
  EXPECT_FALSE(schema->may_be_in("Action", "N::Action"));
  EXPECT_THAT(schema->find_entity_type("C")->descendants, ElementsAre("A", "B", "C"));
  EXPECT_THAT(schema->find_action({"N::Action", "z"})->ancestors,
              ElementsAre(EntityUid{"Action", "x"}, EntityUid{"Action", "y"}));
  EXPECT_EQ(schema->find_action({"Action", "z"}), nullptr);
}

TEST(CedarSchema, ReadsBackFromTheJsonThatIsWritten) {
  for (const auto& fragment : {parse_schema_fragment(kText), read_schema_fragment_json(kJson)}) {
    ASSERT_TRUE(fragment.ok());
    const std::string json = write_schema_json(*fragment);
    const auto again = read_schema_json(json);
    ASSERT_TRUE(again.ok()) << again.problems().front().message << json;
    EXPECT_TRUE(*again == *read_schema_json(kJson));
    EXPECT_THAT(json, HasSubstr(R"("annotations":{"doc":"x"})"));
  }
}

TEST(CedarSchema, NamesMayHoldAnything) {
  const std::string_view text =
      R"(entity A { "\0": Long, "": Long, "\u{1F600}": Long }; action "\0";)";
  const auto schema = parse_schema(text);
  ASSERT_TRUE(schema.ok());
  EXPECT_NE(schema->find_entity_type("A")->attributes.find(std::string_view("\0", 1)), nullptr);
  EXPECT_NE(schema->find_action({"Action", std::string("\0", 1)}), nullptr);
  const auto again = read_schema_json(write_schema_json(*parse_schema_fragment(text)));
  ASSERT_TRUE(again.ok()) << again.problems().front().message;
  EXPECT_TRUE(*schema == *again);
}

TEST(CedarSchema, AnswersForATextThatIsCutAnywhere) {
  for (size_t size = 0; size <= kText.size(); ++size) {
    const auto schema = parse_schema(kText.substr(0, size));
    EXPECT_TRUE(schema.ok() || schema.problems().front().span.end <= size) << size;
  }
  for (size_t size = 0; size < kJson.size(); ++size) {
    EXPECT_FALSE(read_schema_json(kJson.substr(0, size)).ok()) << size;
  }
}

TEST(CedarSchema, TypesNestOnlySoDeep) {
  const auto nested = [](size_t depth) {
    std::string type = "Long";
    for (size_t i = 1; i < depth; ++i) {
      type = i % 2 == 0 ? "{a: " + type + "}" : "Set<" + type + ">";
    }
    return "entity A { x: " + type + " };";
  };
  EXPECT_EQ(problem_of(nested(kMaxTypeDepth - 1)), "none");
  EXPECT_EQ(problem_of(nested(kMaxTypeDepth + 1)), "this type is nested too deeply");
  std::string hostile = "entity A { x: ";
  for (int i = 0; i < 100'000; ++i) {
    hostile += "Set<";
  }
  EXPECT_EQ(problem_of(hostile), "this type is nested too deeply");
  const auto deepest = parse_schema_fragment(nested(kMaxTypeDepth - 1));
  EXPECT_TRUE(read_schema_json(write_schema_json(*deepest)).ok());
}

TEST(CedarSchema, CommonTypesDoNotGrowWithoutBounds) {
  std::string wide = "type T0 = Long;";
  std::string long_chain = "type T0 = Long;";
  for (int i = 1; i <= 20; ++i) {
    wide += fmt::format("type T{} = {{a: T{}, b: T{}, c: T{}}};", i, i - 1, i - 1, i - 1);
  }
  for (int i = 1; i <= 20'000; ++i) {
    long_chain += fmt::format("type T{} = T{};", i, i - 1);
  }
  EXPECT_THAT(problem_of(wide), HasSubstr("too large"));
  EXPECT_EQ(problem_of(long_chain), "none");
}

TEST(CedarSchema, HierarchiesDoNotGrowWithoutBounds) {
  std::string types = "entity T0;";
  for (int i = 1; i <= 1'000; ++i) {
    types += fmt::format("entity T{} in [T{}];", i, i - 1);
  }
  EXPECT_THAT(problem_of(types), HasSubstr("hierarchy of the schema is too large"));
  std::string names = "a0";
  std::string list = "T";
  for (int i = 1; i <= 1'000; ++i) {
    names += fmt::format(", a{}", i);
    list += ", T";
  }
  EXPECT_THAT(
      problem_of(fmt::format("entity T; action {} appliesTo {{ principal: [{}], resource: T }};",
                             names, list)),
      HasSubstr("this declaration is too large"));
}

TEST(CedarSchema, ProblemsAreBounded) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += "entity A in Missing;";
  }
  EXPECT_LE(parse_schema(text).problems().size(), 64U);
  EXPECT_LE(parse_schema(std::string(100'000, ';')).problems().size(), 64U);
}

TEST(CedarSchema, AMillionThingsEndSoon) {
  EXPECT_FALSE(parse_schema("entity A { x: " + std::string(1'000'000, '{')).ok());
  EXPECT_FALSE(parse_schema(std::string(1'000'000, '@')).ok());
  EXPECT_FALSE(read_schema_json(std::string(1'000'000, '[')).ok());
}

TEST(CedarClosure, ReachesOverManyEdgesAndEndsOnCycles) {
  const Graph graph = {{1}, {2}, {1}, {}};
  const auto reached = closure(graph, 100);
  ASSERT_TRUE(reached.has_value());
  EXPECT_THAT(*reached,
              ElementsAre(ElementsAre(1, 2), ElementsAre(1, 2), ElementsAre(1, 2), ElementsAre()));
  EXPECT_FALSE(closure(graph, 2).has_value());
  EXPECT_THAT(reversed(graph),
              ElementsAre(ElementsAre(), ElementsAre(0, 2), ElementsAre(1), ElementsAre()));
}

TEST(CedarType, ReadsLikeASchema) {
  const auto schema = parse_schema(R"(entity A { b?: Set<{"x y": Long}>, a: A, d: decimal };)");
  EXPECT_EQ(schema->find_entity_type("A")->attributes.to_string(),
            R"({a: A, b?: Set<{"x y": Long}>, d: decimal})");
  EXPECT_EQ(Type::entities({"B", "A", "B"}).to_string(), "A | B");
  EXPECT_EQ(Type::record({{"a", Type::integer(), true}}, true).to_string(), "{a: Long, ...}");
}

TEST(CedarType, LongOnesAreCutShort) {
  std::vector<Attribute> attributes;
  for (int i = 0; i < 1'000; ++i) {
    attributes.push_back({fmt::format("attribute_{}", i), Type::string(), true});
  }
  const std::string text = Type::set(Type::record(std::move(attributes))).to_string();
  EXPECT_LT(text.size(), 250U);
  EXPECT_THAT(text, HasSubstr("…"));
}

}  // namespace
}  // namespace sally::cedar
