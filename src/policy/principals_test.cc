// What policies see of those who call: users, agents, workloads, their groups, claims and roles.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "policy/authorizer.h"
#include "policy/first_policies.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Group", "id": "corp/sales"}, "attrs": {},
   "parents": [{"type": "Team", "id": "revenue"}]},
  {"uid": {"type": "Team", "id": "revenue"}, "attrs": {}, "parents": []}
])";

ActiveSetPtr set_of(std::string_view policies) {
  const auto files = first_policies();
  const auto schema = std::ranges::find(files, "schema.cedarschema", &FirstPolicy::name);
  auto loaded = LoadedPolicies::from_files({{"schema.cedarschema", std::string(schema->text)},
                                            {"entities.json", std::string(kEntities)},
                                            {"own.cedar", std::string(policies)}});
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
  auto set = ActiveSet::create(*std::move(loaded), 1,
                               {.models = {ModelId("large")}, .routes = {RouteId("main")}});
  EXPECT_TRUE(set.ok()) << set.error().message();
  return *std::move(set);
}

bool holds(std::string_view condition, const Principal& who) {
  TestRequest request;
  request.principal = who;
  const CedarAuthorizer authorizer(
      set_of("permit (principal, action, resource) when { " + std::string(condition) + " };"),
      nullptr, OnForbidError::kDeny);
  return authorizer.decider()->decide(request.view()).allowed();
}

Principal alice() {
  Principal out;
  out.kind = PrincipalKind::kUser;
  out.id = "corp/alice";
  out.name = "Alice";
  out.proofs = {"corp", "certificate"};
  out.groups = {"corp/sales", "corp/staff"};
  out.scopes = {"write", "read"};
  out.claims = {{"department", {"emea"}}, {"amr", {"pwd", "otp"}}};
  out.workload = "spiffe://corp/laptop";
  out.roles = {"oncall"};
  return out;
}

Principal bot_for_alice() {
  Principal out = alice();
  out.kind = PrincipalKind::kAgent;
  out.id = "corp/travel/bot";
  out.acts_for = Party{PrincipalKind::kUser, "corp/alice"};
  out.via = {{PrincipalKind::kAgent, "corp/planner"}, {PrincipalKind::kAgent, "corp/router"}};
  return out;
}

Principal batch() {
  Principal out;
  out.kind = PrincipalKind::kWorkload;
  out.id = out.workload = "spiffe://corp/ns/batch";
  out.proofs = {"certificate"};
  return out;
}

TEST(Principals, AUserIsInItsGroupsTheirTeamsAndItsRoles) {
  for (const char* condition : {
           R"(principal == User::"corp/alice")",
           R"(principal in Group::"corp/sales" && principal in Group::"corp/staff")",
           R"(principal in Team::"revenue")",
           R"(principal in Role::"oncall")",
       }) {
    EXPECT_TRUE(holds(condition, alice())) << condition;
  }
  EXPECT_FALSE(holds(R"(principal in Group::"other/sales")", alice()));
}

TEST(Principals, AUserHasTheClaimsOfItsToken) {
  for (
      const char* condition : {
          R"(principal is User && principal.issuer == "corp" && principal.subject == "alice")",
          R"(principal is User && principal has name && principal.name == "Alice")",
          R"(principal is User && principal.scopes == ["read", "write"])",
          R"(principal is User && principal.hasTag("amr") && principal.getTag("amr").contains("otp"))",
          R"(principal is User && !principal.hasTag("email"))",
          R"(context.proofs.containsAll(["corp", "certificate"]))",
          R"(context has workload && context.workload.trust_domain == "corp" && context.workload.path == "/laptop")",
      }) {
    EXPECT_TRUE(holds(condition, alice())) << condition;
  }
}

TEST(Principals, AnAgentIsNotTheUserItActsFor) {
  EXPECT_FALSE(holds(R"(principal == User::"corp/alice")", bot_for_alice()));
  EXPECT_FALSE(holds(R"(principal in Group::"corp/sales")", bot_for_alice()));
  EXPECT_FALSE(holds(R"(principal in Team::"revenue")", bot_for_alice()));
}

TEST(Principals, WhatATokenClaimsIsAboutTheUserAnAgentActsFor) {
  for (
      const char* condition : {
          R"(principal == Agent::"corp/travel/bot" && principal.subject == "travel/bot")",
          R"(principal is Agent && principal has acts_for && principal.acts_for == User::"corp/alice")",
          R"(principal is Agent && principal has acts_for && principal.acts_for in Team::"revenue")",
          R"(principal is Agent && principal has acts_for && principal.acts_for.hasTag("department"))",
          R"(principal is Agent && !principal.hasTag("department"))",
          R"(principal is Agent && principal.scopes.contains("write"))",
          R"(principal is Agent && principal.via == [Agent::"corp/router", Agent::"corp/planner"])",
          R"(principal in Role::"oncall")",
          R"(principal is Agent && principal has acts_for && !(principal.acts_for in Role::"oncall"))",
      }) {
    EXPECT_TRUE(holds(condition, bot_for_alice())) << condition;
  }
}

TEST(Principals, AnAgentOfItsOwnHasItsGroupsAndActsForNobody) {
  Principal bot = alice();
  bot.kind = PrincipalKind::kAgent;
  bot.id = "corp/bot";
  for (
      const char* condition : {
          R"(principal is Agent && !(principal has acts_for) && principal.via.isEmpty())",
          R"(principal in Group::"corp/sales")",
          R"(principal is Agent && principal.hasTag("department") && principal.getTag("department") == ["emea"])",
      }) {
    EXPECT_TRUE(holds(condition, bot)) << condition;
  }
}

TEST(Principals, AWorkloadIsWhatItsCertificateSays) {
  for (const char* condition : {
           R"(principal == Workload::"spiffe://corp/ns/batch")",
           R"(principal is Workload && principal.trust_domain == "corp")",
           R"(principal is Workload && principal.path like "/ns/*")",
           R"(context has workload && context.workload == principal)",
       }) {
    EXPECT_TRUE(holds(condition, batch())) << condition;
  }
}

TEST(Principals, AKeyHasRolesBesideItsTeam) {
  Principal key = TestRequest::demo_key();
  key.roles = {"oncall", "deploy"};
  EXPECT_TRUE(holds(R"(principal in Role::"deploy" && principal in Team::"research")", key));
  key.roles.clear();
  EXPECT_FALSE(holds(R"(principal in Role::"deploy")", key));
}

}  // namespace
}  // namespace sally::policy
