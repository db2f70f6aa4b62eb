// Any octets as an HTTP URI: its normal form is normal itself, and hardly longer than the text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "identity/proof/http_uri.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto normal = sally::identity::normal_http_uri(text);
  if (normal) {
    SALLY_CHECK(normal->size() <= text.size() + 1);
    SALLY_CHECK(normal->find_first_of("?# \\") == std::string::npos);
    // A host may well be called `..`.
    const std::string path = normal->substr(normal->find('/', normal->find("://") + 3));
    SALLY_CHECK(path.find("/../") == std::string::npos && !path.ends_with("/.."));
    SALLY_CHECK(sally::identity::normal_http_uri(*normal) == normal);
  }
  return 0;
}
