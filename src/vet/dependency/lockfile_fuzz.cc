// Any bytes as every file of dependencies; the first octet says which.
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
  static constexpr std::array<std::string_view, 16> kNames = {
      "requirements.txt", "pyproject.toml", "poetry.lock", "Pipfile.lock",
      "environment.yml",  "conda-lock.yml", "setup.cfg",   "package-lock.json",
      "pnpm-lock.yaml",   "yarn.lock",      "Cargo.lock",  "go.mod",
      "METADATA",         "status",         "bom.json",    "pylock.toml"};
  const SystemClock clock;
  const vet::Services services{.clock = clock};
  const vet::Limits limits;
  vet::Target target{.path = std::string(kNames[data[0] % kNames.size()])};
  vet::Examination examination(target, limits, services);
  const formats::MemoryInput input(std::as_bytes(std::span(data + 1, size - 1)));
  examination.examine(input, target.path);
  return 0;
}
