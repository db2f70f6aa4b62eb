#include "policy/authorizer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cedar/eval/authorizer.h"
#include "cedar/validate/conformance.h"
#include "policy/first_policies.h"
#include "policy/gate_schema.h"
#include "policy/question.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

std::string first(std::string_view name) {
  for (const FirstPolicy& file : first_policies()) {
    if (file.name == name) {
      return std::string(file.text);
    }
  }
  return {};
}

ActiveSetPtr set_of(std::string policies, std::string entities = "[]", uint64_t version = 1) {
  auto loaded = LoadedPolicies::from_files({{"schema.cedarschema", first("schema.cedarschema")},
                                            {"entities.json", std::move(entities)},
                                            {"own.cedar", std::move(policies)}});
  EXPECT_TRUE(loaded.ok()) << loaded.error().message();
  auto set = ActiveSet::create(*std::move(loaded), version,
                               {.models = {ModelId("large"), ModelId("small")},
                                .routes = {RouteId("main"), RouteId("tools")}});
  EXPECT_TRUE(set.ok()) << set.error().message();
  return *std::move(set);
}

CedarAuthorizer authorizer_of(std::string policies, std::string entities = "[]",
                              OnForbidError on_forbid_error = OnForbidError::kDeny) {
  return {set_of(std::move(policies), std::move(entities)), nullptr, on_forbid_error};
}

// Whether these policies allow the request.
bool allows(std::string policies, const TestRequest& request, std::string entities = "[]") {
  return authorizer_of(std::move(policies), std::move(entities))
      .decider()
      ->decide(request.view())
      .allowed();
}

// A permit under this condition.
std::string when(std::string_view condition) {
  return "permit (principal, action, resource) when { " + std::string(condition) + " };";
}

TEST(CedarAuthorizer, RefusesWhatNoPolicyPermits) {
  const auto authorizer = authorizer_of("");
  Decision decision = authorizer.decider()->decide(TestRequest().view());
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().stage, Stage::kPolicy);
  EXPECT_EQ(decision.refusal().kind, ErrorKind::kDenied);
  EXPECT_EQ(decision.refusal().rule, "default deny");
  EXPECT_EQ(decision.refusal().seen,
            "key `demo` of team `research`, action `openai:chat.completions`, route `main`, model "
            "`large`");
  ASSERT_TRUE(decision.verdict().has_value());
  EXPECT_FALSE(decision.verdict()->allowed);
  EXPECT_EQ(decision.verdict()->set, authorizer.enforced().id());
}

TEST(CedarAuthorizer, NamesThePoliciesThatPermit) {
  Decision decision = authorizer_of(
                          "@id(\"one\") permit (principal in Team::\"research\", action in "
                          "Action::\"call\", resource == Model::\"large\");\n"
                          "@id(\"two\") permit (principal, action, resource is Model);")
                          .decider()
                          ->decide(TestRequest().view());
  ASSERT_TRUE(decision.allowed());
  EXPECT_EQ(decision.verdict()->determining, (std::vector<std::string>{"one", "two"}));
}

TEST(CedarAuthorizer, AForbidWinsAndIsNamed) {
  const Decision decision =
      authorizer_of(
          "permit (principal, action, resource);\n"
          "@id(\"frozen\") forbid (principal, action, resource == Model::\"large\");")
          .decider()
          ->decide(TestRequest().view());
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().rule, "frozen");
}

// A caller whose grant breaks the glass.
TestRequest with_broken_glass() {
  TestRequest out;
  out.principal.grants = {"grant-1"};
  out.principal.break_glass = "grant-1";
  return out;
}

TEST(CedarAuthorizer, ABrokenGlassOpensWhatThePoliciesDeny) {
  for (const std::string& policies :
       {std::string(), std::string("permit (principal, action, resource);\n"
                                   "@id(\"soft\") forbid (principal, action, resource);")}) {
    const auto authorizer = authorizer_of(policies);
    const auto decider = authorizer.decider();
    EXPECT_FALSE(decider->decide(TestRequest().view()).allowed());
    Decision decision = decider->decide(with_broken_glass().view());
    EXPECT_TRUE(decision.allowed()) << policies;
    EXPECT_TRUE(decision.by_break_glass());
    ASSERT_TRUE(decision.verdict().has_value());
    EXPECT_FALSE(decision.verdict()->allowed) << "what the policies said stays what they said";
    ASSERT_EQ(authorizer.broken_glass().size(), 1U);
    EXPECT_EQ(authorizer.broken_glass()[0].grant, "grant-1");
    EXPECT_EQ(authorizer.broken_glass()[0].principal, "k7f3");
    EXPECT_EQ(authorizer.broken_glass()[0].times, 1U);
  }
}

