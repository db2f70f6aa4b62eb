// TelemetryExport: sends telemetry to the collector, from a loop and a thread of its own, so that
// nothing of it is done on a thread that serves.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "app/config.h"
#include "base/log.h"
#include "base/random.h"
#include "net/loop.h"
#include "net/pool.h"
#include "telemetry/exporter.h"

namespace sally::app {

class TelemetryExport {
 public:
  // Log events are taken from now on. `clock` and `logger` outlive the export; it outlives every
  // other thread that logs.
  static Result<std::unique_ptr<TelemetryExport>> create(
      std::shared_ptr<const TelemetryConfig> config, const Clock& clock, Logger& logger);
  TelemetryExport(const TelemetryExport&) = delete;
  TelemetryExport& operator=(const TelemetryExport&) = delete;
  ~TelemetryExport();

  // A tracer for a loop thread with this `random`; null where traces are not wanted. Before start.
  std::unique_ptr<Tracer> lane(Random& random);
  // Begins to send. `numbers` is called on the export's thread, until `stop` returns.
  void start(std::function<MetricFamilies()> numbers);
  // Sends what is there, for a second at most, and ends the thread.
  void stop();

  // What became of telemetry so far. From any thread.
  [[nodiscard]] MetricFamilies numbers() const { return exporter_->numbers(); }

 private:
  TelemetryExport(std::shared_ptr<const TelemetryConfig> config, const Clock& clock, Logger& logger)
      : config_(std::move(config)), clock_(clock), logger_(logger) {}
  Task<Result<>> gather_on();
  Task<Result<>> send_on();
  Task<void> send_ready(telemetry::Linger linger);
  Task<Result<telemetry::ExportAnswer>> post(const telemetry::Exporter::Request& request);
  Task<Result<telemetry::ExportAnswer>> post_once(const telemetry::Exporter::Request& request,
                                                  net::Reuse reuse, bool& stale);
  [[nodiscard]] MonoTime now() const { return clock_.monotonic(); }

  const std::shared_ptr<const TelemetryConfig> config_;
  const Clock& clock_;
  Logger& logger_;
  WallTime began_;
  SystemRandom random_;  // the export's thread's, once it runs
  std::function<MetricFamilies()> numbers_;
  std::unique_ptr<telemetry::Exporter> exporter_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::ClientPool> pool_;
  bool stopping_ = false;  // the loop's
  std::promise<void> said_goodbye_;
  std::thread thread_;
};

}  // namespace sally::app
