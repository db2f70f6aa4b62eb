// Whatever is encrypted is what it was once decrypted, and what does not fit is left alone.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "crypto/ff1.h"

// radix, length of the tweak, the tweak, the numerals.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  const unsigned radix = 2 + data[0] % (sally::crypto::Ff1::kMostRadix - 1);
  const size_t tweak_size = std::min<size_t>(data[1], size - 2);
  const sally::ByteView tweak = std::as_bytes(std::span(data, size)).subspan(2, tweak_size);
  std::vector<uint8_t> text(data + 2 + tweak_size, data + size);
  for (uint8_t& numeral : text) {
    numeral = static_cast<uint8_t>(numeral % radix);
  }
  const std::vector<uint8_t> before = text;
  const auto ff1 = sally::crypto::Ff1::make(sally::Secret(std::string(16, 'k')), radix);
  SALLY_CHECK(ff1.ok());
  const bool encrypted = ff1->encrypt(text, tweak).ok();
  SALLY_CHECK(encrypted == ff1->fits(text.size()));
  if (encrypted) {
    SALLY_CHECK(std::ranges::all_of(text, [&](uint8_t x) { return x < radix; }));
    SALLY_CHECK(ff1->decrypt(text, tweak).ok());
  }
  SALLY_CHECK(text == before);
  return 0;
}
