// What a decision costs, on the workload of an AI gateway: 20 policies, 102 entities, 1,000
// requests with the answers of the reference engine (`cedar/ai_gateway_workload` below
// $SALLY_CORPORA). One thread; the request is read from JSON each time. Rows with a counter `value`
// have a bar (tests/bench/bench.py).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "cedar/eval/authorizer.h"
#include "cedar/syntax/parser.h"
#include "formats/json/writer.h"

// Every allocation of the process is counted, at the allocator itself.
// NOLINTBEGIN(readability-identifier-naming,bugprone-reserved-identifier)
namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* at, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void* malloc(size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_calloc(count, bytes);
}
void* realloc(void* at, size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_realloc(at, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_memalign(alignment, bytes);
}
}
// NOLINTEND(readability-identifier-naming,bugprone-reserved-identifier)

namespace sally::cedar {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPolicies = 10'000;
constexpr int kRounds = 200;

std::optional<std::string> read_file(const std::string& name) {
  const char* root = std::getenv("SALLY_CORPORA");
  const std::string path = fmt::format("{}/cedar/ai_gateway_workload/{}",
                                       root != nullptr ? root : "../shared/corpora", name);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void copy(const formats::JsonValue& from, formats::JsonWriter& to) {
  switch (from.type()) {
    case formats::JsonType::kNull:
      to.null();
      break;
    case formats::JsonType::kBoolean:
      to.boolean(*from.as_bool());
      break;
    case formats::JsonType::kNumber:
      to.raw(from.raw_number());
      break;
    case formats::JsonType::kString:
      to.string(*from.as_string());
      break;
    case formats::JsonType::kArray:
      to.begin_array();
      for (const formats::JsonValue element : from) {
        copy(element, to);
      }
      to.end_array();
      break;
    case formats::JsonType::kObject:
      to.begin_object();
      for (const formats::JsonValue member : from) {
        to.key(member.name());
        copy(member, to);
      }
      to.end_object();
      break;
  }
}

struct Case {
  std::string request;  // JSON
  bool allow;
  std::set<std::string> reasons;
  std::set<std::string> errors;
};

std::set<std::string> strings(const formats::JsonValue& list) {
  std::set<std::string> out;
  for (const formats::JsonValue one : list) {
    out.emplace(*one.as_string());
  }
  return out;
}

// Policies about teams, models and groups that no request of the workload is about, in the shapes
// that the workload's own have.
std::string more_policies(size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    const std::string effect = i % 5 == 4 ? "forbid" : "permit";
    switch (i % 8) {
      case 0:
        out += fmt::format(R"({}(principal in AI::Team::"t{}", action in AI::Action::"read", )"
                           R"(resource in AI::ModelGroup::"g{}") when {{ context.tokens <= {} }};)",
                           effect, i, i % 100, i);
        break;
      case 1:
        out += fmt::format(R"({}(principal == AI::User::"x{}", action, resource is AI::Model) )"
                           R"(when {{ context.mtls }};)",
                           effect, i);
        break;
      case 2:
        out +=
            fmt::format(R"({}(principal is AI::User in AI::Team::"t{}", action == )"
                        R"(AI::Action::"chat", resource) when {{ resource.region like "eu-*" }};)",
                        effect, i);
        break;
      case 3:
        out += fmt::format(R"({}(principal, action == AI::Action::"callTool", resource == )"
                           R"(AI::Tool::"y{}") unless {{ principal.mfa }};)",
                           effect, i);
        break;
      case 4:
        out += fmt::format(R"({}(principal, action in [AI::Action::"a{}", AI::Action::"b{}"], )"
                           R"(resource);)",
                           effect, i, i);
        break;
      case 5:
        out +=
            fmt::format(R"({}(principal is AI::Agent, action in AI::Action::"read", resource in )"
                        R"(AI::ModelGroup::"h{}") when {{ context.risk.lessThan()"
                        R"(decimal("0.5")) }};)",
                        effect, i);
        break;
      case 6:
        out += fmt::format(R"({}(principal is AI::Service{}, action, resource);)", effect, i % 500);
        break;
      default:
        out += fmt::format(R"({}(principal in AI::Org::"o{}", action, resource in )"
                           R"(AI::ToolServer::"s{}");)",
                           effect, i % 700, i);
    }
    out += '\n';
  }
  return out;
}

CompiledPolicies compile(const std::string& text) {
  const auto set = parse_policies(text);
  SALLY_CHECK(set.ok());
  auto out = CompiledPolicies::create(*set);
  SALLY_CHECK(out.ok());
  return *std::move(out);
}

struct Workload {
  CompiledPolicies few;
  CompiledPolicies many;
  EntityStore store;
  std::vector<Case> cases;
};

// Null where the corpus is not there.
const Workload* workload() {
  static const std::optional<Workload> loaded = []() -> std::optional<Workload> {
    const auto policies = read_file("policies.cedar");
    const auto entities = read_file("entities.json");
    const auto requests = read_file("requests.json");
    if (!policies || !entities || !requests) {
      return std::nullopt;
    }
    Workload out;
    out.few = compile(*policies);
    out.many = compile(*policies + more_policies(kPolicies - out.few.policies().size()));
    SALLY_CHECK(out.many.policies().size() == kPolicies);
    const auto read = read_entities(*entities);
    SALLY_CHECK(read.ok());
    out.store = EntityStore::create(*read);
    const auto document = formats::JsonDocument::parse(*requests, cedar_json_limits());
    SALLY_CHECK(document.ok());
    for (const formats::JsonValue one : document->root()) {
      Case& added = out.cases.emplace_back();
      formats::JsonWriter json(added.request);
      json.begin_object();
      for (const std::string_view name : {"principal", "action", "resource", "context"}) {
        json.key(name);
        copy(*one.find(name), json);
      }
      json.end_object();
      json.finish();
      added.allow = *one.string("decision") == "allow";
      added.reasons = strings(*one.find("reason"));
      added.errors = strings(*one.find("errors"));
    }
    return out;
  }();
  return loaded.has_value() ? &*loaded : nullptr;
}

Verdict decide(const CompiledPolicies& policies, const EntityStore& store,
               const std::string& request, Scratch& scratch) {
  const auto view = read_request(request, scratch);
  SALLY_CHECK(view.ok());
  return authorize(policies, store, *view, scratch);
}

// Each request of the workload once: the answers are those of the reference engine.
void check_answers(const CompiledPolicies& policies, const Workload& load, Scratch& scratch) {
  for (const Case& one : load.cases) {
    const Answer answer = answer_of(policies, decide(policies, load.store, one.request, scratch));
    std::set<std::string> errors;
    for (const PolicyFailure& failure : answer.errors) {
      errors.insert(failure.policy);
    }
    SALLY_CHECK((answer.decision == Decision::kAllow) == one.allow);
    SALLY_CHECK(std::set(answer.reasons.begin(), answer.reasons.end()) == one.reasons);
    SALLY_CHECK(errors == one.errors);
  }
}

// Microseconds of each decision, sorted.
std::vector<double> times(const CompiledPolicies& policies, const Workload& load) {
  Scratch scratch;
  check_answers(policies, load, scratch);
  std::vector<double> out;
  out.reserve(load.cases.size() * kRounds);
  for (int round = 0; round < kRounds; ++round) {
    for (const Case& one : load.cases) {
      const auto before = Clock::now();
      benchmark::DoNotOptimize(decide(policies, load.store, one.request, scratch));
      out.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
    }
  }
  std::ranges::sort(out);
  return out;
}

double part_of(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))];
}

