// Field numbers of OTLP 1.x, as opentelemetry-proto assigns them: they never change.
// https://github.com/open-telemetry/opentelemetry-proto
#pragma once

#include <cstdint>

namespace sally::telemetry::otlp {

// The requests of all three signals have one shape: resource -> scope -> elements.
namespace export_request {
inline constexpr uint32_t kResourceElements = 1;  // resource_spans, resource_metrics, resource_logs
inline constexpr uint32_t kResource = 1;          // of those
inline constexpr uint32_t kScopeElements = 2;     // scope_spans, scope_metrics, scope_logs
inline constexpr uint32_t kScope = 1;             // of those
inline constexpr uint32_t kElements = 2;          // spans, metrics, log_records
}  // namespace export_request

namespace export_response {
inline constexpr uint32_t kPartialSuccess = 1;
inline constexpr uint32_t kRejected = 1;
inline constexpr uint32_t kErrorMessage = 2;
}  // namespace export_response

namespace rpc_status {  // google.rpc.Status: the body of a failure
inline constexpr uint32_t kMessage = 2;
}

namespace resource {
inline constexpr uint32_t kAttributes = 1;
}

namespace scope {
inline constexpr uint32_t kName = 1;
inline constexpr uint32_t kVersion = 2;
}  // namespace scope

namespace key_value {
inline constexpr uint32_t kKey = 1;
inline constexpr uint32_t kValue = 2;
}  // namespace key_value

namespace any_value {
inline constexpr uint32_t kString = 1;
inline constexpr uint32_t kBool = 2;
inline constexpr uint32_t kInt = 3;
inline constexpr uint32_t kDouble = 4;
}  // namespace any_value

namespace span {
inline constexpr uint32_t kTraceId = 1;
inline constexpr uint32_t kSpanId = 2;
inline constexpr uint32_t kTraceState = 3;
inline constexpr uint32_t kParentSpanId = 4;
inline constexpr uint32_t kName = 5;
inline constexpr uint32_t kKind = 6;
inline constexpr uint32_t kStart = 7;
inline constexpr uint32_t kEnd = 8;
inline constexpr uint32_t kAttributes = 9;
inline constexpr uint32_t kEvents = 11;
inline constexpr uint32_t kStatus = 15;
enum class Kind : uint8_t { kInternal = 1, kServer = 2, kClient = 3 };
}  // namespace span

namespace span_event {
inline constexpr uint32_t kTime = 1;
inline constexpr uint32_t kName = 2;
inline constexpr uint32_t kAttributes = 3;
}  // namespace span_event

namespace status {
inline constexpr uint32_t kMessage = 2;
inline constexpr uint32_t kCode = 3;
inline constexpr uint32_t kError = 2;  // a value of kCode
}  // namespace status

namespace metric {
inline constexpr uint32_t kName = 1;
inline constexpr uint32_t kDescription = 2;
inline constexpr uint32_t kUnit = 3;
inline constexpr uint32_t kGauge = 5;
inline constexpr uint32_t kSum = 7;
inline constexpr uint32_t kHistogram = 9;
inline constexpr uint32_t kDataPoints = 1;   // of a gauge, sum or histogram
inline constexpr uint32_t kTemporality = 2;  // of a sum or histogram
inline constexpr uint32_t kMonotonic = 3;    // of a sum
inline constexpr uint32_t kCumulative = 2;   // a value of kTemporality
}  // namespace metric

namespace number_point {
inline constexpr uint32_t kStart = 2;
inline constexpr uint32_t kTime = 3;
inline constexpr uint32_t kDouble = 4;
inline constexpr uint32_t kInt = 6;
inline constexpr uint32_t kAttributes = 7;
}  // namespace number_point

namespace histogram_point {
inline constexpr uint32_t kStart = 2;
inline constexpr uint32_t kTime = 3;
inline constexpr uint32_t kCount = 4;
inline constexpr uint32_t kSum = 5;
inline constexpr uint32_t kBuckets = 6;
inline constexpr uint32_t kBounds = 7;
inline constexpr uint32_t kAttributes = 9;
}  // namespace histogram_point

namespace log_record {
inline constexpr uint32_t kTime = 1;
inline constexpr uint32_t kSeverity = 2;
inline constexpr uint32_t kSeverityText = 3;
inline constexpr uint32_t kBody = 5;
inline constexpr uint32_t kAttributes = 6;
inline constexpr uint32_t kObserved = 11;
inline constexpr uint32_t kEventName = 12;
}  // namespace log_record

}  // namespace sally::telemetry::otlp
