// What looking for names costs.
#include <benchmark/benchmark.h>

#include <array>

#include "content/names/name_tagger.h"

namespace sally::content {
namespace {

const NameTagger& tagger() {
  static const NameTagger made = std::move(*NameTagger::create());
  return made;
}

// About 95 octets each, as traffic is.
constexpr auto kDocuments = std::to_array<std::string_view>({
    "Please summarise the meeting of Anna Kowalska with Nordwind Pumps Ltd in Bergen for next "
    "week.",
    "can you rewrite this function so that it does not allocate for each line of the input file?",
    "The parcel goes to 12 Old Mill Road, Springfield, IL 62704; the phone number is in the order.",
    "Frau Dr. Schneider vom Universitätsklinikum Heidelberg hat den Befund am Montag "
    "unterschrieben.",
    "2026-05-02T05:21:22Z WARN [pool-3] connection to 10.0.0.7:5432 was reset, 3 retries, gave up",
    "President Macron met the Chancellor in Berlin on Tuesday, said Reuters, citing a French "
    "source.",
});

void Names(benchmark::State& state) {
  std::vector<Entity> found;
  size_t i = 0;
  size_t octets = 0;
  for (auto _ : state) {
    found.clear();
    tagger().find(kDocuments[i], found);
    benchmark::DoNotOptimize(found.data());
    octets += kDocuments[i].size();
    i = (i + 1) % kDocuments.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(octets));
}
BENCHMARK(Names);

void NamesInLongText(benchmark::State& state) {
  std::string text;
  while (text.size() < 65'536) {
    for (const std::string_view document : kDocuments) {
      text.append(document).append("\n");
    }
  }
  std::vector<Entity> found;
  for (auto _ : state) {
    found.clear();
    tagger().find(text, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(NamesInLongText);

// Every word is worth a look, and nothing ends.
void NamesWhereAllIsCapital(benchmark::State& state) {
  std::string text;
  while (text.size() < 65'536) {
    text += "Xi Yo ";
  }
  std::vector<Entity> found;
  for (auto _ : state) {
    found.clear();
    tagger().find(text, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK(NamesWhereAllIsCapital);

void LoadNames(benchmark::State& state) {
  for (auto _ : state) {
    auto made = NameTagger::create();
    benchmark::DoNotOptimize(made.ok());
  }
}
BENCHMARK(LoadNames)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sally::content
