// Any octets as the credential of a request: the refusal depends on the kind of the mistake and on
// the length alone, so that no error repeats what it refused.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/random.h"
#include "identity/api_key.h"

namespace sally::identity {
namespace {

std::string refusal_of(std::string_view text) {
  const Result<> result = check_api_key(text);
  SALLY_CHECK(!result.ok() && result.error().kind() == ErrorKind::kUnauthenticated);
  return result.error().to_string();
}

// A text of `size` octets that has the prefix and then nothing but `filler`.
std::string filled(size_t size, char filler) {
  std::string out(kApiKeyPrefix);
  out.resize(size, filler);
  return out;
}

void check(std::string_view text) {
  if (check_api_key(text).ok()) {
    SALLY_CHECK(text.size() == kApiKeySize && text.starts_with(kApiKeyPrefix));
    // Whatever is changed in a key makes it none.
    std::string changed(text);
    char& last = changed.back();
    last = last == 'x' ? 'y' : 'x';
    SALLY_CHECK(!check_api_key(changed).ok());
    return;
  }
  const std::string refusal = refusal_of(text);
  if (!text.starts_with(kApiKeyPrefix)) {
    SALLY_CHECK(refusal == refusal_of(""));
  } else if (text.size() != kApiKeySize) {
    SALLY_CHECK(refusal == refusal_of(filled(text.size(), 'x')));
  } else {
    SALLY_CHECK(refusal == refusal_of(filled(kApiKeySize, 'x')) ||
                refusal == refusal_of(filled(kApiKeySize, '-')));
  }
}

}  // namespace
}  // namespace sally::identity

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sally::identity::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
