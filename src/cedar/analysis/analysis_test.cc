#include "cedar/analysis/analysis.h"

#include <gtest/gtest.h>

#include <random>

#include "cedar/analysis/claims.h"
#include "cedar/analysis/small_world.h"

namespace sally::cedar {
namespace {

TEST(CedarAnalysis, ObservesNothingThatARequestRefutes) {
  const SmallWorld world;
  size_t observed = 0;
  size_t undecided = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    PolicyWriter writer([&](uint32_t end) { return static_cast<uint32_t>(random() % end); });
    const std::string text = writer.policies(4);
    const auto policies = parse_policies(text);
    ASSERT_TRUE(policies.ok()) << policies.problems().front().message << text;
    const Analysis analysis = analyze(*policies, world.schema());
    observed += analysis.observations.size();
    undecided += analysis.undecided.size();
    if (analysis.observations.empty()) {
      continue;
    }
    const Claims claims(*policies, analysis);
    world.for_each(*policies, [&](const Request& request, const std::vector<bool>& applies) {
      const Observation* const wrong = claims.refuted(request, applies);
      EXPECT_EQ(wrong, nullptr) << "seed " << seed << "\n"
                                << text << name_of(wrong->kind) << " " << wrong->policy << " "
                                << wrong->other << " is refuted by " << request.principal.id << " "
                                << request.action.id << " " << request.context.to_string();
      return wrong == nullptr;
    });
  }
  EXPECT_GT(observed, 100U);
  EXPECT_EQ(undecided, 0U);
}

TEST(CedarAnalysis, SaysWhatItDidNotDecide) {
  const auto schema = parse_schema(kSmallSchema);
  const auto policies = parse_policies(
      "permit (principal, action, resource) when { principal.n < 1 && principal.n > 3 };"
      "permit (principal, action, resource) when { context.x < 1 && context.x > 3 };");
  const Analysis none = analyze(*policies, *schema, {.steps = 12});
  EXPECT_TRUE(none.observations.empty());
  EXPECT_EQ(none.undecided, (std::vector<std::string>{"policy0", "policy1"}));
  EXPECT_EQ(analyze(*policies, *schema).observations.size(), 4U);
}

// Of n questions that have nothing to do with each other there are 2^n runs.
TEST(CedarAnalysis, EndsWhereThereAreTooManyWays) {
  std::string attributes;
  std::string all;
  std::string none;
  for (int i = 0; i < 40; ++i) {
    attributes += fmt::format("{}a{}: Long, b{}: Long", i == 0 ? "" : ", ", i, i);
    all += fmt::format("{}(context.a{} == context.b{} + 1 || context.a{} == context.b{} + 2)",
                       i == 0 ? "" : " && ", i, i, i, i);
    none += fmt::format("{}context.a{} == context.b{} + 3", i == 0 ? "" : " || ", i, i);
  }
  const auto schema = parse_schema(
      fmt::format("entity U; action a appliesTo {{ principal: U, resource: U, context: {{{}}} }};",
                  attributes));
  ASSERT_TRUE(schema.ok());
  const auto policies = parse_policies(
      fmt::format("permit (principal, action, resource) when {{ {} }} unless {{ {} }};"
                  "forbid (principal, action, resource) when {{ {} }};",
                  all, none, none));
  ASSERT_TRUE(policies.ok());
  const Analysis analysis = analyze(*policies, *schema);
  EXPECT_TRUE(analysis.observations.empty());
}

}  // namespace
}  // namespace sally::cedar
