// A text gives the same words whole and in any pieces, and each lies inside it.
//
// Input: one octet that seeds the cuts, then the text.
#include <algorithm>
#include <cstdint>
#include <tuple>

#include "base/check.h"
#include "base/random.h"
#include "content/outflow/word_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  static const WordRules rules = std::move(*WordRules::create(
      {{"merger", {"project falcon", "falcon deal", "acquisition"}, {"acquisition of data"}},
       {"weapons", {"bomb", "pipe bomb", "炸弹"}, {"bath bomb", "a bomb of a party"}}}));
  if (size == 0) {
    return 0;
  }
  SeededRandom random(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  std::vector<FoundWord> whole;
  rules.find(text, whole);
  std::vector<FoundWord> pieces;
  WordRulesStream stream(rules);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % 48));
    stream.feed(piece, pieces);
    at += piece.size();
    SALLY_CHECK(stream.decided() <= at);
  }
  stream.finish(pieces);
  std::ranges::sort(pieces, [](const FoundWord& a, const FoundWord& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
  SALLY_CHECK(pieces == whole);
  for (const FoundWord& one : whole) {
    SALLY_CHECK(one.begin < one.end && one.end <= text.size());
  }
  return 0;
}
