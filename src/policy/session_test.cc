// What policies see of a session, and what a call brings into it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "policy/authorizer.h"
#include "policy/first_policies.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

using Texts = std::vector<std::string>;

// The rule that ships as an example: private data, untrusted text and a way out do not go together.
constexpr std::string_view kPolicies = R"(
permit (principal, action, resource);
@id("no-way-out")
forbid (principal, action in Action::"mcp:tools/call", resource is Tool)
when {
  resource has labels && resource.labels.contains("outside") &&
  context.session.labels.containsAll(["private", "untrusted"])
};
)";
constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Tool", "id": "tools/fetch"}, "attrs": {"labels": ["untrusted"]},
   "parents": [{"type": "Route", "id": "tools"}]},
  {"uid": {"type": "Tool", "id": "tools/send"}, "attrs": {"labels": ["outside"]},
   "parents": [{"type": "Route", "id": "tools"}]},
  {"uid": {"type": "Model", "id": "large"}, "attrs": {"labels": ["private"]}, "parents": []},
  {"uid": {"type": "Route", "id": "main"}, "attrs": {"labels": ["chat"]}, "parents": []}
])";

CedarAuthorizer authorizer() {
  const auto files = first_policies();
  const auto schema = std::ranges::find(files, "schema.cedarschema", &FirstPolicy::name);
  auto loaded = LoadedPolicies::from_files({{"schema.cedarschema", std::string(schema->text)},
                                            {"entities.json", std::string(kEntities)},
                                            {"own.cedar", std::string(kPolicies)}});
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
  auto set = ActiveSet::create(
      *std::move(loaded), 1,
      {.models = {ModelId("large")}, .routes = {RouteId("main"), RouteId("tools")}});
  EXPECT_TRUE(set.ok()) << set.error().message();
  return {*std::move(set), nullptr, OnForbidError::kDeny};
}

TestRequest tool_call(std::string tool) {
  TestRequest out;
  out.action = "mcp:tools/call";
  out.protocol = "mcp";
  out.route = RouteId("tools");
  out.model = ModelId();
  out.tool = std::move(tool);
  return out;
}

TEST(Session, WhatIsCalledBringsItsLabelsAndThoseOfItsRoute) {
  const auto all = authorizer();
  const auto decider = all.decider();
  EXPECT_EQ(decider->decide(tool_call("fetch").view()).labels(), (Texts{"untrusted"}));
  EXPECT_EQ(decider->decide(TestRequest().view()).labels(), (Texts{"private", "chat"}));
  EXPECT_EQ(decider->decide(tool_call("other").view()).labels(), Texts());
}

TEST(Session, TheDeadlyCombinationIsBroken) {
  const auto all = authorizer();
  const auto decider = all.decider();
  TestRequest send = tool_call("send");
  EXPECT_TRUE(decider->decide(send.view()).allowed());
  send.session.labels = {"untrusted"};
  EXPECT_TRUE(decider->decide(send.view()).allowed());
  send.session.labels = {"private", "untrusted"};
  const Decision refused = decider->decide(send.view());
  ASSERT_FALSE(refused.allowed());
  EXPECT_EQ(refused.refusal().rule, "no-way-out");
  EXPECT_TRUE(refused.labels().empty());
  TestRequest fetch = tool_call("fetch");
  fetch.session = send.session;
  EXPECT_TRUE(decider->decide(fetch.view()).allowed());
}

}  // namespace
}  // namespace sally::policy
