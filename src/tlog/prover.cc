#include "tlog/prover.h"

#include <fmt/format.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "tlog/tree.h"

namespace sally::tlog {
namespace {

// Where RFC 6962 splits a tree of `size` leaves, at least two: the largest power of two below it.
uint64_t split(uint64_t size) {
  return std::bit_floor(size - 1);
}

// At most `most` bytes of the file.
Result<std::string> read_file(const std::filesystem::path& path, size_t most) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                 fmt::format("`{}` cannot be read: {}", path.string(), std::strerror(errno)));
  }
  std::string out(most, '\0');
  file.read(out.data(), static_cast<std::streamsize>(most));
  if (file.bad()) {
    return Error(ErrorKind::kIo, fmt::format("`{}` cannot be read", path.string()));
  }
  out.resize(static_cast<size_t>(file.gcount()));
  return out;
}

}  // namespace

Result<std::vector<Hash>> FolderTiles::tile(uint32_t level, uint64_t index, uint64_t width) {
  std::string name = tile_path(level, index, width);
  auto bytes = read_file(folder_ / name, kTileBytes);
  if (!bytes.ok() && bytes.error().kind() == ErrorKind::kNotFound && width < kTileWidth) {
    name = tile_path(level, index);
    bytes = read_file(folder_ / name, kTileBytes);
  }
  if (!bytes.ok()) {
    return std::move(bytes).error();
  }
  if (bytes->size() < width * kHashSize) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` has {} bytes, not {}", (folder_ / name).string(), bytes->size(),
                             width * kHashSize));
  }
  std::vector<Hash> hashes(width);
  std::memcpy(hashes.data(), bytes->data(), width * kHashSize);
  return hashes;
}

Result<Hash> Prover::node(uint32_t height, uint64_t index) {
  const uint32_t level = height / kTileHeight;
  const uint32_t above = height % kTileHeight;  // the tile's own hashes
  const uint64_t first = index << above;
  const uint64_t tile = first / kTileWidth;
  auto found = cache_.find({level, tile});
  if (found == cache_.end()) {
    TRY(std::vector<Hash> hashes, tiles_.tile(level, tile, tile_width(level, tile, size_)));
    found = cache_.emplace(std::pair(level, tile), std::move(hashes)).first;
  }
  return perfect_root(std::span(found->second).subspan(first % kTileWidth, uint64_t{1} << above));
}

Result<Hash> Prover::range(uint64_t begin, uint64_t end) {
  const uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const auto height = static_cast<uint32_t>(std::countr_zero(count));
    return node(height, begin >> height);
  }
  const uint64_t middle = begin + split(count);
  TRY(const Hash left, range(begin, middle));
  TRY(const Hash right, range(middle, end));
  return node_hash(left, right);
}

Result<Hash> Prover::root_of(uint64_t old_size) {
  if (old_size > size_) {
    return Error(ErrorKind::kUsage,
                 fmt::format("a log of {} entries has none of {}", size_, old_size));
  }
  return old_size == 0 ? Result<Hash>(empty_root()) : range(0, old_size);
}

Result<std::vector<Hash>> Prover::inclusion(uint64_t index) {
  if (index >= size_) {
    return Error(ErrorKind::kUsage,
                 fmt::format("entry {} is not in a log of {} entries", index, size_));
  }
  // From the root down; a proof is read from the leaf up.
  std::vector<Hash> proof;
  uint64_t begin = 0;
  uint64_t end = size_;
  while (end - begin > 1) {
    const uint64_t middle = begin + split(end - begin);
    const bool is_left = index < middle;
    TRY(proof.emplace_back(), is_left ? range(middle, end) : range(begin, middle));
    (is_left ? end : begin) = middle;
  }
  return std::vector<Hash>(proof.rbegin(), proof.rend());
}

Result<std::vector<Hash>> Prover::consistency(uint64_t old_size) {
  if (old_size > size_) {
    return Error(ErrorKind::kUsage,
                 fmt::format("a log of {} entries has none of {}", size_, old_size));
  }
  std::vector<Hash> proof;
  if (old_size == 0 || old_size == size_) {
    return proof;
  }
  uint64_t begin = 0;
  uint64_t end = size_;
  // Until what is left of the new tree is a subtree of the old one.
  while (end != old_size) {
    const uint64_t middle = begin + split(end - begin);
    const bool is_left = old_size <= middle;
    TRY(proof.emplace_back(), is_left ? range(middle, end) : range(begin, middle));
    (is_left ? end : begin) = middle;
  }
  // Where that is the whole old tree, its root is known to whoever asks.
  if (begin != 0) {
    TRY(proof.emplace_back(), range(begin, end));
  }
  return std::vector<Hash>(proof.rbegin(), proof.rend());
}

}  // namespace sally::tlog
