// Trace context: the `traceparent` and `tracestate` fields, read strictly. W3C Trace Context, level
// 1 (https://www.w3.org/TR/trace-context-1/). Pure functions over hostile text.
#pragma once

#include <optional>
#include <string_view>

#include "core/tracer.h"

namespace sally::telemetry {

struct TraceParent {
  TraceId trace{};
  SpanId span{};
  bool sampled = false;
};

// Nothing where the text is not exactly what the specification allows (3.2): lower-case
// hexadecimal, no zero id, no version ff; a later version may go on after a further `-`.
std::optional<TraceParent> parse_traceparent(std::string_view text);

// Whether `text` may be passed on as `tracestate` (3.3): at most 512 bytes and 32 members, keys
// well formed and none twice.
[[nodiscard]] bool is_tracestate(std::string_view text);

}  // namespace sally::telemetry
