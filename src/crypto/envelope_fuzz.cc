// Any octets as a stored key ring: refused as corrupt, or written back the same way it was read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "crypto/envelope.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::crypto;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Secret root(std::string(kAeadKeySize, 'r'));
  const auto ring = KeyRing::open("subjects", root, text);
  if (!ring.ok()) {
    SALLY_CHECK(ring.error().kind() == ErrorKind::kCorrupt);
    return 0;
  }
  SeededRandom random(1);
  const auto written = ring->to_text(root, random);
  SALLY_CHECK(written.ok());
  const auto again = KeyRing::open("subjects", root, *written);
  SALLY_CHECK(again.ok() && again->versions() == ring->versions());
  return 0;
}
