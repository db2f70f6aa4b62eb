// Tree: the right edge of a growing Merkle tree, kept as tiles: all that is needed to append a leaf
// and to know the root. 8 KiB a level, however long the log is.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "tlog/hash.h"
#include "tlog/tile.h"

namespace sally::tlog {

// The root of the perfect tree above `hashes`, whose number is a power of two.
[[nodiscard]] Hash perfect_root(std::span<const Hash> hashes);

class Tree {
 public:
  Tree() = default;

  // Appends a leaf. A tile that it fills is handed to `full`, the lowest level first, with its 256
  // hashes; what `full` keeps it copies.
  template <typename Full>
  void append(const Hash& leaf, const Full& full) {
    ++size_;
    Hash hash = leaf;
    for (uint32_t level = 0;; ++level) {
      if (add(level, hash)) {
        return;
      }
      const std::vector<Hash>& tile = levels_[level];
      full(level, (size_ >> (kTileHeight * (level + 1))) - 1, std::span<const Hash>(tile));
      hash = perfect_root(tile);
      levels_[level].clear();
    }
  }

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;
  // Levels that have a tile that is not full; every level above has no hash at all.
  [[nodiscard]] uint32_t levels() const { return static_cast<uint32_t>(levels_.size()); }
  // The hashes of that level's last tile: 0 to 255.
  [[nodiscard]] std::span<const Hash> partial(uint32_t level) const { return levels_[level]; }

  // The tree of `size` leaves whose partial tiles are these. Their widths must be those of `size`.
  static Result<Tree> restore(uint64_t size, std::vector<std::vector<Hash>> levels);

 private:
  // Whether the tile of `level` has room after it.
  bool add(uint32_t level, const Hash& hash);

  uint64_t size_ = 0;
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace sally::tlog
