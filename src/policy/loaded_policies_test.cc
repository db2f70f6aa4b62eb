#include "policy/loaded_policies.h"

#include <gmock/gmock.h>

#include "cedar/eval/authorizer.h"

namespace sally::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kSchema =
    "entity User { age: Long };\n"
    "entity Model;\n"
    "action call appliesTo { principal: User, resource: Model };\n";
constexpr std::string_view kPolicies =
    "@id(\"adults\") permit (principal, action == Action::\"call\", resource)\n"
    "when { principal.age >= 18 };\n"
    "forbid (principal, action, resource) when { principal.age > 150 };\n";
constexpr std::string_view kEntities =
    R"([{"uid": {"type": "User", "id": "ann"}, "attrs": {"age": 30}, "parents": []}])";

PolicyTexts good() {
  return {{"schema.cedarschema", std::string(kSchema)},
          {"own.cedar", std::string(kPolicies)},
          {"entities.json", std::string(kEntities)}};
}

// What is told of the texts, each as it stands in an error.
std::vector<std::string> problems_of(const PolicyTexts& files) {
  std::vector<PolicyProblem> problems;
  EXPECT_FALSE(LoadedPolicies::from_files(files, problems).ok());
  std::vector<std::string> out;
  for (const PolicyProblem& problem : problems) {
    out.push_back(problem.to_string());
  }
  return out;
}

std::vector<std::string> ids(std::span<const cedar::Policy> policies) {
  std::vector<std::string> out;
  for (const cedar::Policy& policy : policies) {
    out.push_back(policy.id);
  }
  return out;
}

TEST(LoadedPolicies, DecideAsTheTextsSay) {
  const auto loaded = LoadedPolicies::from_files(good());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->hash, bundle_hash(*to_bundle(good())));
  EXPECT_NE(loaded->schema.find_entity_type("User"), nullptr);
  EXPECT_THAT(ids(loaded->policies.policies()), ElementsAre("adults", "own.cedar#1"));
  EXPECT_EQ(loaded->policies.policies()[1].source->name, "own.cedar");
  const cedar::Request request{{"User", "ann"}, {"Action", "call"}, {"Model", "m"}};
  const auto answer = cedar::authorize(loaded->policies, loaded->entities, request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->decision, cedar::Decision::kAllow);
  EXPECT_THAT(answer->reasons, ElementsAre("adults"));
}

TEST(LoadedPolicies, NeedNoEntitiesButASchema) {
  PolicyTexts files = good();
  files.erase("entities.json");
  EXPECT_TRUE(LoadedPolicies::from_files(files).ok());
  files.erase("schema.cedarschema");
  EXPECT_THAT(problems_of(files), ElementsAre("schema.cedarschema:1:1: missing"));
}

TEST(LoadedPolicies, TakeOneSchemaInEitherSyntax) {
  PolicyTexts files{
      {"schema.cedarschema.json", R"({"": {"entityTypes": {"User": {}}, "actions": {}}})"}};
  EXPECT_TRUE(LoadedPolicies::from_files(files).ok());
  files.emplace("schema.cedarschema", "entity User;");
  EXPECT_THAT(problems_of(files), ElementsAre(HasSubstr("the schema is there twice")));
}

TEST(LoadedPolicies, WarnOfAHardPermitAndTakeIt) {
  PolicyTexts files = good();
  files["a.cedar"] =
      "@hard forbid (principal, action, resource);\n"
      "@hard permit (principal, action, resource == ?resource);\n"
      "@hard permit (principal, action, resource);\n";
  std::vector<PolicyProblem> problems;
  EXPECT_TRUE(LoadedPolicies::from_files(files, problems).ok());
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_FALSE(problems[0].is_error);
  EXPECT_EQ(problems[0].to_string(), "a.cedar:3:1: `@hard` says nothing on a permit");
  EXPECT_EQ(problems[1].at.line, 2U);
}

