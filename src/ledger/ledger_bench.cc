// What recording costs, and how much of it the ledger can take. Rows with a counter `value` are the
// ones that have a bar (tests/bench/bench.py): the counter is what is measured.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "ledger/doorbell.h"
#include "ledger/event_json.h"
#include "ledger/ledger.h"
#include "ledger/test_event.h"
#include "tlog/tree.h"

namespace sally::ledger {
namespace {

// A folder where the project is, for /tmp may be no disk.
class BenchFolder {
 public:
  BenchFolder() {
    std::string name = "ledger-bench-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) {
      path_ = std::filesystem::absolute(name);
    }
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  ~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class BenchLedger {
 public:
  explicit BenchLedger(Durability durability) {
    auto key = crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
    auto opened = Ledger::open({.folder = folder_.path() / "ledger",
                                .origin = "bench.test/ledger",
                                .durability = durability},
                               *std::move(key), clock_, log_);
    if (opened.ok()) {
      ledger_ = *std::move(opened);
    }
  }
  [[nodiscard]] bool ok() const { return ledger_ != nullptr; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  Ledger& operator*() { return *ledger_; }
  Ledger* operator->() { return ledger_.get(); }

 private:
  const BenchFolder folder_;
  const SystemClock clock_;
  Logger log_{2, LogFormat::kText, LogLevel::kError, clock_};
  std::unique_ptr<Ledger> ledger_;
};

double thread_cpu_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

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

void ParseEvent(benchmark::State& state) {
  SeededRandom random(1);
  std::string entry;
  append_event(entry, test_event(random));
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_event(entry).ok());
  }
}
BENCHMARK(ParseEvent);

// One leaf of 400 bytes, with its share of every node above it.
void HashIntoTree(benchmark::State& state) {
  const std::string entry(400, 'x');
  tlog::Tree tree;
  for (auto _ : state) {
    tree.append(tlog::leaf_hash(as_bytes(entry)),
                [](uint32_t, uint64_t, std::span<const tlog::Hash> tile) {
                  benchmark::DoNotOptimize(tile.data());
                });
  }
}
BENCHMARK(HashIntoTree);

// The disk's own time for making 4 KiB durable: what the latency of `every` is compared with.
void Fdatasync(benchmark::State& state) {
  const BenchFolder folder;
  const int fd = ::open((folder.path() / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  off_t at = 0;
  std::vector<double> times;
  for (auto _ : state) {
    const auto before = std::chrono::steady_clock::now();
    if (::pwrite(fd, page.data(), page.size(), at) < 0 || ::fdatasync(fd) != 0) {
      state.SkipWithError("the disk fails");
      break;
    }
    at += 4096;
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before)
            .count());
  }
  ::close(fd);
  std::ranges::sort(times);
  if (!times.empty()) {
    state.counters["p99_ms"] = times[times.size() * 99 / 100];
  }
}
BENCHMARK(Fdatasync)->Iterations(500)->Unit(benchmark::kMillisecond)->UseRealTime();

// CPU of the loop's thread for an event: encoding, the ring, and the turn's end every 8 events.
void loop_us(benchmark::State& state) {
  BenchLedger ledger(Durability::kInterval);
  if (!ledger.ok()) {
    state.SkipWithError("no ledger");
    return;
  }
  auto lane = *ledger->lane({});
  SeededRandom random(1);
  const AccessEvent event = test_event(random);
  double spent = 0;
  uint64_t events = 0;
  for (auto _ : state) {
    const double before = thread_cpu_us();
    for (int i = 0; i < 8; ++i) {
      if (!lane->record(event).run_to_completion().ok()) {
        state.SkipWithError("not recorded");
      }
    }
    lane->commit();
    spent += thread_cpu_us() - before;
    events += 8;
    std::this_thread::sleep_for(std::chrono::microseconds(200));  // 40,000 events a second
  }
  state.counters["value"] = spent / static_cast<double>(events);
  lane.reset();
}
BENCHMARK(loop_us)->Iterations(10'000)->UseRealTime();

// Entries of 400 bytes in batches, until all of them are durable, hashed into every level
// of the tree, and under a signed checkpoint.
void appends_per_s(benchmark::State& state) {
  constexpr size_t kEntries = 1'000'000;
  BenchLedger ledger(Durability::kInterval);
  if (!ledger.ok()) {
    state.SkipWithError("no ledger");
    return;
  }
  const std::string entry(400, 'x');
  const std::vector<std::string_view> batch(100'000, entry);
  for (auto _ : state) {
    const auto before = std::chrono::steady_clock::now();
    for (size_t done = 0; done < kEntries; done += batch.size()) {
      if (!ledger->append(batch).ok()) {
        state.SkipWithError("not recorded");
        return;
      }
    }
    if (!ledger->flush().ok()) {
      state.SkipWithError("not signed");
      return;
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
    state.counters["value"] = static_cast<double>(kEntries) / seconds;
  }
}
BENCHMARK(appends_per_s)->Iterations(1)->UseRealTime();

Task<void> record_and_time(EventSink& lane, const AccessEvent& event, std::vector<double>& times) {
  const auto before = std::chrono::steady_clock::now();
  const auto recorded = co_await lane.record(event);
  if (recorded.ok()) {
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before)
            .count());
  }
}

// From recording to durable, with `every`, at 5,000 events a second for 4 seconds.
void durable_p99_ms(benchmark::State& state) {
  constexpr size_t kEvents = 20'000;
  constexpr std::chrono::microseconds kBetween{200};
  BenchLedger ledger(Durability::kEvery);
  if (!ledger.ok()) {
    state.SkipWithError("no ledger");
    return;
  }
  Doorbell bell;  // what an event loop is to a lane
  auto lane = *ledger->lane([&bell] { bell.ring(Doorbell::kNow); });
  SeededRandom random(1);
  const AccessEvent event = test_event(random);
  std::vector<double> times;
  for (auto _ : state) {
    MonoTime next = std::chrono::steady_clock::now();
    for (size_t sent = 0; times.size() < kEvents;) {
      for (; sent < kEvents && std::chrono::steady_clock::now() >= next; ++sent) {
        detach(record_and_time(*lane, event, times));
        next += kBetween;
      }
      lane->commit();
      if (times.size() < kEvents) {
        bell.wait(Doorbell::kNow, sent < kEvents ? std::optional(next) : std::nullopt);
      }
    }
  }
  std::ranges::sort(times);
  state.counters["value"] = times[times.size() * 99 / 100];
  state.counters["p50_ms"] = times[times.size() / 2];
  state.counters["most_ms"] = times.back();
}
BENCHMARK(durable_p99_ms)->Iterations(1)->UseRealTime();

}  // namespace
}  // namespace sally::ledger
