// An activation from whoever can write to the store: its text, and the note around it.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "policy/activation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto activation = Activation::parse(text); activation.ok()) {
    SALLY_CHECK(activation->to_text() == text);
  }
  // By a key that nobody has the private half of.
  static const auto nobody = *parse_trusted_keys(std::vector<std::string>{
      "example.test/policy+f52db3c7+AQIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
  SALLY_CHECK(!verified_text(text, nobody).ok());
  return 0;
}
