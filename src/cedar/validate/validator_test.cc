#include "cedar/validate/validator.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSchema = R"(
entity Group; entity User in Group { x?: Long, y: { z?: Long } }; entity Doc; entity Color enum ["red"];
action view appliesTo { principal: User, resource: [Doc, Color] };
)";

std::vector<std::string> messages(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(finding.policy_id + ": " + finding.message);
  }
  return out;
}

PolicySet linked(std::string_view text, std::optional<EntityUid> principal,
                 std::optional<EntityUid> resource) {
  auto set = *parse_policies(text);
  EXPECT_TRUE(set.add_link({"link", "policy0", std::move(principal), std::move(resource)}).ok());
  return set;
}

TEST(CedarValidator, LooksAtTheValuesOfLinks) {
  const auto schema = parse_schema(kSchema);
  const std::string_view in = "permit (principal in ?principal, action, resource);";
  EXPECT_THAT(validate(linked(in, EntityUid{"Group", "g"}, {}), *schema), IsEmpty());
  EXPECT_THAT(messages(validate(linked(in, EntityUid{"Doc", "g"}, {}), *schema)),
              ElementsAre("link: no action of the schema applies to this link"));
  EXPECT_THAT(messages(validate(linked(in, EntityUid{"Nope", "g"}, {}), *schema)),
              ElementsAre(HasSubstr("`Nope` of `?principal` is not in the schema"),
                          "link: no action of the schema applies to this link"));
}

TEST(CedarValidator, OnlyWarnsOfAnEnumeratedEntityThatALinkInvents) {
  const auto schema = parse_schema(kSchema);
  const auto set =
      linked("permit (principal, action, resource == ?resource);", {}, EntityUid{"Color", "blue"});
  const auto findings = validate(set, *schema);
  EXPECT_THAT(messages(findings), ElementsAre(HasSubstr("no entity of its type")));
  EXPECT_FALSE(has_errors(findings));
}

TEST(CedarValidator, KnowsAnExpressionHoweverItIsWritten) {
  const auto schema = parse_schema(kSchema);
  for (const std::string_view condition :
       {R"(principal["x"] == 1)", "principal has y.z && principal.y.z == 1",
        "principal.y has z && principal has y.z && principal.y.z == 1",
        "(if 1 != 2 then principal else principal) has x && "
        "(if !(1 == 2) then principal else principal).x == 1",
        "{b: principal, a: 1}.b has x && {a: 1, b: principal}.b.x == 1"}) {
    const auto policy = parse_policy(fmt::format(
        "permit (principal, action, resource) when {{ principal has x && {} }};", condition));
    ASSERT_TRUE(policy.ok()) << condition;
    EXPECT_THAT(messages(validate(*policy, *schema)), IsEmpty()) << condition;
  }
}

TEST(CedarValidator, DoesNotTakeOneExpressionForAnother) {
  const auto schema = parse_schema(kSchema);
  for (const std::string_view condition :
       {"User::\"a\" has x && User::\"b\".x == 1", "principal has x && User::\"a\".x == 1",
        "{a: principal}.a has x && {a: principal, b: 1}.a.x == 1",
        "(if 1 < 2 then principal else principal) has x && "
        "(if 2 < 1 then principal else principal).x == 1"}) {
    const auto policy =
        parse_policy(fmt::format("permit (principal, action, resource) when {{ {} }};", condition));
    ASSERT_TRUE(policy.ok()) << condition;
    EXPECT_TRUE(has_errors(validate(*policy, *schema))) << condition;
  }
}

TEST(CedarValidator, LooksAtEveryKindOfRequest) {
  const auto schema = parse_schema(
      "entity A { x: Long }; entity B; action a appliesTo { principal: [A, B], resource: B };");
  const auto findings = validate(
      *parse_policy("permit (principal, action, resource) when { principal.x == 1 };"), *schema);
  EXPECT_THAT(messages(findings), ElementsAre("policy0: entity type `B` has no attribute `x`"));
}

TEST(CedarValidator, ALongChainTakesNoLongerThanItIsLong) {
  const auto schema = parse_schema(kSchema);
  std::string text = "permit (principal, action, resource) when { principal has x";
  for (int i = 0; i < 20'000; ++i) {
    text += " && principal.x == 1 && principal has x";
  }
  for (int i = 0; i < 20'000; ++i) {
    text += " || principal has x";
  }
  const auto policy = parse_policy(text + " };");
  ASSERT_TRUE(policy.ok()) << policy.problems().front().message;
  EXPECT_THAT(messages(validate(*policy, *schema)), IsEmpty());
}

TEST(CedarValidator, GivesUpWhereTheWorkIsTooMuch) {
  std::string text = "entity T0 { x: Long }";
  std::string names = "T0";
  for (int i = 1; i < 100; ++i) {
    text += fmt::format("; entity T{} {{ x: Long }}", i);
    names += fmt::format(", T{}", i);
  }
  text += fmt::format("; action a appliesTo {{ principal: [{}], resource: [{}] }};", names, names);
  const auto schema = parse_schema(text);
  ASSERT_TRUE(schema.ok());
  const auto policy =
      parse_policy("permit (principal, action, resource) when { principal.x == resource.x };");
  EXPECT_THAT(messages(validate(*policy, *schema)), IsEmpty());
  EXPECT_THAT(messages(validate(*policy, *schema, {.steps = 10'000})),
              ElementsAre(HasSubstr("takes too long to validate")));
}

TEST(CedarValidator, SubtypesAndBoundsDependOnTheMode) {
  const Type bare = Type::record({{"a", Type::integer(), true}});
  const Type optional = Type::record({{"a", Type::integer(), false}});
  const Type wide = Type::record({{"a", Type::integer(), true}, {"b", Type::string(), true}});
  EXPECT_FALSE(is_subtype(bare, optional, Mode::kStrict));
  EXPECT_TRUE(is_subtype(bare, optional, Mode::kPermissive));
  EXPECT_FALSE(least_upper_bound(bare, wide, Mode::kStrict).has_value());
  EXPECT_EQ(least_upper_bound(bare, wide, Mode::kPermissive),
            Type::record({{"a", Type::integer(), true}}, true));
  EXPECT_FALSE(least_upper_bound(Type::entity("A"), Type::entity("B"), Mode::kStrict).has_value());
  EXPECT_EQ(least_upper_bound(Type::entity("A"), Type::entity("B"), Mode::kPermissive),
            Type::entities({"A", "B"}));
  EXPECT_EQ(least_upper_bound(Type::set(Type::singleton(true)), Type::set(Type::singleton(false)),
                              Mode::kStrict),
            Type::set(Type::boolean()));
  EXPECT_EQ(least_upper_bound(Type::never(), bare, Mode::kStrict), bare);
}

}  // namespace
}  // namespace sally::cedar
