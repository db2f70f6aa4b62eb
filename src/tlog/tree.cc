#include "tlog/tree.h"

#include <fmt/format.h>

#include <bit>

namespace sally::tlog {

Hash perfect_root(std::span<const Hash> hashes) {
  SALLY_CHECK(std::has_single_bit(hashes.size()));
  if (hashes.size() == 1) {
    return hashes[0];
  }
  std::vector<Hash> row(hashes.size() / 2);
  for (size_t i = 0; i < row.size(); ++i) {
    row[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
  }
  for (size_t width = row.size() / 2; width > 0; width /= 2) {
    for (size_t i = 0; i < width; ++i) {
      row[i] = node_hash(row[2 * i], row[2 * i + 1]);
    }
  }
  return row[0];
}

bool Tree::add(uint32_t level, const Hash& hash) {
  if (level == levels_.size()) {
    levels_.emplace_back().reserve(kTileWidth);
  }
  levels_[level].push_back(hash);
  return levels_[level].size() < kTileWidth;
}

Hash Tree::root() const {
  if (size_ == 0) {
    return empty_root();
  }
  // The perfect subtrees that make up the tree, from the right: those of the lowest level are the
  // smallest. Each is the right-hand side of all that was folded before... from the left.
  bool first = true;
  Hash root{};
  for (const std::vector<Hash>& level : levels_) {
    size_t end = level.size();
    while (end > 0) {
      const size_t width = size_t{1} << std::countr_zero(end);
      const Hash left = perfect_root(std::span(level).subspan(end - width, width));
      root = first ? left : node_hash(left, root);
      first = false;
      end -= width;
    }
  }
  return root;
}

Result<Tree> Tree::restore(uint64_t size, std::vector<std::vector<Hash>> levels) {
  Tree tree;
  tree.size_ = size;
  for (uint32_t level = 0; level < levels.size() || (size >> (kTileHeight * level)) > 0; ++level) {
    const uint64_t want = level >= kMaxLevels ? 0 : (size >> (kTileHeight * level)) % kTileWidth;
    if (level >= levels.size() || levels[level].size() != want) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("the last tile of level {} has {} hashes, not {}", level,
                               level < levels.size() ? levels[level].size() : 0, want));
    }
    levels[level].reserve(kTileWidth);
  }
  tree.levels_ = std::move(levels);
  return tree;
}

}  // namespace sally::tlog
