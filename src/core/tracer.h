// Tracer: where the spans of requests go. The gate fills a RequestTrace while it works; the tracer
// makes spans of it when the request has ended. W3C Trace Context.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "core/event.h"

namespace sally {

using TraceId = std::array<std::byte, 16>;
using SpanId = std::array<std::byte, 8>;

// Random, and not zero, which the specification forbids.
SpanId make_span_id(Random& random);
TraceId make_trace_id(Random& random);

// A piece of the gate's own work.
struct TraceStep {
  std::string_view name;  // a literal: `identity`, `inspection`
  MonoTime begun{};
  MonoTime ended{};
};

// One attempt at an upstream.
struct TraceCall {
  SpanId span{};
  std::string upstream;
  std::string model;  // its name there
  MonoTime begun{};
  std::optional<MonoTime> ended;    // nothing: it lasted as long as the request
  std::optional<ErrorKind> failed;  // why it gave no answer
};

// One request as its trace will tell it. Belongs to the request's thread.
class RequestTrace {
 public:
  static constexpr size_t kMostSteps = 64;
  static constexpr size_t kMostCalls = 16;

  TraceId trace{};
  SpanId span{};
  std::optional<SpanId> parent;  // who called us, where the caller is traced
  bool sampled = false;          // otherwise only the context is passed on
  std::string state;             // `tracestate` as it goes up; empty: none
  MonoTime begun{};

  // The trace's id in hexadecimal.
  [[nodiscard]] std::string id() const;
  // The rest does nothing, or only what the context needs, unless the request is sampled. Beyond
  // the bounds above steps and calls are left out.
  void step(std::string_view name, MonoTime from, MonoTime to);
  // An attempt begins; returns its `traceparent`, valid until the next attempt.
  std::string_view begin_call(Random& random, std::string_view upstream, std::string_view model,
                              MonoTime now);
  // The last attempt brought no answer, or broke off.
  void fail_call(ErrorKind why, MonoTime now);
  // The last attempt brought a whole answer.
  void end_call(MonoTime now);

  [[nodiscard]] const std::vector<TraceStep>& steps() const { return steps_; }
  [[nodiscard]] const std::vector<TraceCall>& calls() const { return calls_; }
  // Forgets everything but its storage.
  void clear();

 private:
  std::vector<TraceStep> steps_;
  std::vector<TraceCall> calls_;
  std::array<char, 55> traceparent_{};
};

// The fields of a request as they came, empty where absent. Hostile.
struct TraceFields {
  std::string_view traceparent;
  std::string_view tracestate;
};

// One object per loop thread; not shared.
class Tracer {
 public:
  Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  virtual ~Tracer() = default;

  // Continues the caller's trace where `from` is well formed, else begins one. Never null.
  [[nodiscard]] virtual std::unique_ptr<RequestTrace> begin(const TraceFields& from,
                                                            MonoTime begun) = 0;
  // The request has ended: makes spans of it at once, where it is sampled. Does not block.
  virtual void end(std::unique_ptr<RequestTrace> trace, const AccessEvent& event,
                   MonoTime ended) = 0;
};

}  // namespace sally
