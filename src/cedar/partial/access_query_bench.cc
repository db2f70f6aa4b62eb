// What it costs to ask of 10,000 principals whether they may do something, by 10,000 policies: most
// are about one team or one key, some about everybody, some look at arguments that are not known.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/check.h"
#include "cedar/partial/access_query.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

constexpr int kPolicies = 10'000;
constexpr int kPrincipals = 10'000;
constexpr int kTeams = 500;

struct Subject {
  Schema schema;
  PolicySet policies;
  std::vector<EntityUid> principals;
  EntityStore store;
};

Subject make_subject() {
  Subject out;
  auto schema = parse_schema(R"(
    entity Team;
    entity Key in [Team] { level: Long };
    entity Tool { risk: Long };
    action call appliesTo { principal: Key, resource: Tool, context: { amount: Long } };)");
  SALLY_CHECK(schema.ok());
  out.schema = *std::move(schema);
  std::string text;
  for (int i = 0; i < kPolicies; ++i) {
    if (i % 100 == 0) {
      text +=
          fmt::format("forbid (principal, action, resource) when {{ principal.level == {} }};", i);
    } else if (i % 3 == 0) {
      text += fmt::format("permit (principal == Key::\"k{}\", action, resource);", i);
    } else {
      text += fmt::format(
          "permit (principal in Team::\"t{}\", action == Action::\"call\", resource is Tool) "
          "when {{ resource.risk < {} && context.amount < {} }};",
          i % kTeams, i % 20, i);
    }
  }
  auto policies = parse_policies(text);
  SALLY_CHECK(policies.ok());
  out.policies = *std::move(policies);
  std::vector<Entity> entities;
  for (int i = 0; i < kPrincipals; ++i) {
    Entity& key = entities.emplace_back();
    key.uid = {"Key", fmt::format("k{}", i)};
    key.attributes = Value::record({{"level", Value::number(i % 7 + 1)}});
    key.parents = {{"Team", fmt::format("t{}", i % kTeams)}};
    out.principals.push_back(key.uid);
  }
  Entity& tool = entities.emplace_back();
  tool.uid = {"Tool", "pay"};
  tool.attributes = Value::record({{"risk", Value::number(10)}});
  auto made = Entities::create(std::move(entities));
  SALLY_CHECK(made.ok());
  out.store = EntityStore::create(*made);
  return out;
}

void who_can(benchmark::State& state) {
  static const Subject subject = make_subject();
  const auto active = subject.policies.active();
  for (auto _ : state) {
    Budget budget(kQuerySteps);
    auto query = AccessQuery::create(
        subject.schema, subject.store, active,
        {UnknownEntity{"Key"}, {"Action", "call"}, EntityUid{"Tool", "pay"}, {}}, budget);
    SALLY_CHECK(query.ok());
    for (const EntityUid& principal : subject.principals) {
      const auto answer = query->answer(principal);
      SALLY_CHECK(answer.ok());
      benchmark::DoNotOptimize(answer->access);
    }
  }
}
BENCHMARK(who_can)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sally::cedar
