// A collector's answer, whatever it holds, is read in bounds, and what it says is fit for a log.
#include <cstdint>
#include <cstdlib>

#include "base/encoding.h"
#include "telemetry/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reply = telemetry::read_success(text);
  for (const std::string& said : {reply.message, telemetry::read_failure(text)}) {
    if (said.size() > 210 || !is_utf8(said)) {
      std::abort();
    }
  }
  return 0;
}
