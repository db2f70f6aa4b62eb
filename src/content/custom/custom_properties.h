// What holds of every text that CustomRecognizers look at; for tests and the fuzz target.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "content/custom/custom_recognizers.h"

namespace sally::content {

// Spans lie in the text, in order; those of a type do not overlap; scores between the threshold and
// 1; the same again.
inline void check_properties(const CustomRecognizers& recognizers, std::string_view text,
                             std::vector<CustomEntity>& out) {
  out.clear();
  recognizers.find(text, out);
  std::map<std::string_view, size_t> ends;
  size_t begin = 0;
  for (const CustomEntity& entity : out) {
    SALLY_CHECK(entity.begin >= begin && entity.begin < entity.end && entity.end <= text.size());
    SALLY_CHECK(entity.begin >= ends[entity.type]);
    SALLY_CHECK(entity.score >= CustomRecognizers::kThreshold && entity.score <= 1);
    ends[entity.type] = entity.end;
    begin = entity.begin;
  }
  std::vector<CustomEntity> again;
  recognizers.find(text, again);
  SALLY_CHECK(again == out);
}

}  // namespace sally::content
