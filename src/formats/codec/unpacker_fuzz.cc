// A compressed stream: the same in small pieces as at once, and never past its input. Where it is
// damaged, how much of what came before is had depends on the pieces.
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

struct Outcome {
  std::string octets;  // up to kMost
  bool damaged = false;
};

Outcome run(Codec codec, sally::ByteView octets, size_t step) {
  const MemoryInput input(octets);
  auto unpacker = Unpacker::open(codec, input);
  Outcome out;
  sally::Bytes piece(step);
  while (out.octets.size() < kMost) {
    const auto count = (*unpacker)->read(piece);
    if (!count.ok() || *count == 0) {
      out.damaged = !count.ok();
      break;
    }
    out.octets += sally::as_text(sally::ByteView(piece).first(*count));
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
  const Outcome whole = run(codec, octets, kMost / 4);
  const Outcome pieces = run(codec, octets, data[1] + 1U);
  const size_t both = std::min({whole.octets.size(), pieces.octets.size(), kMost});
  if (whole.octets.compare(0, both, pieces.octets, 0, both) != 0) {
    std::abort();
  }
  const bool ended = whole.octets.size() < kMost && pieces.octets.size() < kMost;
  if (ended && (whole.damaged != pieces.damaged ||
                (!whole.damaged && whole.octets.size() != pieces.octets.size()))) {
    std::abort();
  }
  (void)sally::formats::codec_of(octets);
  return 0;
}
