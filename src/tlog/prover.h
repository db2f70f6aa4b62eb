// Prover: inclusion and consistency proofs (RFC 6962, section 2.1) from tiles.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "tlog/hash.h"
#include "tlog/tile.h"

namespace sally::tlog {

// Where tiles come from.
class TileSource {
 public:
  TileSource() = default;
  TileSource(const TileSource&) = delete;
  TileSource& operator=(const TileSource&) = delete;
  virtual ~TileSource() = default;
  // The first `width` hashes of a tile. kNotFound, kCorrupt (not that many), kIo.
  [[nodiscard]] virtual Result<std::vector<Hash>> tile(uint32_t level, uint64_t index,
                                                       uint64_t width) = 0;
};

// The tiles below a folder. Where a partial tile is gone, the full one serves.
class FolderTiles final : public TileSource {
 public:
  explicit FolderTiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Result<std::vector<Hash>> tile(uint32_t level, uint64_t index,
                                               uint64_t width) override;

 private:
  std::filesystem::path folder_;
};

class Prover {
 public:
  // Of the log's first `size` entries. `tiles` outlives the prover. Tiles that were fetched are
  // kept: a prover is for one proof or a few.
  Prover(TileSource& tiles, uint64_t size) : tiles_(tiles), size_(size) {}

  [[nodiscard]] Result<Hash> root() { return root_of(size_); }
  // The root of the log's first `old_size` entries, of which no partial tiles have to be there any
  // more. kUsage beyond `size`.
  [[nodiscard]] Result<Hash> root_of(uint64_t old_size);
  // That entry `index` is in the tree. kUsage where it is not below `size`.
  [[nodiscard]] Result<std::vector<Hash>> inclusion(uint64_t index);
  // That the tree begins with the tree of `old_size`. Empty for 0 and for `size` itself; kUsage
  // beyond.
  [[nodiscard]] Result<std::vector<Hash>> consistency(uint64_t old_size);

 private:
  // The hash of node `index` of those that stand above 2^height leaves.
  Result<Hash> node(uint32_t height, uint64_t index);
  // The root of the tree of the leaves from `begin` to before `end`, as RFC 6962 splits it.
  Result<Hash> range(uint64_t begin, uint64_t end);

  TileSource& tiles_;
  uint64_t size_;
  std::map<std::pair<uint32_t, uint64_t>, std::vector<Hash>> cache_;
};

}  // namespace sally::tlog
