// What the index costs: taking events in, and asking about ten million of them.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <optional>

#include "ledger/event_index.h"
#include "ledger/test_event.h"

namespace sally::ledger {
namespace {

constexpr uint64_t kEvents = 10'000'000;
constexpr uint64_t kPrincipals = 5'000;

// A log that is made up as it is read: 5,000 keys, one of which makes every other request, a
// refusal in fifty, a thousand events a second.
class SyntheticLog final : public EventSource {
 public:
  explicit SyntheticLog(uint64_t events) : events_(events) {
    usual_ = test_event(random_);
    refused_ = test_refusal(random_);
  }
  [[nodiscard]] uint64_t first() const override { return 0; }
  Result<uint64_t> read(uint64_t position, size_t most, const Visitor& visitor) override {
    for (; most > 0 && position < events_; --most, ++position) {
      AccessEvent& event = position % 50 == 0 ? *refused_ : *usual_;
      const uint64_t mixed = position * 0x9E3779B97F4A7C15U >> 32;
      event.time = test_time() + Millis(static_cast<int64_t>(position));
      event.id = Ulid::make(event.time, random_);
      const uint64_t principal = position % 2 == 0 ? 0 : 1 + mixed % (kPrincipals - 1);
      event.principal = "k" + std::to_string(principal);
      event.principal_name = "key-" + std::to_string(principal);
      event.model = mixed % 3 == 0 ? "large" : "small";
      event.source =
          "10.1." + std::to_string(mixed % 256) + "." + std::to_string(mixed / 256 % 256);
      json_.clear();
      append_event(json_, event);
      visitor({.seq = position, .json = json_});
    }
    return position;
  }

 private:
  uint64_t events_;
  SeededRandom random_{1};
  std::optional<AccessEvent> usual_;
  std::optional<AccessEvent> refused_;
  std::string json_;
};

// On a disk, not in memory: the index of ten million events is larger than what tests write.
class BenchFolder {
 public:
  BenchFolder() {
    std::string name = std::filesystem::temp_directory_path() / "sally-index-XXXXXX";
    path_ = ::mkdtemp(name.data()) != nullptr ? name : std::string();
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  ~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "index.sqlite"; }

 private:
  std::filesystem::path path_;
};

void TakeIn(benchmark::State& state) {
  constexpr uint64_t kCount = 100'000;
  for (auto _ : state) {
    const BenchFolder folder;
    SyntheticLog log(kCount);
    auto index = EventIndex::open(folder.file());
    if (!index.ok() || !index->catch_up(log).ok()) {
      state.SkipWithError("the index could not be made");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kCount));
}
BENCHMARK(TakeIn)->Unit(benchmark::kMillisecond)->Iterations(1);

// The index of kEvents, made once and removed at the end.
EventIndex* large_index(double& bytes) {
  struct Made {
    BenchFolder folder;
    std::optional<EventIndex> index;
    double bytes = 0;
  };
  static Made made;
  if (!made.index) {
    SyntheticLog log(kEvents);
    auto index = EventIndex::open(made.folder.file());
    if (!index.ok() || !index->catch_up(log).ok()) {
      return nullptr;
    }
    made.index.emplace(*std::move(index));
    made.bytes = static_cast<double>(std::filesystem::file_size(made.folder.file()));
  }
  bytes = made.bytes;
  return &*made.index;
}

// The newest hundred: what `sallyport audit query` shows.
void ask(benchmark::State& state, const EventQuery& query) {
  double bytes = 0;
  EventIndex* const index = large_index(bytes);
  if (index == nullptr) {
    state.SkipWithError("the index could not be made");
    return;
  }
  size_t found = 0;
  for (auto _ : state) {
    auto seqs = index->find(query, IndexOrder::kNewestFirst, UINT64_MAX, 100);
    found = seqs.ok() ? seqs->size() : 0;
  }
  state.counters["found"] = static_cast<double>(found);
  state.counters["index_bytes"] = bytes;
}
void query_ms(benchmark::State& state) {
  ask(state, {.principal = "k4242"});
}
BENCHMARK(query_ms)->Unit(benchmark::kMillisecond);
void QueryByBusyPrincipalsName(benchmark::State& state) {
  ask(state, {.principal = "key-0"});
}
BENCHMARK(QueryByBusyPrincipalsName)->Unit(benchmark::kMillisecond);
void QueryByPrincipalAndOutcome(benchmark::State& state) {
  ask(state, {.principal = "key-0", .outcome = Outcome::kRefused});
}
BENCHMARK(QueryByPrincipalAndOutcome)->Unit(benchmark::kMillisecond);
void QueryByPrincipalInAnHour(benchmark::State& state) {
  ask(state, {.since = test_time(3'000), .until = test_time(6'600), .principal = "k4242"});
}
BENCHMARK(QueryByPrincipalInAnHour)->Unit(benchmark::kMillisecond);
void QueryByText(benchmark::State& state) {
  ask(state, {.text = "key-4242"});
}
BENCHMARK(QueryByText)->Unit(benchmark::kMillisecond);
void QueryByFinding(benchmark::State& state) {
  ask(state, {.finding = "openai-api-key"});
}
BENCHMARK(QueryByFinding)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sally::ledger
