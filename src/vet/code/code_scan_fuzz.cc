// Any bytes as code; the first octet says which.
#include <array>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "vet/examination.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  if (size == 0) {
    return 0;
  }
  static constexpr std::array<std::string_view, 3> kNames = {"a.py", "Dockerfile", "a.yaml"};
  const SystemClock clock;
  const vet::Services services{.clock = clock};
  const vet::Limits limits;
  vet::Target target{.path = std::string(kNames[data[0] % kNames.size()])};
  vet::Examination examination(target, limits, services);
  const formats::MemoryInput input(std::as_bytes(std::span(data + 1, size - 1)));
  examination.examine(input, target.path);
  return 0;
}
