// keep_best: of spans that overlap the best stay.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <span>
#include <vector>

namespace sally::content {

// Adds those of `found` to `out`, sorted, that do not overlap one that is better: the surer one,
// then the longer one, then the first. `found` comes out in another order. `T` has `begin`, `end`
// and `score`. n log n.
template <typename T>
void keep_best(std::vector<T>& found, std::vector<T>& out) {
  const auto better = [](const T& a, const T& b) {
    if (a.score != b.score) {
      return a.score > b.score;
    }
    const size_t a_size = a.end - a.begin;
    const size_t b_size = b.end - b.begin;
    return a_size != b_size ? a_size > b_size : a.begin < b.begin;
  };
  const auto before = [](const T& a, const T& b) { return a.begin < b.begin; };
  std::ranges::sort(found, before);
  for (size_t from = 0; from < found.size();) {
    // Spans that touch one another in a chain.
    size_t to = from + 1;
    for (size_t end = found[from].end; to < found.size() && found[to].begin < end; ++to) {
      end = std::max(end, found[to].end);
    }
    if (to == from + 1) {
      out.push_back(found[from]);
      from = to;
      continue;
    }
    const std::span<T> chain = std::span(found).subspan(from, to - from);
    std::ranges::sort(chain, better);
    std::set<T, decltype(before)> kept(before);  // none overlaps another
    for (const T& one : chain) {
      const auto next = kept.lower_bound(one);
      const bool free = (next == kept.end() || next->begin >= one.end) &&
                        (next == kept.begin() || std::prev(next)->end <= one.begin);
      if (free) {
        kept.insert(next, one);
      }
    }
    out.insert(out.end(), kept.begin(), kept.end());
    from = to;
  }
}

}  // namespace sally::content
