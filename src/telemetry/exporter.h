// Exporter: what waits for the collector, in bounded queues, and when it is sent. Decides; the
// transport is the caller's:
//
//   exporter.gather(now);
//   while (const auto* request = exporter.next(now, Linger::kAllowed)) {
//     exporter.settle(co_await post(request->path, request->body), now);
//   }
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "core/metric.h"
#include "telemetry/envelope.h"
#include "telemetry/lane.h"
#include "telemetry/log_queue.h"

namespace sally::telemetry {

enum class Signal : uint8_t { kTraces, kMetrics, kLogs };
inline constexpr size_t kSignals = 3;
std::string_view name_of(Signal signal);
// `/v1/traces`: stands behind the endpoint's path.
std::string_view path_of(Signal signal);

struct ExporterSettings {
  double sample = 0;                             // share of the traces that begin here
  size_t queue_bytes = size_t{8} * 1024 * 1024;  // of spans, and as much of logs; the oldest go
  std::string endpoint;                          // as logs name it
};

// What the collector answered.
struct ExportAnswer {
  uint16_t status = 0;
  std::string retry_after;  // the field; empty: none
  std::string body;
};

enum class Linger : uint8_t {
  kAllowed,  // a batch waits until it is full or a second old
  kNone,     // the process ends: what is there is sent, and nothing twice
};

// Belongs to one thread, but for what is said of each call.
class Exporter {
 public:
  // `random` and `logger` outlive the exporter.
  Exporter(ExporterSettings settings, const Resource& resource, Random& random, Logger& logger);
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  ~Exporter() = default;

  // A tracer for one loop thread, whose `random` it uses. Before the threads start.
  std::unique_ptr<Tracer> lane(Random& random);
  // Where log events go: for Logger::set_tap. From any thread.
  [[nodiscard]] LogTap& log_tap() { return logs_; }

  // Takes what the lanes and the log have brought.
  void gather(MonoTime now);
  // The numbers as they are; they take the place of numbers that were not sent yet.
  void offer(const MetricFamilies& families, WallTime began, WallTime now);

  struct Request {
    Signal signal;
    std::string body;
  };
  // What is to be sent now; nullptr: nothing. It must be settled before the next call.
  [[nodiscard]] const Request* next(MonoTime now, Linger linger);
  // How the request fared. What may succeed later is kept, and waits.
  void settle(const Result<ExportAnswer>& answer, MonoTime now);

  // What became of telemetry so far. From any thread.
  [[nodiscard]] MetricFamilies numbers() const;

 private:
  struct Batch {
    std::string elements;
    uint32_t items = 0;
    MonoTime begun{};
  };
  struct Queue {
    std::deque<Batch> batches;  // the last one is being filled
    size_t bytes = 0;
    std::atomic<uint64_t> exported{0};
    std::atomic<uint64_t> dropped{0};  // no room, or no use in sending it again
    std::atomic<uint64_t> waiting{0};  // bytes
  };
  enum class State : uint8_t { kUnknown, kFine, kRefusing, kAway };

  Queue& queue_of(Signal signal) { return queues_[static_cast<size_t>(signal)]; }
  void add(Signal signal, std::string_view elements, uint32_t items, MonoTime now);
  void shrink(Queue& queue, size_t most);
  [[nodiscard]] bool ready(const Queue& queue, MonoTime now, Linger linger) const;
  void put_off(MonoTime now, std::string_view retry_after);
  void enter(State state, std::string_view why);

  const ExporterSettings settings_;
  const size_t batch_bytes_;  // a batch is full at
  const Envelope envelope_;
  const Sampler sampler_;
  Random& random_;
  Logger& logger_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  LogQueue logs_;
  std::array<Queue, kSignals> queues_;
  std::optional<Request> request_;  // being sent
  Batch sending_;                   // what it holds
  size_t turn_ = 0;                 // the signal that comes next
  MonoTime not_before_{};
  uint32_t failures_ = 0;  // in a row
  State state_ = State::kUnknown;
  std::atomic<bool> up_{false};
  std::atomic<uint64_t> failed_requests_{0};
  std::string scratch_;
};

}  // namespace sally::telemetry
