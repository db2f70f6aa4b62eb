#include "ledger/tile_store.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "base/check.h"
#include "tlog/tile.h"

namespace sally::ledger {

using tlog::Hash;
using tlog::kTileHeight;
using tlog::kTileWidth;

Result<> TileStore::restore(uint64_t size) {
  SALLY_CHECK(size % kTileWidth == 0);
  std::vector<std::vector<Hash>> levels;
  for (uint32_t level = 0; (size >> (kTileHeight * level)) > 0; ++level) {
    std::vector<Hash>& hashes = levels.emplace_back();
    const uint64_t end = size >> (kTileHeight * level);
    // Each hash of a level is the root of a full tile of the level below.
    for (uint64_t i = end - end % kTileWidth; i < end; ++i) {
      const Disk::Path path = folder_ / tlog::tile_path(level - 1, i);
      const auto bytes = disk_.read_file(path, tlog::kTileBytes);
      if (!bytes.ok() || bytes->size() != tlog::kTileBytes) {
        return Error(ErrorKind::kCorrupt,
                     fmt::format("`{}`, a tile of the log, {}", path.string(),
                                 bytes.ok() ? fmt::format("has {} bytes", bytes->size())
                                            : bytes.error().message()),
                     "put this folder back from a backup, or from a copy that a witness has seen");
      }
      std::vector<Hash> tile(kTileWidth);
      std::memcpy(tile.data(), bytes->data(), bytes->size());
      hashes.push_back(tlog::perfect_root(tile));
    }
  }
  TRY(tree_, tlog::Tree::restore(size, std::move(levels)));
  bundle_.clear();
  full_.clear();
  written_partial_.clear();
  has_unsynced_ = true;  // nobody knows
  return ok();
}

void TileStore::add(std::string_view entry) {
  tlog::append_to_bundle(bundle_, entry);
  tree_.append(tlog::leaf_hash(as_bytes(entry)),
               [this](uint32_t level, uint64_t index, std::span<const Hash> hashes) {
                 if (level == 0) {
                   full_.push_back({tlog::bundle_path(index), std::move(bundle_)});
                   bundle_ = std::exchange(spare_, {});
                 }
                 full_.push_back({tlog::tile_path(level, index), tlog::tile_bytes(hashes)});
               });
}

Result<Disk::Path> TileStore::place(const std::string& path) {
  Disk::Path whole = folder_ / path;
  const Disk::Path parent = whole.parent_path();
  if (!folders_.contains(parent)) {
    TRY_OK(disk_.make_folder(parent));
    folders_.insert(parent);
  }
  return whole;
}

Result<> TileStore::write(const std::string& path, std::string_view bytes) {
  TRY(const Disk::Path whole, place(path));
  // Whoever reads the folder sees the whole file or none.
  Disk::Path fresh = whole;
  fresh += ".new";
  TRY(const auto file, disk_.create(fresh));
  TRY_OK(file->write(0, bytes));
  return disk_.rename(fresh, whole);
}

Result<> TileStore::write_full() {
  while (!full_.empty()) {
    File& file = full_.front();
    // In place: nobody looks for it before there is a checkpoint that covers it.
    TRY(const Disk::Path whole, place(file.path));
    TRY_OK(disk_.write_file(whole, file.bytes));
    obsolete_.push_back(std::move(file.path));
    has_unsynced_ = true;
    if (file.bytes.capacity() > spare_.capacity()) {
      spare_ = std::move(file.bytes);
      spare_.clear();
    }
    full_.pop_front();
  }
  return ok();
}

Result<> TileStore::write_partial() {
  TRY_OK(write_full());
  written_partial_.resize(tree_.levels());
  for (uint32_t level = 0; level < tree_.levels(); ++level) {
    const auto hashes = tree_.partial(level);
    if (hashes.empty()) {
      continue;
    }
    const uint64_t index = tree_.size() >> (kTileHeight * (level + 1));
    const std::string path = tlog::tile_path(level, index, hashes.size());
    if (written_partial_[level] == path) {
      continue;
    }
    if (level == 0) {
      TRY_OK(write(tlog::bundle_path(index, hashes.size()), bundle_));
    }
    TRY_OK(write(path, tlog::tile_bytes(hashes)));
    written_partial_[level] = path;
  }
  return ok();
}

Result<> TileStore::remove_partial(const std::string& full_path) {
  const Disk::Path folder = folder_ / tlog::partial_folder(full_path);
  TRY(const std::vector<std::string> names, disk_.list(folder));
  for (const std::string& name : names) {
    TRY_OK(disk_.remove(folder / name));
  }
  folders_.erase(folder);
  return names.empty() ? ok() : disk_.remove(folder);
}

void TileStore::remove_obsolete() {
  for (const std::string& path : obsolete_) {
    if (!folders_.contains(folder_ / tlog::partial_folder(path))) {
      continue;  // no partial one was written
    }
    // What stays takes room and does no harm: the full file serves in its place.
    [[maybe_unused]] const auto removed = remove_partial(path);
  }
  obsolete_.clear();
}

Result<> TileStore::clear_edge() {
  for (uint32_t level = 0; level < tree_.levels(); ++level) {
    const uint64_t index = tree_.size() >> (kTileHeight * (level + 1));
    TRY_OK(remove_partial(tlog::tile_path(level, index)));
    if (level == 0) {
      TRY_OK(remove_partial(tlog::bundle_path(index)));
    }
  }
  written_partial_.clear();
  return ok();
}

Result<> TileStore::sync() {
  if (has_unsynced_) {
    TRY_OK(disk_.sync_tree(folder_));
    has_unsynced_ = false;
  }
  return ok();
}

}  // namespace sally::ledger
