// Any bytes as TOML: read, or refused.
#include "base/bytes.h"
#include "formats/toml/toml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  (void)formats::parse_toml(as_text(std::as_bytes(std::span(data, size))),
                            {.bytes = 1 << 16, .depth = 24, .values = 5'000});
  return 0;
}
