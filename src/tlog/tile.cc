#include "tlog/tile.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace sally::tlog {
namespace {

// Groups of three digits, all but the last with an `x` before them: `x001/x234/067`.
std::string index_path(uint64_t index) {
  std::string out = fmt::format("{:03}", index % 1000);
  while (index >= 1000) {
    index /= 1000;
    out = fmt::format("x{:03}/{}", index % 1000, out);
  }
  return out;
}

std::string with_width(std::string path, uint64_t width) {
  if (width < kTileWidth) {
    path += fmt::format(".p/{}", width);
  }
  return path;
}

}  // namespace

std::string tile_path(uint32_t level, uint64_t index, uint64_t width) {
  return with_width(fmt::format("tile/{}/{}", level, index_path(index)), width);
}

std::string bundle_path(uint64_t index, uint64_t width) {
  return with_width("tile/entries/" + index_path(index), width);
}

std::string partial_folder(std::string_view full_path) {
  return std::string(full_path) + ".p";
}

uint64_t tile_width(uint32_t level, uint64_t index, uint64_t size) {
  const uint64_t hashes = size >> (kTileHeight * level);
  const uint64_t begin = index * kTileWidth;
  return hashes <= begin ? 0 : std::min(kTileWidth, hashes - begin);
}

std::string tile_bytes(std::span<const Hash> hashes) {
  return std::string(as_text(std::as_bytes(hashes)));
}

void append_to_bundle(std::string& bundle, std::string_view entry) {
  SALLY_CHECK(entry.size() <= kMaxEntry);
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 0xFF);
  bundle += entry;
}

std::optional<std::string_view> BundleReader::next() {
  if (rest_.size() < 2) {
    return std::nullopt;
  }
  const size_t length =
      size_t{static_cast<uint8_t>(rest_[0])} << 8 | size_t{static_cast<uint8_t>(rest_[1])};
  if (rest_.size() - 2 < length) {
    return std::nullopt;
  }
  const std::string_view entry = rest_.substr(2, length);
  rest_.remove_prefix(2 + length);
  return entry;
}

}  // namespace sally::tlog
