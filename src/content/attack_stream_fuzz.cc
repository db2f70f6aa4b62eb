// A streamed text gives the same findings however it is cut, each within it.
//
// Input: one octet that seeds the cuts, then the text.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "content/attack_inspector.h"

namespace {

using namespace sally;
using namespace sally::content;

const AttackInspector& inspector() {
  static const AttackInspector made(
      std::make_shared<const AttackDetector>(std::move(*AttackDetector::create())), {});
  return made;
}

template <typename Cut>
std::vector<std::string> told(std::string_view text, const Cut& cut) {
  const auto stream = inspector().stream({"", Direction::kResponse, Provenance::kTool});
  Findings found;
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, cut()));
    at += piece.size();
    SALLY_CHECK(stream->feed(piece, found) == 0);
  }
  stream->finish(found);
  std::vector<std::string> out;
  for (const Finding& one : found) {
    SALLY_CHECK(one.offset + one.length <= text.size());
    out.push_back(one.rule + " " + std::to_string(one.offset) + " " + std::to_string(one.length));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  SeededRandom random(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto whole = told(text, [text] { return text.size(); });
  SALLY_CHECK(told(text, [&random] { return 1 + random.next_u64() % 700; }) == whole);
  Findings found;
  inspector().inspect(text, {"", Direction::kRequest, Provenance::kRetrieved}, found);
  for (const Finding& one : found) {
    SALLY_CHECK(one.offset + one.length <= text.size());
  }
  return 0;
}
