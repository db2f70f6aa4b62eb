// Any bytes as a Dockerfile: each instruction stands where it says.
#include "base/bytes.h"
#include "base/check.h"
#include "formats/dockerfile/dockerfile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  uint32_t line = 0;
  for (const formats::DockerInstruction& one : formats::parse_dockerfile(text).instructions) {
    SALLY_CHECK(one.line > line);
    SALLY_CHECK(one.offset <= one.end && one.end <= text.size());
    line = one.line;
    (void)one.exec_form();
  }
  return 0;
}
