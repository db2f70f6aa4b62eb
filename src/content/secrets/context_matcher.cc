#include "content/secrets/context_matcher.h"

#include <algorithm>
#include <array>

#include "content/secrets/assignments.h"
#include "content/secrets/passwords.h"
#include "content/secrets/secret_rules.h"

namespace sally::content {
namespace {

constexpr size_t kLongestCue = 64;
static_assert(kCueReach + kLongestCue < kLookBack);

bool before(const Candidate& a, const Candidate& b) {
  if (a.begin != b.begin) {
    return a.begin < b.begin;
  }
  return a.score != b.score ? a.score > b.score : a.end > b.end;
}

size_t settle(const Window& window, size_t from, size_t& until, Candidates& all,
              Candidates& found) {
  size_t next = window.size();
  for (const Candidate& one : all) {
    if (one.open && one.begin >= from) {
      next = std::min(next, one.begin);
    }
  }
  std::ranges::sort(all, before);
  for (const Candidate& one : all) {
    if (one.begin >= std::max(from, until) && one.begin < next && one.end > one.begin &&
        !holds_prefixed(window.text, one.begin, one.end)) {
      found.push_back(one);
      until = one.end;
    }
  }
  return next;
}

}  // namespace

size_t find_in_context(const Window& window, size_t from, size_t& until, Candidates& found) {
  Candidates all;
  find_assignments(window, from, all);
  for_each_cue(window.text, from - std::min(from, kCueReach + kLongestCue),
               [&](const Cue& cue) { read_cue(window, cue, all); });
  return all.empty() ? window.size() : settle(window, from, until, all, found);
}

Candidates find_in_context_plainly(std::string_view text) {
  const Window window{text};
  Candidates all;
  find_assignments_plainly(window, all);
  for_each_cue_plainly(text, [&](const Cue& cue) { read_cue(window, cue, all); });
  Candidates found;
  size_t until = 0;
  settle(window, 0, until, all, found);
  return found;
}

size_t ContextMatcher::scan(bool over, std::vector<FoundSecret>& out) {
  const Window window{kept_, over};
  from_ = find_in_context(window, from_, until_, found_);
  for (const Candidate& one : found_) {
    out.push_back({base_ + one.begin, base_ + one.end, one.rule, one.severity, one.score});
  }
  found_.clear();
  return kept_.size() - from_;
}

size_t ContextMatcher::feed(std::string_view piece, std::vector<FoundSecret>& out) {
  kept_ += piece;
  const size_t held = scan(false, out);
  const size_t past = from_ - std::min(from_, kLookBack);
  kept_.erase(0, past);
  from_ -= past;
  until_ -= std::min(until_, past);
  base_ += past;
  return held;
}

void ContextMatcher::finish(std::vector<FoundSecret>& out) {
  scan(true, out);
}

}  // namespace sally::content
