// What counting costs on the path of a request.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "store/memory_counters.h"

namespace sally::store {
namespace {

std::vector<std::string> names(size_t count) {
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back("key_0123" + std::to_string(10'000'000 + i));
  }
  return out;
}

// One take from one of so many buckets, time going on as at a million requests a second.
void BM_TokenBucketTake(benchmark::State& state) {
  SeededRandom random(1);
  MemoryCounters counters(random);
  const std::vector<std::string> callers = names(static_cast<size_t>(state.range(0)));
  const Bucket shape{.per_minute = 600'000'000, .burst = 1'000'000};
  MonoTime now{std::chrono::hours(1)};
  size_t next = 0;
  for (auto _ : state) {
    now += Nanos(1'000);
    benchmark::DoNotOptimize(counters.take(callers[next], shape, 1, now));
    next = next + 1 == callers.size() ? 0 : next + 1;
  }
}
BENCHMARK(BM_TokenBucketTake)->Arg(1)->Arg(1'000)->Arg(100'000);

// Every call a caller never seen, in a table that is full of such: entries end as fast as they
// come.
void BM_TokenBucketTakeByStrangers(benchmark::State& state) {
  SeededRandom random(1);
  MemoryCounters counters(random, size_t{1} << 16);
  const Bucket shape{.per_minute = 600, .burst = 10};
  MonoTime now{std::chrono::hours(1)};
  uint64_t number = 0;
  for (auto _ : state) {
    now += Nanos(10'000);
    const std::string_view name(reinterpret_cast<const char*>(&number), sizeof(number));
    benchmark::DoNotOptimize(counters.take(name, shape, 1, now));
    ++number;
  }
}
BENCHMARK(BM_TokenBucketTakeByStrangers);

void BM_SetInsertAndContains(benchmark::State& state) {
  SeededRandom random(1);
  MemoryCounters counters(random);
  const std::vector<std::string> members = names(10'000);
  MonoTime now{std::chrono::hours(1)};
  size_t next = 0;
  for (auto _ : state) {
    now += Nanos(1'000);
    benchmark::DoNotOptimize(counters.insert("set", members[next], std::chrono::minutes(1), now));
    benchmark::DoNotOptimize(counters.contains("set", members[next], now));
    next = next + 1 == members.size() ? 0 : next + 1;
  }
}
BENCHMARK(BM_SetInsertAndContains);

}  // namespace
}  // namespace sally::store
