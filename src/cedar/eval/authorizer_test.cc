#include "cedar/eval/authorizer.h"

#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "U", "id": "a"}, "attrs": {}, "parents": [{"type": "G", "id": "g"}]},
  {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}])";

std::string decide(const PolicySet& set, const Request& request) {
  const auto entities = read_entities(kEntities);
  EXPECT_TRUE(entities.ok());
  const auto answer = authorize(set, *entities, request);
  EXPECT_TRUE(answer.ok());
  std::string out = answer->decision == Decision::kAllow ? "allow" : "deny";
  for (const std::string& id : answer->reasons) {
    out += " " + id;
  }
  for (const PolicyFailure& failure : answer->errors) {
    out += " !" + failure.policy;
  }
  return out;
}

std::string decide(std::string_view policies) {
  const auto set = parse_policies(policies);
  EXPECT_TRUE(set.ok());
  return decide(*set, {{"U", "a"}, {"Action", "read"}, {"R", "r"}});
}

TEST(Authorizer, DeniesWhereNothingApplies) {
  EXPECT_EQ(decide(""), "deny");
  EXPECT_EQ(decide("permit(principal == U::\"b\", action, resource);"), "deny");
}

TEST(Authorizer, NamesAllPermitsThatApply) {
  EXPECT_EQ(decide("permit(principal, action, resource); permit(principal in G::\"g\", action, "
                   "resource); permit(principal, action, resource) when { false };"),
            "allow policy0 policy1");
}

TEST(Authorizer, AForbidOverridesEveryPermit) {
  EXPECT_EQ(decide("permit(principal, action, resource); forbid(principal, action, resource == "
                   "R::\"r\"); forbid(principal is X, action, resource);"),
            "deny policy1");
}

TEST(Authorizer, AnErrorTouchesOnlyItsPolicy) {
  EXPECT_EQ(decide("permit(principal, action, resource); "
                   "forbid(principal, action, resource) when { resource.x }; "
                   "permit(principal, action, resource) unless { 1 + true == 2 };"),
            "allow policy0 !policy1 !policy2");
  EXPECT_EQ(decide("forbid(principal, action, resource) when { resource.x };"), "deny !policy0");
}

TEST(Authorizer, SaysWhetherAForbidFailed) {
  const auto failed = [](std::string_view text) {
    const auto compiled = CompiledPolicies::create(*parse_policies(text));
    Scratch scratch;
    const auto view = view_of({{"U", "a"}, {"A", "b"}, {"R", "r"}}, scratch);
    const EntityStore store;
    return authorize(*compiled, store, *view, scratch).forbid_failed;
  };
  EXPECT_TRUE(failed("forbid(principal, action, resource) when { resource.x };"));
  EXPECT_FALSE(failed("permit(principal, action, resource) when { resource.x };"));
}

TEST(Authorizer, HoldsTheScopeAgainstTheRequest) {
  const auto applies = [](const std::string& scope) {
    return decide("permit(" + scope + ");") != "deny";
  };
  EXPECT_TRUE(applies("principal == U::\"a\", action, resource"));
  EXPECT_FALSE(applies("principal == G::\"g\", action, resource"));
  EXPECT_TRUE(applies("principal in U::\"a\", action, resource"));
  EXPECT_TRUE(applies("principal is U in G::\"g\", action, resource"));
  EXPECT_FALSE(applies("principal is V in G::\"g\", action, resource"));
  EXPECT_FALSE(applies("principal is U in G::\"h\", action, resource"));
  EXPECT_TRUE(applies("principal, action == Action::\"read\", resource"));
  EXPECT_FALSE(applies("principal, action == Action::\"all\", resource"));
  EXPECT_TRUE(applies("principal, action in Action::\"all\", resource"));
  EXPECT_TRUE(applies("principal, action in [Action::\"x\", Action::\"all\"], resource"));
  EXPECT_FALSE(applies("principal, action in [Action::\"x\"], resource"));
  EXPECT_FALSE(applies("principal, action in [], resource"));
  EXPECT_TRUE(applies("principal, action in [Action::\"read\", Action::\"read\"], resource"));
  EXPECT_TRUE(applies("principal, action, resource is R"));
  EXPECT_FALSE(applies("principal, action, resource is R in G::\"g\""));
}

TEST(Authorizer, ConditionsEndWithTheFirstThatDoesNotHold) {
  EXPECT_EQ(decide("permit(principal, action, resource) when { false } when { resource.x };"),
            "deny");
  EXPECT_EQ(decide("permit(principal, action, resource) unless { true } when { resource.x };"),
            "deny");
  EXPECT_EQ(decide("permit(principal, action, resource) when { true } unless { false };"),
            "allow policy0");
  EXPECT_EQ(decide("permit(principal, action, resource) when { 1 };"), "deny !policy0");
  EXPECT_EQ(decide("permit(principal, action, resource) unless { \"\" };"), "deny !policy0");
}

TEST(Authorizer, LinksTakePartAndTemplatesDoNot) {
  auto set = parse_policies(
      "permit(principal == ?principal, action, resource in ?resource);"
      "forbid(principal in ?principal, action, resource);");
  ASSERT_TRUE(set.ok());
  const Request request{{"U", "a"}, {"Action", "read"}, {"R", "r"}};
  EXPECT_EQ(decide(*set, request), "deny");
  ASSERT_TRUE(set->add_link({"mine", "policy0", EntityUid{"U", "a"}, EntityUid{"R", "r"}}).ok());
  ASSERT_TRUE(set->add_link({"other", "policy0", EntityUid{"U", "b"}, EntityUid{"R", "r"}}).ok());
  EXPECT_EQ(decide(*set, request), "allow mine");
  ASSERT_TRUE(set->add_link({"no", "policy1", EntityUid{"G", "g"}, std::nullopt}).ok());
  EXPECT_EQ(decide(*set, request), "deny no");
}

TEST(Authorizer, AScratchMayBeUsedAgainAndAgain) {
  const auto compiled = CompiledPolicies::create(
      *parse_policies("permit(principal, action, resource) when { context.n == [context.m] };"));
  const EntityStore store;
  Scratch scratch;
  for (int i = 0; i < 1000; ++i) {
    const std::string json = R"({"principal":{"type":"U","id":"a"},"action":{"type":"A","id":"b"},)"
                             R"("resource":{"type":"R","id":"c"},"context":{"n":[)" +
                             std::to_string(i) + R"(],"m":)" + std::to_string(i / 2 * 2) + "}}";
    const auto view = read_request(json, scratch);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(authorize(*compiled, store, *view, scratch).decision == Decision::kAllow, i % 2 == 0);
  }
}

}  // namespace
}  // namespace sally::cedar
