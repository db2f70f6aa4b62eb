// Entities and contexts read by a schema.
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/schema/parser.h"

namespace sally::cedar {
namespace {

const Schema& schema() {
  static const Schema made = [] {
    auto parsed = parse_schema(R"(
      namespace N {
        entity Team;
        entity User in [Team] = {at: ipaddr, boss?: User, seen: Set<datetime>, note: String}
          tags decimal;
        action all;
        action read in [all];
        action view in [read] appliesTo {principal: [User], resource: [Team],
                                         context: {who: User, for?: duration, text: String}};
      })");
    EXPECT_TRUE(parsed.ok());
    return *std::move(parsed);
  }();
  return made;
}

std::string error_of(std::string_view json) {
  const auto entities = read_entities(json, &schema());
  return entities.ok() ? "accepted" : entities.error().message();
}

TEST(SchemaReading, TakesTheShortFormsOfDeclaredTypes) {
  const auto entities = read_entities(
      R"([{"uid": {"type": "N::User", "id": "a"}, "parents": [{"type": "N::Team", "id": "t"}],
           "attrs": {"at": "10.0.0.0/8", "boss": {"type": "N::User", "id": "b"},
                     "seen": ["2024-01-01", {"fn": "datetime", "arg": "2024-01-02"}], "note": "::1"},
           "tags": {"k": "1.5", "l": {"__extn": {"fn": "decimal", "arg": "2.0"}}}}])",
      &schema());
  ASSERT_TRUE(entities.ok()) << entities.error().message();
  const Entity* user = entities->find({"N::User", "a"});
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->attributes.to_string(),
            R"({"at": ip("10.0.0.0/8"), "boss": N::User::"b", "note": "::1", "seen": )"
            R"([datetime("2024-01-01T00:00:00.000Z"), datetime("2024-01-02T00:00:00.000Z")]})");
  EXPECT_EQ(user->tags.to_string(), R"({"k": decimal("1.5"), "l": decimal("2.0")})");
}

TEST(SchemaReading, AddsTheActionsOfTheSchema) {
  const auto entities = read_entities("[]", &schema());
  ASSERT_TRUE(entities.ok());
  EXPECT_EQ(entities->all().size(), 3U);
  EXPECT_TRUE(entities->is_in({"N::Action", "view"}, {"N::Action", "all"}));
  EXPECT_FALSE(entities->is_in({"N::Action", "all"}, {"N::Action", "view"}));
}

TEST(SchemaReading, AnActionMayBeGivenAsItIsDeclaredAndNotOtherwise) {
  const auto action = [](std::string_view id, std::string_view attrs, std::string_view parents) {
    return R"([{"uid": {"type": "N::Action", "id": ")" + std::string(id) + R"("}, "attrs": )" +
           std::string(attrs) + R"(, "parents": )" + std::string(parents) + "}]";
  };
  // `all`, which `read` is in, is not said.
  EXPECT_EQ(error_of(action("view", "{}", R"([{"type": "N::Action", "id": "read"}])")),
            "entity `N::Action::\"view\"`: the schema declares this action otherwise");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "N::Action", "id": "view"}, "attrs": {},
                          "parents": [{"type": "N::Action", "id": "read"}]},
                         {"uid": {"type": "N::Action", "id": "read"}, "attrs": {},
                          "parents": [{"type": "N::Action", "id": "all"}]}])"),
            "accepted");
  EXPECT_EQ(error_of(action("view", "{}", R"([{"type": "N::Action", "id": "read"},
                                              {"type": "N::Action", "id": "all"}])")),
            "accepted");
  EXPECT_EQ(error_of(action("view", "{}", "[]")),
            "entity `N::Action::\"view\"`: the schema declares this action otherwise");
  EXPECT_EQ(error_of(action("view", R"({"a": 1})", R"([{"type": "N::Action", "id": "read"}])")),
            "entity `N::Action::\"view\"`: the schema declares this action otherwise");
  EXPECT_EQ(error_of(action("all", "{}", R"([{"type": "N::Action", "id": "read"}])")),
            "entity `N::Action::\"all\"`: the schema declares this action otherwise");
  EXPECT_EQ(error_of(action("other", "{}", "[]")),
            "entity `N::Action::\"other\"`: the schema declares no such action");
}

TEST(SchemaReading, RefusesTypesThatAreNotDeclared) {
  EXPECT_EQ(error_of(R"([{"uid": {"type": "User", "id": "a"}, "attrs": {}, "parents": []}])"),
            "entity `User::\"a\"`: the schema declares no such entity type");
}

TEST(SchemaReading, ReadsTheContextOfTheAction) {
  const EntityUid view{"N::Action", "view"};
  const auto context = read_context(
      R"({"who": {"type": "N::User", "id": "a"}, "for": "1h", "text": "1h"})", &schema(), &view);
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->to_string(),
            R"({"for": duration("3600000ms"), "text": "1h", "who": N::User::"a"})");
  const EntityUid other{"N::Action", "other"};
  EXPECT_FALSE(read_context("{}", &schema(), &other).ok());
}

}  // namespace
}  // namespace sally::cedar
