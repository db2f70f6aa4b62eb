// Any octets as GGUF.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string octets = "GGUF";
  octets.append(reinterpret_cast<const char*>(data), size);
  sally::vet::model::examined(octets, "fuzz.gguf");
  return 0;
}
