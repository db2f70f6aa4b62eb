// A text gives the same findings whole, in any pieces, and by the plain reference; what a stream
// released is never part of a later finding. What is told by context is what the plain way finds.
//
// Input: one octet that seeds the cuts, then the text.
#include <cstdint>

#include "base/check.h"
#include "base/random.h"
#include "content/secrets/context_finder.h"
#include "content/secrets/reference_matcher.h"
#include "content/secrets/secret_inspector.h"

namespace {

using namespace sally;
using namespace sally::content;

constexpr const char* kFirst = "Blue-Heron-4417-finance";
constexpr const char* kSecond = "sk-sk-sk-ab";

const SecretInspector& inspector() {
  static const auto made = [] {
    std::vector<Canary> canaries;
    canaries.push_back({"first", Secret(kFirst)});
    canaries.push_back({"second", Secret(kSecond)});
    return std::move(*SecretInspector::create(canaries));
  }();
  return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  SeededRandom random(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);

  Findings whole;
  inspector().inspect(text, {.place = ""}, whole);
  SALLY_CHECK(sorted(whole) == find_plainly(text, {{"first", kFirst}, {"second", kSecond}}));

  Candidates told;
  find_in_context(text, told);
  Candidates plainly;
  find_in_context_plainly(text, plainly);
  SALLY_CHECK(told == plainly);

  Findings pieces;
  const auto stream = inspector().stream({.place = ""});
  uint64_t released = 0;
  size_t known = 0;
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % 48));
    at += piece.size();
    const size_t held = stream->feed(piece, pieces);
    SALLY_CHECK(held <= inspector().max_hold_back() && held <= at && at - held >= released);
    for (; known < pieces.size(); ++known) {
      SALLY_CHECK(pieces[known].offset >= released);
    }
    released = at - held;
  }
  stream->finish(pieces);
  for (; known < pieces.size(); ++known) {
    SALLY_CHECK(pieces[known].offset >= released);
  }
  SALLY_CHECK(sorted(pieces) == sorted(whole));
  return 0;
}
