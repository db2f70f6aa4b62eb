// A compressed body in any pieces: never more out than the limits say, and the same in pieces as
// at once.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "formats/coding.h"

namespace {

using sally::formats::Decoder;

// Whether all of it decoded, and to what.
bool run(std::string_view coding, sally::ByteView body, size_t step, std::string& out) {
  auto decoder = Decoder::open(coding, {.ratio = 20, .bytes = 1 << 20});
  while (!body.empty()) {
    const auto piece = body.first(std::min(step, body.size()));
    if (!decoder->decode(piece, out)) {
      return false;
    }
    body = body.subspan(piece.size());
  }
  return decoder->finish().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) {
    return 0;
  }
  constexpr std::string_view kCodings[] = {"gzip", "deflate", "br", "deflate, gzip"};
  const std::string_view coding = kCodings[data[0] % 4];
  const auto body = std::as_bytes(std::span(data + 2, size - 2));
  std::string whole;
  std::string pieces;
  const bool at_once = run(coding, body, body.size() + 1, whole);
  const bool in_pieces = run(coding, body, data[1] + 1U, pieces);
  if (whole.size() > (1 << 20)) {
    std::abort();
  }
  // The ratio is measured against what has arrived, so pieces may be refused where the whole is
  // not.
  if (at_once && in_pieces && whole != pieces) {
    std::abort();
  }
  return 0;
}
