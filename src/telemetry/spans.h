// Spans: what one request becomes in a trace. One server span; below it one span for each piece of
// the gate's work, and one client span for each attempt at an upstream.
#pragma once

#include <string>

#include "base/random.h"
#include "core/tracer.h"

namespace sally::telemetry {

// Appends the spans as elements of an export request; returns how many. `random` gives the ids of
// the stages' spans.
uint32_t append_spans(std::string& out, const RequestTrace& trace, const AccessEvent& event,
                      MonoTime ended, Random& random);

}  // namespace sally::telemetry
