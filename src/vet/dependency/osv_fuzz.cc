// Any bytes as a record of OSV: what is read can be asked.
#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "vet/dependency/advisory.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const auto advisory =
      vet::dependency::parse_advisory(as_text(std::as_bytes(std::span(data, size))));
  if (!advisory.ok()) {
    return 0;
  }
  for (const vet::dependency::Affected& affected : advisory->affected) {
    (void)vet::dependency::affects(affected, "1.0");
    (void)vet::dependency::fixed_above(affected, "1.0");
    for (const std::string& version : affected.versions) {
      SALLY_CHECK(vet::dependency::affects(affected, version));
    }
  }
  return 0;
}
