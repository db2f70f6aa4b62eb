// What a decision costs a request: the question and the policies that init writes.
#include <benchmark/benchmark.h>

#include "policy/authorizer.h"
#include "policy/first_policies.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

void first_policies_decide(benchmark::State& state) {
  PolicyTexts files;
  for (const FirstPolicy& file : first_policies()) {
    files.emplace(file.name, file.text);
  }
  const auto set = ActiveSet::create(*LoadedPolicies::from_files(files), 1,
                                     {.models = {ModelId("large")}, .routes = {RouteId("main")}});
  const CedarAuthorizer authorizer(*set, nullptr, OnForbidError::kDeny);
  const auto decider = authorizer.decider();
  const TestRequest request;
  for ([[maybe_unused]] const auto& turn : state) {
    Decision decision = decider->decide(request.view());
    benchmark::DoNotOptimize(decision.allowed());
  }
}
BENCHMARK(first_policies_decide);

}  // namespace
}  // namespace sally::policy
