// Any octets as a model of boosted trees.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  sally::vet::model::examined(octets, "m.ubj");
  return 0;
}
