#include "cedar/validate/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/schema/parser.h"

namespace sally::cedar {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSchema = R"(
entity Group in [Group]; entity Team; entity Color enum ["red"];
entity User in [Group, Color] {
  name: String, age?: Long, color?: Color, r?: { a: Long, b?: String }, colors?: Set<Color>, d?: decimal, u?: User,
  act?: Action
} tags Long;
entity Doc;
action all;
action view in [all] appliesTo {
  principal: [User, Color], resource: [Doc, Color], context: { k?: Color, l?: Long, es?: Set<{ x: Color }> }
};
)";

const Schema& schema() {
  static const auto kParsed = parse_schema(kSchema);
  return *kParsed;
}

// What is wrong with the entities, read with or without the schema; `fine` where nothing is.
std::string entities(std::string_view json) {
  const auto read = read_entities(json);
  if (!read.ok()) {
    return read.error().message();
  }
  const auto errors = validate_entities(schema(), *read);
  return errors.empty() ? "fine" : errors.front().message();
}

std::string user(std::string_view attributes, std::string_view rest = R"("parents": [])") {
  return R"([{"uid": {"type": "User", "id": "a"}, "attrs": )" + std::string(attributes) + ", " +
         std::string(rest) + "}]";
}

std::string color(std::string_view name, std::string_view id) {
  return R"({"name": "x", ")" + std::string(name) + R"(": {"__entity": {"type": "Color", "id": ")" +
         std::string(id) + "\"}}}";
}

TEST(CedarConformance, EntitiesHaveTheAttributesOfTheirType) {
  EXPECT_EQ(entities(user(R"({"name": "x"})")), "fine");
  EXPECT_EQ(entities(user(R"({"name": "x", "r": {"a": 1}})")), "fine");
  EXPECT_THAT(entities(user("{}")), HasSubstr("attribute `name` is missing"));
  EXPECT_THAT(entities(user(R"({"name": 1})")),
              HasSubstr("`name`: expected `String`, found a long"));
  EXPECT_THAT(entities(user(R"({"name": "x", "foo": 1})")),
              HasSubstr("`foo` is not in the schema"));
  EXPECT_THAT(entities(user(R"({"name": "x", "r": {}})")),
              HasSubstr("`r`: attribute `a` is missing"));
  EXPECT_THAT(entities(user(R"({"name": "x", "r": {"a": 1, "b": 2}})")),
              HasSubstr("`r.b`: expected `String`"));
  EXPECT_THAT(entities(user(R"({"name": "x", "d": "1.0"})")), HasSubstr("expected `decimal`"));
  EXPECT_THAT(entities(user(R"({"name": "x", "u": {"__entity": {"type": "Doc", "id": "d"}}})")),
              HasSubstr("expected `User`, found `Doc::\"d\"`"));
}

TEST(CedarConformance, EnumeratedEntitiesAreOnesOfTheList) {
  EXPECT_EQ(entities(user(color("color", "red"))), "fine");
  EXPECT_THAT(entities(user(color("color", "blue"))),
              HasSubstr("none of the entities of its type"));
  EXPECT_THAT(
      entities(user(R"({"name": "x", "colors": [{"__entity": {"type": "Color", "id": "blue"}}]})")),
      HasSubstr("none of the entities"));
  EXPECT_EQ(entities(R"([{"uid": {"type": "Color", "id": "red"}, "attrs": {}, "parents": []}])"),
            "fine");
  EXPECT_THAT(entities(R"([{"uid": {"type": "Color", "id": "blue"}, "attrs": {}, "parents": []}])"),
              HasSubstr("none of the entities"));
  EXPECT_THAT(
      entities(R"([{"uid": {"type": "Color", "id": "red"}, "attrs": {"x": 1}, "parents": []}])"),
      HasSubstr("not in the schema"));
  EXPECT_THAT(entities(user(R"({"name": "x"})", R"("parents": [{"type": "Color", "id": "blue"}])")),
              HasSubstr("none of the entities"));
}

TEST(CedarConformance, EntitiesAreOnlyWhereTheirTypeMayBe) {
  EXPECT_EQ(entities(user(R"({"name": "x"})", R"("parents": [{"type": "Group", "id": "g"}])")),
            "fine");
  EXPECT_THAT(entities(user(R"({"name": "x"})", R"("parents": [{"type": "Team", "id": "g"}])")),
              HasSubstr("entities of type `User` cannot be in `Team::\"g\"`"));
  EXPECT_THAT(entities(R"([{"uid": {"type": "Nope", "id": "g"}, "attrs": {}, "parents": []}])"),
              HasSubstr("declares no entity type `Nope`"));
}

