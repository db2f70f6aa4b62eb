// A prompt and an answer, parted by the first NUL: whole and in pieces they overlap the same, the
// run lies inside the answer, and a prompt overlaps with itself.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/random.h"
#include "content/outflow/prompt_overlap.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t parted = std::min(all.find('\0'), all.size());
  const std::string_view prompt = all.substr(0, parted);
  const std::string_view text = all.substr(std::min(parted + 1, all.size()));
  auto overlaps = PromptOverlap::create(prompt);
  if (!overlaps.ok()) {
    return 0;
  }
  SeededRandom random(size);
  PromptOverlapStream whole(*overlaps);
  whole.feed(text);
  whole.finish();
  PromptOverlapStream pieces(*overlaps);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % 32));
    pieces.feed(piece);
    at += piece.size();
  }
  pieces.finish();
  SALLY_CHECK(whole.overlap() == pieces.overlap());
  SALLY_CHECK(whole.overlap().begin <= whole.overlap().end && whole.overlap().end <= text.size());
  const Overlap most = overlaps->measure(text);
  SALLY_CHECK(most.begin <= most.end && most.end <= text.size() && most.ratio <= 1);
  if (overlaps->shingles() > 0) {
    PromptOverlapStream self(*overlaps);
    self.feed(prompt);
    self.finish();
    SALLY_CHECK(self.overlap().ratio == 1);
  }
  return 0;
}
