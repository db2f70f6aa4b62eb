// A zip: every member lies within the input, and a reading ends.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/zip/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto octets = std::as_bytes(std::span(data, size));
  const sally::formats::MemoryInput input(octets);
  (void)sally::formats::may_be_zip(input, octets.first(std::min<size_t>(size, 64)));
  constexpr sally::formats::ZipLimits kLimits = {
      .members = 500, .names = 10'000, .searched = 1 << 20};
  const auto contents = sally::formats::read_zip(input, kLimits);
  for (const auto& member : contents.members) {
    if (member.data > size || member.packed > size - member.data ||
        member.reach > size - member.data) {
      std::abort();
    }
  }
  if (contents.members.size() > kLimits.members) {
    std::abort();
  }
  return 0;
}
