// Metrics: counts and durations of the gate.
//
// Every loop writes its own shard (one writer, relaxed atomics, no lock on the hot path);
// collecting adds the shards up. Label values come from the configuration alone, so their number is
// bounded.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/metric.h"
#include "gateway/snapshot.h"

namespace sally::gateway {

// A number with one writing thread.
class Counter {
 public:
  void add(uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void subtract(uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - by, std::memory_order_relaxed);
  }
  void set(uint64_t to) { value_.store(to, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Histogram {
 public:
  // Upper bounds in microseconds.
  static constexpr std::array<int32_t, 16> kBounds = {
      1,      5,      10,      50,      100,       500,       1'000,      5'000,
      10'000, 50'000, 100'000, 500'000, 1'000'000, 5'000'000, 30'000'000, 120'000'000};
  void observe(int64_t micros);

 private:
  friend class Metrics;
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter sum_;
};

// The stages whose time is told apart.
enum class Timed : uint8_t { kIdentity, kBody, kInspection, kPolicy, kUpstream, kRecord };
inline constexpr size_t kTimed = 6;
std::string_view name_of(Timed stage);

// The numbers of one route and model on one loop.
struct Slot {
  std::array<Counter, 4> outcomes;   // by Outcome
  std::array<Counter, 6> statuses;   // by hundreds
  std::array<Counter, 10> refusals;  // by Stage
  std::array<Histogram, kTimed> stages;
  Histogram duration;
  Histogram first_byte;
  Counter input_tokens;
  Counter output_tokens;
  Counter request_bytes;
  Counter response_bytes;
  Counter findings;
  Counter retries;
  Counter break_glass;
};

class MetricsShard {
 public:
  // The slot of this route and model (either may be empty). Lives as long as the shard.
  Slot& slot(const std::string& route, const std::string& model);

  Counter active;     // requests in the gate now
  Counter malformed;  // refused before they were requests
  Counter pool_open;  // connections to upstreams
  Counter pool_idle;

 private:
  friend class Metrics;
  std::mutex mutex_;  // guards the map, not the slots
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Slot>> slots_;
};

class Metrics {
 public:
  explicit Metrics(size_t loops);
  [[nodiscard]] MetricsShard& shard(size_t loop) { return *shards_[loop]; }
  // What the servers count.
  struct Connections {
    size_t open = 0;
    uint64_t failed_handshakes = 0;
  };
  // All numbers; the upstreams' state from `snapshot`. From any thread.
  [[nodiscard]] MetricFamilies collect(const Snapshot& snapshot, const Connections& connections,
                                       MonoTime now);

 private:
  std::vector<std::unique_ptr<MetricsShard>> shards_;
};

}  // namespace sally::gateway
