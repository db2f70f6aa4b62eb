// Tiles and entry bundles (C2SP tlog-tiles), read from a folder: where they lie, and what is in
// them. The folder may hold anything.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "verifier/merkle.h"

namespace sally::verifier {

inline constexpr unsigned kTileWidth = 256;
inline constexpr unsigned kTopLevel = 7;  // 256 to the power of 8 entries is all that 64 bits count
// The level of bundles, in what follows.
inline constexpr int kBundles = -1;

// `tile/<L>/<N>` or, for kBundles, `tile/entries/<N>`; with `.p/<W>` where `width` is not 256.
[[nodiscard]] std::string tile_path(int level, uint64_t index, unsigned width = kTileWidth);

struct TileName {
  int level;
  uint64_t index;
  unsigned width;
};
// The reverse, for a path below the log's folder. nullopt where it names no tile.
[[nodiscard]] std::optional<TileName> parse_tile_path(std::string_view path);

// How many hashes the last, partial tile of `level` has in a tree of `size`; 0 where there is none.
[[nodiscard]] constexpr unsigned partial_width(int level, uint64_t size) {
  return static_cast<unsigned>((size >> (8 * level)) % kTileWidth);
}

// A file's content, in a buffer that is used again for the next.
struct TileFile {
  std::string path;  // below the folder: what was read
  Bytes bytes;
};
// Reads the tile or bundle that holds at least `width` elements: the file of just that width, the
// full one, or the narrowest that is wider. kNotFound where there is none, kTooLarge beyond `most`
// bytes, kIo.
[[nodiscard]] Result<> read_tile(const std::filesystem::path& folder, int level, uint64_t index,
                                 unsigned width, size_t most, TileFile& out);
// The widths for which a partial file of this tile lies in the folder, ascending.
[[nodiscard]] std::vector<unsigned> partial_widths(const std::filesystem::path& folder, int level,
                                                   uint64_t index);
// A whole file of at most `most` bytes into `out`. kNotFound, kTooLarge, kIo.
[[nodiscard]] Result<> read_file(const std::filesystem::path& path, size_t most, Bytes& out);

// Where the entries of a bundle lie: entry i is bytes [begin(i), end(i)).
class Bundle {
 public:
  // Cuts the first `width` entries out of `bytes`. `stops_at()` is where it stopped: behind the
  // last of them or, with fewer than `width`, where an entry runs over the end.
  static Bundle cut(ByteView bytes, unsigned width);
  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(ends_.size()); }
  [[nodiscard]] size_t begin(unsigned i) const { return (i == 0 ? 0 : ends_[i - 1]) + 2; }
  [[nodiscard]] size_t end(unsigned i) const { return ends_[i]; }
  [[nodiscard]] size_t stops_at() const { return ends_.empty() ? 0 : ends_.back(); }

 private:
  std::vector<size_t> ends_;
};

}  // namespace sally::verifier
