// A 7z archive: a walk ends, in bounded time.
#include <array>
#include <cstdint>
#include <span>

#include "formats/seven_zip/seven_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr int kMostMembers = 50;
  constexpr size_t kMostOctets = size_t{1} << 20;
  const sally::formats::MemoryInput input(std::as_bytes(std::span(data, size)));
  auto archive = sally::formats::SevenZip::open(input);
  if (!archive.ok()) {
    return 0;
  }
  size_t octets = 0;
  std::array<std::byte, 4096> piece{};
  for (int i = 0; i < kMostMembers && octets < kMostOctets; ++i) {
    const auto member = (*archive)->next();
    if (!member.ok() || *member == nullptr) {
      break;
    }
    for (auto count = (*archive)->read(piece); count.ok() && *count > 0 && octets < kMostOctets;
         count = (*archive)->read(piece)) {
      octets += *count;
    }
  }
  return 0;
}
