// What the record costs a request: encoding alone, and written in turns of so many events.
#include <benchmark/benchmark.h>

#include "ledger/file_sink.h"
#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

void EncodeAllowed(benchmark::State& state) {
  SeededRandom random(1);
  const AccessEvent event = test_event(random);
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_event(out, event);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(EncodeAllowed);

void EncodeRefused(benchmark::State& state) {
  SeededRandom random(1);
  const AccessEvent event = test_refusal(random);
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_event(out, event);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(EncodeRefused);

void ParseLine(benchmark::State& state) {
  SeededRandom random(1);
  std::string object;
  append_event(object, test_event(random));
  std::string line;
  append_line(line, 1, object);
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_line(line).ok());
  }
}
BENCHMARK(ParseLine);

void RecordInTurnsOf(benchmark::State& state) {
  TestFolder folder;
  const SystemClock clock;
  Logger log(2, LogFormat::kText, LogLevel::kError, clock);
  auto record =
      FileRecord::open({.path = folder.file(), .rotate_bytes = 64 << 20, .keep = 1}, clock, log);
  const auto lane = (*record)->lane();
  SeededRandom random(1);
  const AccessEvent event = test_event(random);
  std::vector<Task<Result<>>> waits;
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      waits.push_back(lane->record(event));
    }
    lane->commit();
    for (auto& wait : waits) {
      benchmark::DoNotOptimize(std::move(wait).run_to_completion().ok());
    }
    waits.clear();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(RecordInTurnsOf)->Arg(1)->Arg(8)->Arg(32);

}  // namespace
}  // namespace sally::ledger
