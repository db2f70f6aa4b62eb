// Any octets are normalised and looked into within the limits, and every octet of every view leads
// back into the text.
#include <cstdint>

#include "content/normalise/normalise_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sally::content::check_properties(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
