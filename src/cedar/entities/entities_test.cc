#include "cedar/entities/entities.h"

#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"

namespace sally::cedar {
namespace {

Entity named(std::string id, std::vector<std::string> parents = {}) {
  Entity out;
  out.uid = {"E", std::move(id)};
  for (std::string& parent : parents) {
    out.parents.push_back({"E", std::move(parent)});
  }
  return out;
}

std::string error_of(std::string_view json) {
  const auto entities = read_entities(json);
  return entities.ok() ? "accepted" : entities.error().message();
}

TEST(Entities, AreClosedUnderIsIn) {
  const auto entities = Entities::create({named("a", {"b", "gone"}), named("b", {"c", "d"}),
                                          named("c", {"e"}), named("d", {"e"}), named("e")});
  ASSERT_TRUE(entities.ok());
  const auto in = [&](const char* a, const char* b) { return entities->is_in({"E", a}, {"E", b}); };
  EXPECT_TRUE(in("a", "e"));
  EXPECT_TRUE(in("a", "gone"));
  EXPECT_TRUE(in("d", "e"));
  EXPECT_FALSE(in("e", "a"));
  EXPECT_FALSE(in("c", "d"));
  EXPECT_FALSE(in("b", "gone"));
  // What is not there is in itself and in nothing else.
  EXPECT_TRUE(in("gone", "gone"));
  EXPECT_TRUE(in("other", "other"));
  EXPECT_FALSE(in("gone", "a"));
  EXPECT_FALSE(in("a", "other"));
}

TEST(Entities, MustNotFormACircle) {
  EXPECT_FALSE(Entities::create({named("a", {"a"})}).ok());
  EXPECT_FALSE(Entities::create({named("a", {"b"}), named("b", {"a"})}).ok());
  const auto circle = Entities::create({named("a", {"x", "b"}), named("b", {"c"}),
                                        named("c", {"b"}), named("d", {"a"}), named("x")});
  ASSERT_FALSE(circle.ok());
  EXPECT_TRUE(circle.error().message() == "entity `E::\"b\"` is in itself" ||
              circle.error().message() == "entity `E::\"c\"` is in itself")
      << circle.error().message();
  EXPECT_TRUE(
      Entities::create({named("a", {"b", "c"}), named("b", {"d"}), named("c", {"d"})}).ok());
}

TEST(Entities, MayBeGivenTwiceWhenTheyAreTheSame) {
  EXPECT_TRUE(Entities::create({named("a", {"b", "c"}), named("a", {"c", "b"})}).ok());
  EXPECT_EQ(Entities::create({named("a"), named("a"), named("a")})->all().size(), 1U);
  const auto different = Entities::create({named("a"), named("b"), named("a", {"b"})});
  ASSERT_FALSE(different.ok());
  EXPECT_EQ(different.error().kind(), ErrorKind::kConflict);
}

TEST(Entities, AreLimitedInTheirClosure) {
  std::vector<Entity> chain;
  for (int i = 0; i < 12'000; ++i) {
    chain.push_back(named(std::to_string(i), {std::to_string(i + 1)}));
  }
  const auto closed = Entities::create(std::move(chain));
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().kind(), ErrorKind::kTooLarge);
}

TEST(EntitiesJson, ReadsAttributesTagsAndParents) {
  const auto entities = read_entities(R"([
      {"uid": {"__entity": {"type": "N::User", "id": "a"}}, "attrs": {"age": 7},
       "parents": [{"type": "N::Team", "id": "t"}], "tags": {"k\u0000": "v"}},
      {"uid": {"type": "N::Team", "id": "t"}, "attrs": {}, "parents": []}])");
  ASSERT_TRUE(entities.ok()) << entities.error().message();
  const Entity* user = entities->find({"N::User", "a"});
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->attributes.to_string(), R"({"age": 7})");
  EXPECT_EQ(user->tags.to_string(), R"({"k\0": "v"})");
  EXPECT_TRUE(entities->is_in({"N::User", "a"}, {"N::Team", "t"}));
  EXPECT_EQ(entities->find({"N::User", "b"}), nullptr);
}

TEST(EntitiesJson, RefusesWhatIsNoEntityAndNamesThePath) {
  EXPECT_EQ(error_of("{}"), "the document: expected an array, found an object");
  EXPECT_EQ(error_of("[1]"), "`[0]`: expected an object, found a number");
  EXPECT_EQ(error_of(R"([{"attrs": {}, "parents": []}])"), "`[0].uid`: missing");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": ""}, "parents": []}])"),
            "`[0].attrs`: missing");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": ""}, "attrs": {}}])"),
            "`[0].parents`: missing");
  EXPECT_EQ(
      error_of(R"([{"uid": {"type": "A", "id": ""}, "attrs": {}, "parents": [], "tag": {}}])"),
      "`[0].tag`: unknown member");
  EXPECT_EQ(error_of(R"([{"uid": "A::\"x\"", "attrs": {}, "parents": []}])"),
            "`[0].uid`: expected an object, found a string");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A B", "id": ""}, "attrs": {}, "parents": []}])"),
            "`[0].uid`: `A B` is no name of an entity type");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": ""}, "attrs": {"x": null}, "parents": []}])"),
            "`[0].attrs.x`: null is no value of Cedar");
}

TEST(EntitiesJson, AnActionIsOnlyInActions) {
  EXPECT_FALSE(read_entities(R"([{"uid": {"type": "N::Action", "id": "a"}, "attrs": {},
      "parents": [{"type": "Folder", "id": "f"}]}])")
                   .ok());
  EXPECT_TRUE(read_entities(R"([{"uid": {"type": "N::Action", "id": "a"}, "attrs": {},
      "parents": [{"type": "Action", "id": "g"}]}])")
                  .ok());
}

TEST(EntitiesJson, RefusesEveryPrefix) {
  const std::string json =
      R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"a": [1]}, "parents": [{"type": "B", "id": ""}]}])";
  ASSERT_EQ(error_of(json), "accepted");
  for (size_t cut = 0; cut < json.size(); ++cut) {
    EXPECT_NE(error_of(std::string_view(json).substr(0, cut)), "accepted") << cut;
  }
}

TEST(ContextJson, IsARecord) {
  EXPECT_EQ(read_context(R"({"a": 1})")->to_string(), R"({"a": 1})");
  // An escape in the place of the whole context is no context, whatever it stands for.
  EXPECT_FALSE(read_context(R"({"__entity": {"type": "T", "id": "x"}})").ok());
  EXPECT_FALSE(read_context(R"({"__extn": {"fn": "ip", "arg": "::1"}})").ok());
  EXPECT_FALSE(read_context("[]").ok());
  EXPECT_FALSE(read_context("1").ok());
}

}  // namespace
}  // namespace sally::cedar
