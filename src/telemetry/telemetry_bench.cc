// What a request pays on its loop's thread for being traced.
#include <benchmark/benchmark.h>

#include "core/example_event.h"
#include "telemetry/lane.h"

namespace sally::telemetry {
namespace {

void trace(benchmark::State& state, double share) {
  SeededRandom random(1);
  const auto lane = std::make_shared<Lane>(size_t{1} << 21U);
  LaneTracer tracer(lane, Sampler(share), random);
  const AccessEvent event = example_chat(WallTime{}, random);
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