void measure(benchmark::State& state, const std::function<double(const Workload&)>& value) {
  const Workload* load = workload();
  if (load == nullptr) {
    state.SkipWithError("no cedar/ai_gateway_workload below $SALLY_CORPORA or ../shared/corpora");
    return;
  }
  for (auto _ : state) {
    state.counters["value"] = value(*load);
  }
}

void p50_us(benchmark::State& state) {
  measure(state, [](const Workload& load) { return part_of(times(load.few, load), 0.5); });
}
BENCHMARK(p50_us)->Iterations(1);

void p99_us(benchmark::State& state) {
  measure(state, [](const Workload& load) { return part_of(times(load.few, load), 0.99); });
}
BENCHMARK(p99_us)->Iterations(1);

// The same requests against the same policies among 10,000, by the medians.
void scale_ratio(benchmark::State& state) {
  measure(state, [](const Workload& load) {
    return part_of(times(load.many, load), 0.5) / part_of(times(load.few, load), 0.5);
  });
}
BENCHMARK(scale_ratio)->Iterations(1);

// Of the whole workload, request and decision, once the scratch memory is warm.
void allocations_of_decisions(benchmark::State& state) {
  measure(state, [](const Workload& load) {
    Scratch scratch;
    check_answers(load.few, load, scratch);
    const uint64_t before = allocations.load();
    for (const Case& one : load.cases) {
      benchmark::DoNotOptimize(decide(load.few, load.store, one.request, scratch));
    }
    const uint64_t made = allocations.load() - before;
    SALLY_CHECK(made == 0);
    return static_cast<double>(made);
  });
}
BENCHMARK(allocations_of_decisions)->Name("allocations")->Iterations(1);

void decide_without_request(benchmark::State& state) {
  const Workload* load = workload();
  if (load == nullptr) {
    state.SkipWithError("no workload");
    return;
  }
  Scratch scratch;
  const auto view = read_request(load->cases.front().request, scratch);
  for (auto _ : state) {
    benchmark::DoNotOptimize(authorize(load->few, load->store, *view, scratch));
  }
}
BENCHMARK(decide_without_request);

void read_one_request(benchmark::State& state) {
  const Workload* load = workload();
  if (load == nullptr) {
    state.SkipWithError("no workload");
    return;
  }
  Scratch scratch;
  for (auto _ : state) {
    benchmark::DoNotOptimize(read_request(load->cases.front().request, scratch).ok());
  }
}
BENCHMARK(read_one_request);

void compile_policies(benchmark::State& state) {
  const auto text = more_policies(1000);
  const auto set = parse_policies(text);
  for (auto _ : state) {
    benchmark::DoNotOptimize(CompiledPolicies::create(*set).ok());
  }
}
BENCHMARK(compile_policies)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sally::cedar
