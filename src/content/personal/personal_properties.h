// What holds of every text that PersonalRecognizer looks at; for tests and the fuzz target.
#pragma once

#include <string_view>
#include <vector>

#include "base/check.h"
#include "content/personal/form_table.h"
#include "content/personal/personal_recognizer.h"

namespace sally::content {

// Spans lie in the text, in order, without overlaps; scores between the threshold and 1; the same
// again; what was in `out` stays.
inline void check_properties(const PersonalRecognizer& personal, std::string_view text,
                             std::vector<Entity>& out) {
  const Entity before{7, 8, EntityType::kPerson, 0.5F};
  out.assign(1, before);
  personal.find(text, out);
  SALLY_CHECK(out.front() == before);
  size_t end = 0;
  for (size_t i = 1; i < out.size(); ++i) {
    SALLY_CHECK(out[i].begin >= end && out[i].begin < out[i].end && out[i].end <= text.size());
    SALLY_CHECK(out[i].score >= personal::kThreshold && out[i].score <= 1);
    end = out[i].end;
  }
  const std::vector<Entity> first = out;
  out.assign(1, before);
  personal.find(text, out);
  SALLY_CHECK(out == first);
  out.erase(out.begin());
}

}  // namespace sally::content
