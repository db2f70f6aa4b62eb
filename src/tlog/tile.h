// Tiles and entry bundles: how a log lies in files (c2sp.org/tlog-tiles).
//
// Tile `index` of level L holds the hashes of 256 nodes of height 8 * L, beside one another: the
// nodes from `index` * 256 on. Bundle `index` holds the entries from `index` * 256 on. The last
// one of each is partial while the log has not filled it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tlog/hash.h"

namespace sally::tlog {

inline constexpr uint32_t kTileHeight = 8;
inline constexpr uint64_t kTileWidth = 256;
inline constexpr size_t kTileBytes = kTileWidth * kHashSize;
inline constexpr size_t kMaxEntry = 65'535;
// Levels of the largest tree: 2^63 leaves.
inline constexpr uint32_t kMaxLevels = 8;

// `tile/0/x001/x234/067`, and with less than 256 hashes `tile/0/x001/x234/067.p/112`.
[[nodiscard]] std::string tile_path(uint32_t level, uint64_t index, uint64_t width = kTileWidth);
// `tile/entries/x001/x234/067`, `tile/entries/x001/x234/067.p/112`.
[[nodiscard]] std::string bundle_path(uint64_t index, uint64_t width = kTileWidth);
// The folder that holds the partial ones: `tile/0/x001/x234/067.p`.
[[nodiscard]] std::string partial_folder(std::string_view full_path);

// How many hashes stand in tile `index` of `level` in a log of `size` entries: 0 to 256.
[[nodiscard]] uint64_t tile_width(uint32_t level, uint64_t index, uint64_t size);

// The bytes of a tile of these hashes.
[[nodiscard]] std::string tile_bytes(std::span<const Hash> hashes);

// Appends `entry`, at most kMaxEntry bytes, to a bundle: two bytes of length (big-endian), then it.
void append_to_bundle(std::string& bundle, std::string_view entry);

// The entries of a bundle, one after the other.
//
//   for (BundleReader reader(bytes); auto entry = reader.next();) { ... }
//   if (!reader.complete()) ...            // the rest is no entry
class BundleReader {
 public:
  explicit BundleReader(std::string_view bundle) : rest_(bundle) {}
  // The next entry; nullopt at the end, and where what is left is no whole entry.
  [[nodiscard]] std::optional<std::string_view> next();
  // Whether everything was given out.
  [[nodiscard]] bool complete() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace sally::tlog
