// Any octets are looked through within their bounds, and give the same twice.
#include <cstdint>

#include "content/personal/personal_properties.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* personal = new sally::content::PersonalRecognizer();
  std::vector<sally::content::Entity> out;
  sally::content::check_properties(
      *personal, std::string_view(reinterpret_cast<const char*>(data), size), out);
  return 0;
}