TEST(CedarAuthorizer, WhatThePoliciesAllowBreaksNoGlass) {
  const auto authorizer = authorizer_of("permit (principal, action, resource);");
  Decision decision = authorizer.decider()->decide(with_broken_glass().view());
  EXPECT_TRUE(decision.allowed());
  EXPECT_FALSE(decision.by_break_glass());
  EXPECT_TRUE(authorizer.broken_glass().empty());
}

TEST(CedarAuthorizer, AHardForbidHoldsEvenWhereTheGlassIsBroken) {
  for (const std::string& policies : {
           std::string("@hard @id(\"never\") forbid (principal, action, resource);"),
           std::string("@hard(\"by law\") @id(\"never\") forbid (principal, action, resource);"),
           std::string("permit (principal, action, resource);\n"
                       "@id(\"a soft one\") forbid (principal, action, resource);\n"
                       "@hard @id(\"never\") forbid (principal, action, resource);"),
       }) {
    const auto authorizer = authorizer_of(policies);
    EXPECT_FALSE(authorizer.decider()->decide(with_broken_glass().view()).allowed()) << policies;
    EXPECT_TRUE(authorizer.broken_glass().empty());
  }
  // One that does not apply holds nothing up, and on a permit it says nothing.
  EXPECT_TRUE(authorizer_of("@hard forbid (principal, action, resource == Model::\"small\");\n"
                            "@hard permit (principal, action, resource == Model::\"small\");")
                  .decider()
                  ->decide(with_broken_glass().view())
                  .allowed());
}

TEST(CedarAuthorizer, AHardForbidThatFailsHoldsWhereAFailedForbidDenies) {
  const std::string fails =
      "forbid (principal, action, resource) when { context.request.bytes + 9223372036854775807 > "
      "0 };";
  const auto opens = [&](const std::string& policies, OnForbidError on_forbid_error) {
    return authorizer_of(policies, "[]", on_forbid_error)
        .decider()
        ->decide(with_broken_glass().view())
        .allowed();
  };
  EXPECT_TRUE(opens(fails, OnForbidError::kDeny)) << "a soft one";
  EXPECT_FALSE(opens("@hard " + fails, OnForbidError::kDeny));
  EXPECT_FALSE(
      opens("@hard " + fails + " forbid (principal, action, resource);", OnForbidError::kDeny))
      << "whatever else denies";
  EXPECT_TRUE(opens("@hard " + fails, OnForbidError::kSkip));
}

TEST(CedarAuthorizer, ABrokenGlassReachesNoFurtherThanTheKey) {
  TestRequest request = with_broken_glass();
  request.principal.models = {ModelId("small")};
  const auto authorizer = authorizer_of("");
  const Decision decision = authorizer.decider()->decide(request.view());
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().rule, "key scope");
}

TEST(CedarAuthorizer, AShadowIsComparedWithWhatThePoliciesSaid) {
  const CedarAuthorizer authorizer(set_of(""), set_of("", "[]", 2), OnForbidError::kDeny);
  Decision decision = authorizer.decider()->decide(with_broken_glass().view());
  EXPECT_TRUE(decision.by_break_glass());
  EXPECT_EQ(authorizer.comparison().compared, 1U);
  EXPECT_EQ(authorizer.comparison().newly_denied, 0U);
  ASSERT_TRUE(decision.shadow().has_value());
  EXPECT_FALSE(decision.shadow()->allowed);
}

TEST(CedarAuthorizer, AGrantedRoleIsAParentOfTheCaller) {
  TestRequest request;
  request.principal.roles = {"on-call"};
  const std::string policy = "permit (principal in Role::\"on-call\", action, resource);";
  EXPECT_TRUE(allows(policy, request));
  EXPECT_FALSE(allows(policy, TestRequest()));
}

