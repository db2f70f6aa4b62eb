// Any text has a score, and what it and its reasons tell of lies in the text.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "content/attack/attack_detector.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  static const AttackDetector detector = std::move(*AttackDetector::create());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const AttackScore score = detector.score(text);
  SALLY_CHECK(score.score >= 0 && score.score <= 1);
  SALLY_CHECK(score.span.begin <= score.span.end && score.span.end <= size);
  constexpr size_t kMost = 8;
  const auto reasons = detector.explain(text, kMost);
  SALLY_CHECK(reasons.size() <= kMost);
  for (const AttackReason& reason : reasons) {
    SALLY_CHECK(reason.span.begin <= reason.span.end && reason.span.end <= size);
  }
  return 0;
}
