#include "content/secrets/context_finder.h"

#include <algorithm>

#include "content/secrets/assignments.h"
#include "content/secrets/passwords.h"
#include "content/secrets/secret_rules.h"

namespace sally::content {
namespace {

bool before(const Candidate& a, const Candidate& b) {
  if (a.begin != b.begin) {
    return a.begin < b.begin;
  }
  return a.score != b.score ? a.score > b.score : a.end > b.end;
}

// Adds those of `all` that stay beside one another, and that hold nothing that a prefix tells.
void settle(std::string_view text, Candidates& all, Candidates& found) {
  std::ranges::sort(all, before);
  size_t until = 0;
  for (const Candidate& one : all) {
    if (one.begin >= until && one.end > one.begin && !holds_prefixed(text, one.begin, one.end)) {
      found.push_back(one);
      until = one.end;
    }
  }
}

}  // namespace

void find_in_context(std::string_view text, Candidates& found) {
  const Window window{text};
  Candidates all;
  find_assignments(window, all);
  for_each_cue(text, [&](const Cue& cue) { read_cue(window, cue, all); });
  settle(text, all, found);
}

void find_in_context_plainly(std::string_view text, Candidates& found) {
  const Window window{text};
  Candidates all;
  find_assignments_plainly(window, all);
  for_each_cue_plainly(text, [&](const Cue& cue) { read_cue(window, cue, all); });
  settle(text, all, found);
}

}  // namespace sally::content
