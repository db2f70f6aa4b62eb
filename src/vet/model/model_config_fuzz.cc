// Any text as a configuration: JSON, YAML, XML, a notebook.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  sally::vet::model::examined(octets, "config.json");
  sally::vet::model::examined(octets, "config.yaml");
  sally::vet::model::examined(octets, "n.ipynb");
  return 0;
}
