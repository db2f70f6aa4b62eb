#include "content/normalise/code_points.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace sally::content {

namespace {

struct ActionRow {
  uint32_t first;
  uint32_t last;
  Action action;
  std::string_view text;
};
struct GroupRow {
  uint32_t first;
  uint32_t last;
  Group group;
};
struct CompositionRow {
  uint32_t letter;
  uint32_t mark;
  uint32_t composed;
};

constexpr ActionRow kActions[] = {
#define SALLY_ACTION(first, last, action, text) {first, last, Action::action, text},
#include "content/normalise/code_points.def"
#undef SALLY_ACTION
};
constexpr GroupRow kGroups[] = {
#define SALLY_GROUP(first, last, group) {first, last, Group::group},
#include "content/normalise/code_points.def"
#undef SALLY_GROUP
};
constexpr CompositionRow kCompositions[] = {
#define SALLY_COMPOSITION(letter, mark, composed) {letter, mark, composed},
#include "content/normalise/code_points.def"
#undef SALLY_COMPOSITION
};

}  // namespace

CodePoints::CodePoints() {
  std::vector<CodePoint> all(kCodes);
  for (const GroupRow& row : kGroups) {
    std::for_each(all.begin() + row.first, all.begin() + row.last + 1,
                  [&](CodePoint& point) { point.group = row.group; });
  }
  for (size_t i = 0; i < std::size(kActions); ++i) {
    std::for_each(all.begin() + kActions[i].first, all.begin() + kActions[i].last + 1,
                  [&](CodePoint& point) {
                    point.action = kActions[i].action;
                    point.row = static_cast<uint16_t>(i);
                  });
  }
  // Equal blocks are often neighbours: look at the last few only.
  constexpr size_t kLookBack = 16;
  for (size_t block = 0; block < index_.size(); ++block) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(block * kBlock);
    const size_t count = blocks_.size() / kBlock;
    size_t same = count > kLookBack ? count - kLookBack : 0;
    while (same < count &&
           !std::equal(begin, begin + kBlock,
                       blocks_.begin() + static_cast<std::ptrdiff_t>(same * kBlock))) {
      ++same;
    }
    if (same == count) {
      blocks_.insert(blocks_.end(), begin, begin + kBlock);
    }
    index_[block] = static_cast<uint16_t>(same);
  }
}

const CodePoints& CodePoints::get() {
  static const CodePoints points;
  return points;
}

std::string_view CodePoints::text_of(CodePoint point) {
  return kActions[point.row].text;
}

uint32_t CodePoints::composed(uint32_t letter, uint32_t mark) {
  const auto* row = std::ranges::lower_bound(
      kCompositions, std::tuple(letter, mark), {},
      [](const CompositionRow& it) { return std::tuple(it.letter, it.mark); });
  return row != std::end(kCompositions) && row->letter == letter && row->mark == mark
             ? row->composed
             : 0;
}

}  // namespace sally::content