TEST(LoadedPolicies, TellEveryProblemWithItsPlace) {
  PolicyTexts files = good();
  files["a.cedar"] = "permit (principal, action, resource) when { principal.agee > 1 };\n";
  files["b.cedar"] = "\npermit (principal, actio, resource);";
  files["entities.json"] =
      R"([{"uid": {"type": "User", "id": "ann"}, "attrs": {}, "parents": []}])";
  const auto told = problems_of(files);
  EXPECT_THAT(told, ElementsAre(HasSubstr("b.cedar:2:"), HasSubstr("entities.json:1:1: "),
                                HasSubstr("a.cedar:1:")));
  const auto refused = LoadedPolicies::from_files(files);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kInvalidInput);
  for (const std::string& problem : told) {
    EXPECT_THAT(refused.error().message(), HasSubstr(problem));
  }
}

TEST(LoadedPolicies, AreShownWithTheLineThatIsWrong) {
  PolicyTexts files = good();
  files["a.cedar"] = "permit (principal, action, resource) when { principal.agee > 1 };\n";
  std::vector<PolicyProblem> problems;
  ASSERT_FALSE(LoadedPolicies::from_files(files, problems).ok());
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].file, "a.cedar");
  EXPECT_EQ(problems[0].policy, "a.cedar#0");
  EXPECT_THAT(problems[0].shown, HasSubstr("when { principal.agee > 1 }"));
}

TEST(LoadedPolicies, AreValidatedStrictly) {
  PolicyTexts files = good();
  // Fine when it is evaluated, and permissively: a set of two types.
  files["a.cedar"] = "permit (principal, action, resource) when { [1, \"a\"].contains(1) };\n";
  EXPECT_THAT(problems_of(files), ElementsAre(HasSubstr("a.cedar:1:")));
}

TEST(LoadedPolicies, AreTakenWithWarnings) {
  PolicyTexts files = good();
  files["a.cedar"] = "permit (principal, action, resource) when { false };\n";
  std::vector<PolicyProblem> problems;
  EXPECT_TRUE(LoadedPolicies::from_files(files, problems).ok());
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_FALSE(problems[0].is_error);
  EXPECT_THAT(problems[0].shown, HasSubstr("warning"));
}

TEST(LoadedPolicies, HaveEachIdOnce) {
  PolicyTexts files = good();
  files["z.cedar"] = "@id(\"adults\")\npermit (principal, action, resource);\n";
  EXPECT_THAT(problems_of(files),
              ElementsAre("z.cedar:1:1: the id `adults` stands twice, first in `own.cedar`"));
}

TEST(LoadedPolicies, OfJsonKeepTheIdsOfTheSet) {
  PolicyTexts files = good();
  const std::string body =
      R"("principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"}, )"
      R"("conditions": [])";
  files["one.cedar.json"] = R"({"effect": "forbid", )" + body + "}";
  files["set.cedar.json"] = R"({"staticPolicies": {"mine": {"effect": "permit", )" + body + "}}}";
  const auto loaded = LoadedPolicies::from_files(files);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_THAT(ids(loaded->policies.policies()),
              ElementsAre("one.cedar.json#0", "adults", "own.cedar#1", "mine"));
}

TEST(LoadedPolicies, OfVeryManyProblemsTellTheFirst) {
  PolicyTexts files = good();
  for (int i = 0; i < 300; ++i) {
    files["f" + std::to_string(i) + ".cedar"] = "nothing";
  }
  EXPECT_EQ(problems_of(files).size(), 100U);
  EXPECT_THAT(LoadedPolicies::from_files(files).error().message(), HasSubstr("; and 280 more"));
}

TEST(LoadedPolicies, RefuseFilesThatAreNone) {
  EXPECT_THAT(LoadedPolicies::from_files({{"../a.cedar", ""}}).error().message(),
              HasSubstr("no file of a policy folder"));
  EXPECT_THAT(problems_of({}), ElementsAre(HasSubstr("missing")));
}

}  // namespace
}  // namespace sally::policy