TEST(CedarAuthorizer, PoliciesSeeWhatWasSeenOfTheCall) {
  TestRequest request;
  request.max_tokens = 4'000;
  request.find("canary:plans", Severity::kCritical);
  request.find("jwt", Severity::kLow);
  request.findings[0].handling = Handling::kReplaced;
  request.findings[1].confidence = 79;
  request.find("attack:jailbreak", Severity::kLow);
  request.findings[2].confidence = 75;
  request.findings[2].provenance = Provenance::kUser;
  request.find("attack:injection", Severity::kLow);
  request.findings[3].confidence = 61;
  request.findings[3].provenance = Provenance::kTool;
  request.session.attack = 58;
  for (const char* condition : {
           "principal.name == \"demo\"",
           "principal in Team::\"research\"",
           "resource == Model::\"large\"",
           "action in Action::\"call\" && action in Action::\"openai\"",
           "context.request in Route::\"main\"",
           "context.request.protocol == \"openai\"",
           "context.request.operation == \"openai:chat.completions\"",
           "context.request.method == \"POST\"",
           "context.request.path like \"/v1/*\"",
           "!context.request.stream",
           "context.request.bytes == 1028",
           "context.request has max_tokens && context.request.max_tokens <= 4000",
           "context has source && context.source.isInRange(ip(\"10.0.0.0/8\"))",
           "context.time == datetime(\"2026-11-18T11:06:40Z\")",
           "context.hour == 11",
           "context.weekday == \"wednesday\"",
           "context.findings.containsAll([\"canary\", \"canary:plans\", \"jwt\"])",
           "context.certain == [\"canary\", \"canary:plans\"]",
           "context.leaves.containsAll([\"jwt\", \"attack:injection\"])",
           "!context.leaves.contains(\"canary\")",
           "context.attack.score == 75",
           "context.attack.untrusted == 61",
           "context.attack.labels == [\"injection\", \"jailbreak\"]",
           "context.session.attack == 58",
           "context.severity == 4",
           "!context.answering",
       }) {
    const std::string text = when(std::string("principal is Key && ") + condition);
    EXPECT_TRUE(allows(text, request)) << condition;
    EXPECT_FALSE(allows(when(std::string("principal is Key && !(") + condition + ")"), request))
        << condition;
  }
}

TEST(CedarAuthorizer, WhatMayBeAbsentIsAbsent) {
  TestRequest request;
  request.source = "";
  EXPECT_FALSE(allows(when("context has source"), request));
  EXPECT_FALSE(allows(when("context.request has max_tokens"), request));
  EXPECT_TRUE(allows(when("context.findings.isEmpty() && context.severity == 0 && "
                          "context.attack.score == 0 && context.attack.labels.isEmpty()"),
                     request));
}

TEST(CedarAuthorizer, EntitiesOfTheFileAndOfTheCallStandTogether) {
  const char* entities = R"([
    {"uid": {"type": "Team", "id": "research"}, "attrs": {},
     "parents": [{"type": "Team", "id": "staff"}]},
    {"uid": {"type": "Key", "id": "k7f3"}, "attrs": {"name": "as the file says"},
     "parents": [{"type": "Team", "id": "night"}]},
    {"uid": {"type": "Model", "id": "large"}, "attrs": {},
     "parents": [{"type": "ModelGroup", "id": "paid"}]}])";
  const TestRequest request;
  for (const char* scope : {"principal in Team::\"staff\", action, resource",
                            "principal in Team::\"night\", action, resource",
                            "principal in Team::\"research\", action, resource",
                            "principal, action, resource in ModelGroup::\"paid\""}) {
    EXPECT_TRUE(allows(std::string("permit (") + scope + ");", request, entities)) << scope;
  }
  EXPECT_TRUE(
      allows("permit (principal is Key, action, resource) when { principal.name == "
             "\"demo\" };",
             request, entities));
}

TEST(CedarAuthorizer, AToolIsInItsRoute) {
  TestRequest request;
  request.action = "mcp:tools/call";
  request.protocol = "mcp";
  request.route = RouteId("tools");
  request.model = ModelId();
  request.tool = "send_mail";
  EXPECT_TRUE(
      allows("permit (principal, action == Action::\"mcp:tools/call\", resource == "
             "Tool::\"tools/send_mail\");",
             request));
  EXPECT_TRUE(allows("permit (principal, action, resource in Route::\"tools\");", request));
  EXPECT_FALSE(allows("permit (principal, action, resource in Route::\"main\");", request));
}

TEST(CedarAuthorizer, AMethodOfMcpThatNobodyKnowsIsOther) {
  TestRequest request;
  request.action = "mcp:roots/list";
  request.model = ModelId();
  EXPECT_TRUE(
      allows("permit (principal, action == Action::\"mcp:other\", resource) when { "
             "context.request.operation == \"mcp:roots/list\" };",
             request));
}

TEST(CedarAuthorizer, AnActionThatTheSchemaDoesNotHaveIsPermittedByNoGroup) {
  TestRequest request;
  request.action = "openai:no-such";
  EXPECT_FALSE(allows("permit (principal, action in Action::\"call\", resource);", request));
}

