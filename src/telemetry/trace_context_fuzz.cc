// What is accepted as `traceparent` says the same when it is written again; what is accepted as
// `tracestate` is printable and short.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "telemetry/trace_context.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parent = telemetry::parse_traceparent(text)) {
    const std::string again = "00-" + to_hex(parent->trace) + "-" + to_hex(parent->span) +
                              (parent->sampled ? "-01" : "-00");
    const auto same = telemetry::parse_traceparent(again);
    if (!same || same->trace != parent->trace || same->span != parent->span ||
        text.substr(3, 49) != std::string_view(again).substr(3, 49)) {
      std::abort();
    }
  }
  if (telemetry::is_tracestate(text)) {
    for (const char c : text) {
      if ((c < ' ' || c > '~') && c != '\t') {
        std::abort();
      }
    }
    if (size > 512) {
      std::abort();
    }
  }
  return 0;
}
