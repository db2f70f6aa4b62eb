// What recognisers of users cost: per octet of prose and of matches, by how many there are.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "content/custom/custom_recognizers.h"

namespace sally::content {
namespace {

CustomRecognizers many(int64_t count) {
  std::vector<CustomRecognizer> recognizers;
  for (int64_t i = 0; i < count; ++i) {
    recognizers.push_back({.type = fmt::format("TYPE_{}", i),
                           .patterns = {{fmt::format(R"(\bid{}-\d{{4,8}}\b)", i), 0.8F}},
                           .context = {"badge"}});
  }
  return std::move(*CustomRecognizers::create(std::move(recognizers)));
}

void Compile(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(many(state.range(0)));
  }
}
BENCHMARK(Compile)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void Custom(benchmark::State& state, std::string_view piece, size_t size) {
  const CustomRecognizers recognizers = many(state.range(0));
  std::string text;
  while (text.size() < size) {
    text += piece;
  }
  std::vector<CustomEntity> out;
  for (auto _ : state) {
    out.clear();
    recognizers.find(text, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
constexpr std::string_view kProse =
    "The quarterly report asks whether disk usage of the training cluster explains the cost in. ";
BENCHMARK_CAPTURE(Custom, document, kProse, 1)->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(Custom, prose, kProse, 65536)->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(Custom, matches, "id0-1234 ", 65536)->Arg(1)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace sally::content