TEST(CedarAuthorizer, TheScopeOfAKeyNarrowsWhatPoliciesPermit) {
  TestRequest request;
  request.principal.models = {ModelId("small")};
  Decision decision =
      authorizer_of("permit (principal, action, resource);").decider()->decide(request.view());
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().rule, "key scope");
  EXPECT_FALSE(decision.verdict().has_value());
  request.principal.models = {};
  request.principal.routes = {RouteId("tools")};
  EXPECT_FALSE(allows("permit (principal, action, resource);", request));
}

TEST(CedarAuthorizer, AnonymousCallersNeedAPolicyThatMayBeAboutThem) {
  TestRequest request;
  request.principal = Principal();
  EXPECT_TRUE(allows("permit (principal is Anonymous, action, resource);", request));
  EXPECT_TRUE(
      authorizer_of("permit (principal is Anonymous, action, resource);").allows_anonymous());
  EXPECT_TRUE(authorizer_of("permit (principal, action, resource);").allows_anonymous());
  EXPECT_FALSE(authorizer_of("permit (principal is Key, action, resource);\n"
                             "permit (principal in Team::\"a\", action, resource);\n"
                             "forbid (principal is Anonymous, action, resource);")
                   .allows_anonymous());
  const Decision decision = authorizer_of("").decider()->decide(request.view());
  EXPECT_EQ(decision.refusal().kind, ErrorKind::kUnauthenticated);
}

// Nothing can be too large in a validated set, so arithmetic has to overflow.
constexpr std::string_view kFailingForbid =
    "permit (principal, action, resource);\n"
    "@id(\"broken\") forbid (principal, action, resource) when { context.request.bytes * "
    "9223372036854775807 == 1 };";

TEST(CedarAuthorizer, AForbidThatFailsDeniesAndIsCounted) {
  const auto authorizer = authorizer_of(std::string(kFailingForbid));
  const auto decider = authorizer.decider();
  Decision decision = decider->decide(TestRequest().view());
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().rule, "on_forbid_error");
  EXPECT_FALSE(decision.verdict()->allowed);
  ASSERT_EQ(decision.verdict()->failed.size(), 1U);
  EXPECT_EQ(decision.verdict()->failed[0].policy, "broken");
  EXPECT_FALSE(decider->decide(TestRequest().view()).allowed());
  ASSERT_EQ(authorizer.failed_forbids().size(), 1U);
  EXPECT_EQ(authorizer.failed_forbids()[0].policy, "broken");
  EXPECT_EQ(authorizer.failed_forbids()[0].times, 2U);
}

TEST(CedarAuthorizer, AForbidThatFailsIsSkippedWhereThatIsAskedFor) {
  const auto authorizer = authorizer_of(std::string(kFailingForbid), "[]", OnForbidError::kSkip);
  Decision decision = authorizer.decider()->decide(TestRequest().view());
  EXPECT_TRUE(decision.allowed());
  EXPECT_EQ(decision.verdict()->failed.size(), 1U);
}

TEST(CedarAuthorizer, AShadowIsComparedAndDecidesNothing) {
  const CedarAuthorizer authorizer(
      set_of("permit (principal, action, resource == Model::\"large\");"),
      set_of("permit (principal, action, resource == Model::\"small\");", "[]", 2),
      OnForbidError::kDeny);
  const auto decider = authorizer.decider();
  TestRequest request;
  Decision large = decider->decide(request.view());
  EXPECT_TRUE(large.allowed());
  ASSERT_TRUE(large.shadow().has_value());
  EXPECT_FALSE(large.shadow()->allowed);
  EXPECT_EQ(large.shadow()->set.version, 2U);
  request.model = ModelId("small");
  EXPECT_FALSE(decider->decide(request.view()).allowed());
  const auto compared = authorizer.comparison();
  EXPECT_EQ(compared.compared, 2U);
  EXPECT_EQ(compared.newly_allowed, 1U);
  EXPECT_EQ(compared.newly_denied, 1U);
}

TEST(CedarAuthorizer, MoreFindingsThanFitAreRefused) {
  TestRequest request;
  request.find("jwt");
  request.findings.resize(QuestionMaker::kMemory / sizeof(cedar::Cell), request.findings.front());
  EXPECT_FALSE(allows("permit (principal, action, resource);", request));
}

