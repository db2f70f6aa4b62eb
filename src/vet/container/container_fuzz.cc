// A file that is looked at as everything a loader could take it for, down to what lies in archives
// in it: it ends within its limits, and what it says is valid.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "base/clock.h"
#include "base/encoding.h"
#include "vet/examination.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sally::vet::Examination;
  const sally::SystemClock clock;
  const sally::vet::Services services{.clock = clock};
  const sally::vet::Limits limits{.unpacked = uint64_t{8} << 20, .depth = 4, .members = 300};
  sally::vet::Target target{.path = "file", .size = size};
  const sally::formats::MemoryInput input(std::as_bytes(std::span(data, size)));
  Examination examination(target, limits, services);
  examination.examine(input, "file");
  if (target.findings.size() > limits.findings) {
    std::abort();
  }
  for (const sally::vet::Finding& finding : target.findings) {
    if (!sally::is_utf8(finding.message) || !sally::is_utf8(finding.member) ||
        !sally::is_utf8(finding.evidence)) {
      std::abort();
    }
  }
  return 0;
}
