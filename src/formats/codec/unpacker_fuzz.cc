// A compressed stream: the same in small pieces as at once, and never past its input.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/codec/unpacker.h"

namespace {

using sally::formats::Codec;
using sally::formats::MemoryInput;
using sally::formats::Unpacker;

constexpr size_t kMost = size_t{1} << 20;
constexpr unsigned kCodecs = 9;

// What came out, up to kMost.
std::string run(Codec codec, sally::ByteView octets, size_t step) {
  const MemoryInput input(octets);
  auto unpacker = Unpacker::open(codec, input);
  std::string out;
  sally::Bytes piece(step);
  while (out.size() < kMost) {
    const auto count = (*unpacker)->read(piece);
    if (!count.ok() || *count == 0) {
      break;
    }
    out += sally::as_text(sally::ByteView(piece).first(*count));
  }
  if ((*unpacker)->taken() > octets.size()) {
    std::abort();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  const auto octets = std::as_bytes(std::span(data + 1, size - 1));
  const auto codec = static_cast<Codec>(data[0] % kCodecs);
  const std::string whole = run(codec, octets, kMost / 4);
  const std::string pieces = run(codec, octets, data[1] + 1U);
  const size_t both = std::min({whole.size(), pieces.size(), kMost});
  if (whole.compare(0, both, pieces, 0, both) != 0 ||
      (whole.size() != pieces.size() && both < kMost)) {
    std::abort();
  }
  (void)sally::formats::codec_of(octets);
  return 0;
}
