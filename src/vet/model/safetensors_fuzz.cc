// Any text as the header of safetensors.
#include "vet/model/test_examined.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string octets(8, '\0');
  for (size_t i = 0; i < 4; ++i) {
    octets[i] = static_cast<char>(size >> (8 * i));
  }
  octets.append(reinterpret_cast<const char*>(data), size);
  octets.append(32, 'x');
  sally::vet::model::examined(octets, "fuzz.safetensors");
  return 0;
}
