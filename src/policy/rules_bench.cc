// One decision among 100 rules: allowed by the last, and refused by default with its explanation.
#include <benchmark/benchmark.h>

#include "policy/rules.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

std::unique_ptr<RuleAuthorizer> hundred_rules() {
  std::vector<Rule> rules;
  for (int i = 0; i < 100; ++i) {
    Rule rule;
    rule.name = "rule-" + std::to_string(i);
    rule.effect = i % 10 == 0 ? Effect::kDeny : Effect::kAllow;
    rule.who.teams = {i == 99 ? "research" : "team-" + std::to_string(i)};
    rule.models = {"large", "model-" + std::to_string(i)};
    rule.actions = {"openai:*"};
    rule.sources = {*Cidr::parse("10.0.0.0/8")};
    rules.push_back(std::move(rule));
  }
  return std::move(*RuleAuthorizer::create(std::move(rules)));
}

void AllowedByTheLastOfHundredRules(benchmark::State& state) {
  const auto authorizer = hundred_rules();
  const TestRequest request;
  for (auto _ : state) {
    benchmark::DoNotOptimize(authorizer->authorize(request.view()));
  }
}
BENCHMARK(AllowedByTheLastOfHundredRules);

void RefusedByDefaultAmongHundredRules(benchmark::State& state) {
  const auto authorizer = hundred_rules();
  TestRequest request;
  request.model = ModelId("unknown");
  for (auto _ : state) {
    benchmark::DoNotOptimize(authorizer->authorize(request.view()));
  }
}
BENCHMARK(RefusedByDefaultAmongHundredRules);

}  // namespace
}  // namespace sally::policy
