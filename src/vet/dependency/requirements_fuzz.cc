// Any bytes as a requirements file, and as a command that may install packages.
#include "base/bytes.h"
#include "base/check.h"
#include "vet/dependency/requirement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  uint32_t line = 0;
  for (const auto& one : vet::dependency::parse_requirements(text)) {
    SALLY_CHECK(one.line > line && one.offset <= size);
    line = one.line;
  }
  (void)vet::dependency::pip_install_arguments(text);
  return 0;
}
