// A tar archive: a reading ends, and the octets of every member can be read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/tar/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto octets = std::as_bytes(std::span(data, size));
  const sally::formats::MemoryInput input(octets);
  (void)sally::formats::may_be_tar(octets);
  constexpr sally::formats::TarLimits kLimits = {.members = 500, .names = 10'000};
  const auto contents = sally::formats::read_tar(input, kLimits);
  if (contents.members.size() > kLimits.members) {
    std::abort();
  }
  for (const auto& member : contents.members) {
    const sally::formats::TarFile file(input, member);
    sally::Bytes begin(static_cast<size_t>(std::min<uint64_t>(file.size(), 4096)));
    if (!file.read(0, begin).ok() || !file.read(file.size() - begin.size(), begin).ok()) {
      std::abort();
    }
  }
  return 0;
}
