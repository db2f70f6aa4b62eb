// Lane: the tracer of one loop thread, and the ring by which its spans leave the thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/tracer.h"
#include "telemetry/byte_ring.h"

namespace sally::telemetry {

// Which traces are kept that nobody decided on before: a share of them, by the trace's id, so that
// every process with the same share decides alike.
class Sampler {
 public:
  // `share` is in [0, 1].
  explicit Sampler(double share);
  [[nodiscard]] bool keeps(const TraceId& id) const;

 private:
  uint64_t below_;  // of 2^56
};

// Between one loop and the exporter.
struct Lane {
  explicit Lane(size_t bytes) : ring(bytes) {}
  ByteRing ring;
  std::atomic<uint64_t> dropped{0};  // spans for which there was no room
};

class LaneTracer final : public Tracer {
 public:
  // `random` belongs to the loop and outlives the tracer.
  LaneTracer(std::shared_ptr<Lane> lane, const Sampler& sampler, Random& random)
      : lane_(std::move(lane)), sampler_(sampler), random_(random) {}
  [[nodiscard]] std::unique_ptr<RequestTrace> begin(const TraceFields& from,
                                                    MonoTime begun) override;
  void end(std::unique_ptr<RequestTrace> trace, const AccessEvent& event, MonoTime ended) override;

 private:
  static constexpr size_t kMostSpare = 256;
  std::shared_ptr<Lane> lane_;
  Sampler sampler_;
  Random& random_;
  std::vector<std::unique_ptr<RequestTrace>> spare_;  // used again, with their storage
  std::string encoded_;
};

}  // namespace sally::telemetry
