// Any text as a template: it is read and followed to its end.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  sally::vet::model::examined(text, "fuzz.jinja");
  return 0;
}
