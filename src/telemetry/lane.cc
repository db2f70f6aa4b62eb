#include "telemetry/lane.h"

#include <algorithm>
#include <utility>

#include "telemetry/spans.h"
#include "telemetry/trace_context.h"

namespace sally::telemetry {
namespace {

constexpr double kTwoTo56 = 72057594037927936.0;

}  // namespace

Sampler::Sampler(double share)
    : below_(static_cast<uint64_t>(std::clamp(share, 0.0, 1.0) * kTwoTo56)) {}

bool Sampler::keeps(const TraceId& id) const {
  uint64_t low = 0;  // the last 7 bytes: those that are random in every trace
  for (size_t i = 9; i < id.size(); ++i) {
    low = low << 8U | std::to_integer<uint64_t>(id[i]);
  }
  return low < below_;
}

std::unique_ptr<RequestTrace> LaneTracer::begin(const TraceFields& from, MonoTime begun) {
  std::unique_ptr<RequestTrace> trace;
  if (spare_.empty()) {
    trace = std::make_unique<RequestTrace>();
  } else {
    trace = std::move(spare_.back());
    spare_.pop_back();
  }
  trace->begun = begun;
  trace->span = make_span_id(random_);
  if (const auto parent = parse_traceparent(from.traceparent)) {
    trace->trace = parent->trace;
    trace->parent = parent->span;
    trace->sampled = parent->sampled;
    if (is_tracestate(from.tracestate)) {
      trace->state = from.tracestate;
    }
  } else {
    trace->trace = make_trace_id(random_);
    trace->sampled = sampler_.keeps(trace->trace);
  }
  return trace;
}

void LaneTracer::end(std::unique_ptr<RequestTrace> trace, const AccessEvent& event,
                     MonoTime ended) {
  if (trace->sampled) {
    encoded_.clear();
    const uint32_t spans = append_spans(encoded_, *trace, event, ended, random_);
    if (!lane_->ring.push(encoded_, spans)) {
      lane_->dropped.fetch_add(spans, std::memory_order_relaxed);
    }
  }
  if (spare_.size() < kMostSpare) {
    trace->clear();
    spare_.push_back(std::move(trace));
  }
}

}  // namespace sally::telemetry