TEST(CedarConformance, TagsAreOfTheirType) {
  EXPECT_EQ(entities(user(R"({"name": "x"})", R"("parents": [], "tags": {"a": 1})")), "fine");
  EXPECT_THAT(entities(user(R"({"name": "x"})", R"("parents": [], "tags": {"a": "b"})")),
              HasSubstr("tag `a`"));
  EXPECT_THAT(
      entities(
          R"([{"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": [], "tags": {"a": 1}}])"),
      HasSubstr("entity type `Doc` has no tags"));
}

TEST(CedarConformance, ActionsAreAsTheSchemaSays) {
  EXPECT_EQ(
      entities(
          R"([{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}])"),
      "fine");
  EXPECT_THAT(
      entities(R"([{"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": []}])"),
      HasSubstr("declares this action otherwise"));
  EXPECT_THAT(
      entities(R"([{"uid": {"type": "Action", "id": "nope"}, "attrs": {}, "parents": []}])"),
      HasSubstr("declares no action"));
  EXPECT_THAT(
      entities(user(R"({"name": "x", "act": {"__entity": {"type": "Action", "id": "nope"}}})")),
      HasSubstr("declares no action"));
}

TEST(CedarConformance, OfManyErrorsSomeAreTold) {
  std::string json = "[";
  for (int i = 0; i < 200; ++i) {
    json += (i == 0 ? "" : ",");
    json += R"({"uid": {"type": "User", "id": ")" + std::to_string(i) +
            R"("}, "attrs": {}, "parents": []})";
  }
  EXPECT_EQ(validate_entities(schema(), *read_entities(json + "]")).size(), 64U);
}

std::string request(const EntityUid& principal, const EntityUid& action, const EntityUid& resource,
                    std::string_view context = "{}") {
  const auto fits = validate_request(schema(), principal, action, resource, *read_context(context));
  return fits.ok() ? "fine" : fits.error().message();
}

TEST(CedarConformance, RequestsAreOnesTheActionAppliesTo) {
  const EntityUid user_a{"User", "a"};
  const EntityUid view{"Action", "view"};
  const EntityUid doc{"Doc", "d"};
  EXPECT_EQ(request(user_a, view, doc), "fine");
  EXPECT_EQ(request({"Color", "red"}, view, {"Color", "red"}), "fine");
  EXPECT_THAT(request({"Group", "a"}, view, doc), HasSubstr("principals of type `Group`"));
  EXPECT_THAT(request({"Nope", "a"}, view, doc), HasSubstr("no entity type `Nope`"));
  EXPECT_THAT(request({"Color", "blue"}, view, doc), HasSubstr("none of the entities"));
  EXPECT_THAT(request(user_a, view, {"Color", "blue"}), HasSubstr("none of the entities"));
  EXPECT_THAT(request(user_a, view, user_a), HasSubstr("resources of type `User`"));
  EXPECT_THAT(request(user_a, {"Action", "nope"}, doc), HasSubstr("no action"));
  EXPECT_THAT(request(user_a, {"Action", "all"}, doc), HasSubstr("does not apply to principals"));
  EXPECT_THAT(request(view, view, doc), HasSubstr("principals of type `Action`"));
}

TEST(CedarConformance, ContextsAreThoseOfTheAction) {
  const auto context = [](std::string_view json) {
    return request({"User", "a"}, {"Action", "view"}, {"Doc", "d"}, json);
  };
  EXPECT_EQ(context(R"({"k": {"__entity": {"type": "Color", "id": "red"}}, "l": 1, "es": []})"),
            "fine");
  EXPECT_THAT(context(R"({"k": {"__entity": {"type": "Color", "id": "blue"}}})"),
              HasSubstr("none of the entities"));
  EXPECT_THAT(context(R"({"k": {"__entity": {"type": "Doc", "id": "d"}}})"),
              HasSubstr("expected `Color`"));
  EXPECT_THAT(context(R"({"l": "x"})"), HasSubstr("`l`: expected `Long`"));
  EXPECT_THAT(context(R"({"z": 1})"), HasSubstr("`z` is not in the schema"));
  EXPECT_THAT(context(R"({"es": [{"x": {"__entity": {"type": "Color", "id": "blue"}}}]})"),
              HasSubstr("`es.x`"));
}

}  // namespace
}  // namespace sally::cedar
