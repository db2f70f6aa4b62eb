// A text gives the same canaries whole and in any pieces, and each lies inside it.
//
// Input: one octet that seeds the cuts, then the text.
#include <algorithm>
#include <cstdint>
#include <tuple>

#include "base/check.h"
#include "base/random.h"
#include "content/outflow/hidden_canary.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  static const HiddenCanary finder = [] {
    std::vector<Canary> canaries;
    canaries.push_back({"first", Secret("Blue-Heron-4417-finance")});
    canaries.push_back({"second", Secret("zq8Kd03LmVx7")});
    return std::move(*HiddenCanary::create(canaries));
  }();
  if (size == 0) {
    return 0;
  }
  SeededRandom random(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  std::vector<FoundCanary> whole;
  finder.find(text, whole);
  std::vector<FoundCanary> pieces;
  HiddenCanaryStream stream(finder);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % 48));
    stream.feed(piece, pieces);
    at += piece.size();
  }
  stream.finish(pieces);
  std::ranges::sort(pieces, [](const FoundCanary& a, const FoundCanary& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
  SALLY_CHECK(pieces == whole);
  for (const FoundCanary& one : whole) {
    SALLY_CHECK(one.begin < one.end && one.end <= text.size());
  }
  return 0;
}
