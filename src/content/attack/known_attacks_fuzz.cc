// Any list of known attacks is refused or comes back as it was; and what somebody's list says is
// found again, in any text.
//
// Input: one octet, then a list behind its checksum where that is even, else lines of texts.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "content/attack/known_texts.h"
#include "content/model_file.h"

namespace {

using namespace sally;
using namespace sally::content;

void read_list(std::string_view body) {
  std::string file("SALLYKNO\1\0\0\0", 12);
  const uint32_t sum = model_file::checksum_of(body);
  file.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  file += body;
  const auto list = attack::KnownAttacks::parse(file);
  if (list.ok()) {
    SALLY_CHECK(list->serialise() == file);
  }
}

void read_texts(std::string_view lines) {
  static const AttackDetector none = std::move(*AttackDetector::create());
  const auto texts = read_known_texts(lines);
  if (!texts.ok() || texts->empty()) {
    return;
  }
  const AttackDetector knows = none.knowing(*texts);
  const std::string& first = texts->front().text;
  const AttackScore score = knows.score(first);
  SALLY_CHECK(score.score == 1 && score.known != KnownList::kNone);
  SALLY_CHECK(score.span.begin <= score.span.end && score.span.end <= first.size());
  const AttackScore all = knows.score(lines);
  SALLY_CHECK(all.score >= 0 && all.score <= 1);
  SALLY_CHECK(all.span.end <= lines.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) {
    read_list(rest);
  } else {
    read_texts(rest);
  }
  return 0;
}