// What a question says must be what the schema says that it does: validated policies rely on it.
TEST(Questions, FitTheGatesSchema) {
  const auto set = set_of("");
  QuestionMaker maker;
  std::vector<TestRequest> requests(10);
  requests[1].find("canary:x");
  requests[1].max_tokens = 1;
  requests[2].principal = Principal();
  requests[2].source = "";
  requests[3].action = "mcp:tools/call";
  requests[3].model = ModelId();
  requests[3].tool = "t";
  requests[4].action = "mcp:x";
  requests[4].model = ModelId();
  requests[5].action = "openai:models";
  requests[5].model = ModelId();
  Principal& user = requests[6].principal;
  user.kind = PrincipalKind::kUser;
  user.id = "corp/alice";
  user.name = "Alice";
  user.workload = "spiffe://corp/laptop";
  user.groups = {"corp/a", "corp/b"};
  user.scopes = user.proofs = user.roles = {"one", "another"};
  user.claims = {{"amr", {"pwd", "otp"}}, {"acr", {}}};
  requests[7].principal = user;
  requests[7].principal.kind = PrincipalKind::kAgent;
  requests[7].principal.id = "corp/bot";
  requests[8].principal = requests[7].principal;
  requests[8].principal.acts_for = Party{PrincipalKind::kUser, "corp/alice"};
  requests[8].principal.via = {{PrincipalKind::kAgent, "corp/planner"}};
  requests[9].principal.kind = PrincipalKind::kWorkload;
  requests[9].principal.id = requests[9].principal.workload = "spiffe://corp/batch";
  for (const TestRequest& request : requests) {
    const auto view = maker.make(request.view(), set->store(), set->tools());
    ASSERT_TRUE(view.ok());
    const auto copy = maker.copy(*view);
    const auto fits =
        cedar::validate_request(gate_schema(), copy.request.principal, copy.request.action,
                                copy.request.resource, copy.request.context);
    EXPECT_TRUE(fits.ok()) << request.action << ": " << fits.error().message();
    std::vector<cedar::Entity> all = copy.entities;
    for (const cedar::Entity& known : set->entities().all()) {
      if (std::ranges::none_of(all, [&](const auto& own) { return own.uid == known.uid; })) {
        all.push_back(known);
      }
    }
    const auto entities = cedar::Entities::create(std::move(all));
    ASSERT_TRUE(entities.ok()) << entities.error().message();
    for (const Error& error : cedar::validate_entities(gate_schema(), *entities)) {
      ADD_FAILURE() << error.message();
    }
  }
}

TEST(GateSchema, AcceptsItselfAndWhatIsAdded) {
  EXPECT_TRUE(check_gate_schema(gate_schema()).ok());
  const std::string added = first("schema.cedarschema") +
                            "entity Label;\naction \"own\" appliesTo { principal: [Key], "
                            "resource: [Label] };\n";
  EXPECT_TRUE(LoadedPolicies::from_files({{"schema.cedarschema", added}}).ok());
}

// Each line of the schema that is changed so is missed.
TEST(GateSchema, MissesWhatTheGateAsksWith) {
  const struct {
    std::string_view from;
    std::string_view to;
    std::string_view told;
  } kChanges[] = {
      {"entity Model in [ModelGroup] =", "entity Model =", "entity type `Model` in `ModelGroup`"},
      {"entity Route = { labels?: Set<String> };", "entity Route;",
       "entity type `Route`: attribute `labels: Set<String>`"},
      {"entity Tool in [Route] =", "entity Tool =", "entity type `Tool` in `Route`"},
      {"  method: String,", "", "attribute `method: String`"},
      {"  bytes: Long,", "  bytes: String,", "attribute `bytes: Long`"},
      {"max_tokens?:", "max_tokens:", "write `max_tokens?`"},
      {"  hour: Long,", "  hour: Long, tenant: String,", "`tenant` is not the gate's"},
      {"\"http:POST\", ", "", "Action::\"http:POST\""},
      {"in [call, http]", "in [http]", "Action::\"http:POST\" in Action::\"call\""},
  };
  for (const auto& change : kChanges) {
    std::string text = first("schema.cedarschema");
    const size_t at = text.find(change.from);
    ASSERT_NE(at, std::string::npos) << change.from;
    text.replace(at, change.from.size(), change.to);
    auto loaded = LoadedPolicies::from_files({{"schema.cedarschema", text}});
    ASSERT_TRUE(loaded.ok()) << loaded.error().message();
    const auto set = ActiveSet::create(*std::move(loaded), 1, {});
    ASSERT_FALSE(set.ok()) << change.from;
    EXPECT_NE(set.error().message().find(change.told), std::string::npos) << set.error().message();
  }
}

TEST(FirstPolicies, AreASetThatTheGateTakes) {
  PolicyTexts files;
  for (const FirstPolicy& file : first_policies()) {
    files.emplace(file.name, file.text);
  }
  auto loaded = LoadedPolicies::from_files(files);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->policies.policies().size(), 2U);
  EXPECT_TRUE(ActiveSet::create(*std::move(loaded), 1, {}).ok());
}

}  // namespace
}  // namespace sally::policy
