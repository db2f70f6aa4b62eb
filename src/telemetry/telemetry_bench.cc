// What a request pays on its loop's thread for being traced.
#include <benchmark/benchmark.h>

#include "telemetry/lane.h"

namespace sally::telemetry {
namespace {

AccessEvent event_of_a_chat(Random& random) {
  AccessEvent event{.id = Ulid::make(WallTime{}, random), .time = WallTime{}};
  event.outcome = Outcome::kAllowed;
  event.status = 200;
  event.method = "POST";
  event.path = "/v1/chat/completions";
  event.http = "1.1";
  event.source = "192.0.2.7";
  event.principal = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  event.team = "research";
  event.route = "openai";
  event.protocol = "openai";
  event.action = "openai:chat.completions";
  event.model = "small";
  event.rule = "team";
  event.upstream_status = 200;
  event.input_tokens = 12;
  event.output_tokens = 200;
  return event;
}

void trace(benchmark::State& state, double share) {
  SeededRandom random(1);
  const auto lane = std::make_shared<Lane>(size_t{1} << 21U);
  LaneTracer tracer(lane, Sampler(share), random);
  const AccessEvent event = event_of_a_chat(random);
  std::string out;
  for (auto _ : state) {
    auto one = tracer.begin({}, MonoTime{});
    for (const std::string_view stage : {"identity", "inspection", "policy", "record"}) {
      one->step(stage, MonoTime{}, MonoTime{});
    }
    benchmark::DoNotOptimize(one->begin_call(random, "local", "small", MonoTime{}));
    one->end_call(MonoTime{});
    tracer.end(std::move(one), event, MonoTime{});
    out.clear();
    lane->ring.pop(out);  // on another thread in the gate; a copy of 2 KB here
  }
}

void BM_RequestThatIsSampled(benchmark::State& state) {
  trace(state, 1);
}
BENCHMARK(BM_RequestThatIsSampled);

void BM_RequestThatIsNotSampled(benchmark::State& state) {
  trace(state, 0);
}
BENCHMARK(BM_RequestThatIsNotSampled);

}  // namespace
}  // namespace sally::telemetry
