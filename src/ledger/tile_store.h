// TileStore: what is durable in the journal becomes tiles and entry bundles.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/disk.h"
#include "tlog/tree.h"

namespace sally::ledger {

class TileStore {
 public:
  // Below `folder`. `disk` outlives the store. Belongs to one thread at a time.
  TileStore(Disk& disk, Disk::Path folder) : disk_(disk), folder_(std::move(folder)) {}

  // Begins with the first `size` entries, a multiple of 256, which are there as full tiles.
  // kCorrupt, naming the file, where one is not.
  Result<> restore(uint64_t size);

  // Adds an entry to the tree. Files that it fills wait for write_full().
  void add(std::string_view entry);
  [[nodiscard]] bool has_full() const { return !full_.empty(); }
  // Writes the files that are full. After a failure those that are left wait for the next call.
  Result<> write_full();
  // Writes what the tree has beyond them, so that a checkpoint of its size can be proved.
  Result<> write_partial();
  // Removes partial files whose full one is there; those that cannot be removed stay.
  void remove_obsolete();
  // Forgets the partial files of the right edge, which a crash may have left in part.
  Result<> clear_edge();
  // Waits until all full files are durable. After a failure none that was written since the last
  // success may be believed: restore(), and add their entries again.
  Result<> sync();

  [[nodiscard]] const tlog::Tree& tree() const { return tree_; }

 private:
  struct File {
    std::string path;  // below folder_
    std::string bytes;
  };

  // The place of `path` in the log's folder, whose parents are there.
  Result<Disk::Path> place(const std::string& path);
  Result<> write(const std::string& path, std::string_view bytes);
  Result<> remove_partial(const std::string& full_path);

  Disk& disk_;
  Disk::Path folder_;
  tlog::Tree tree_;
  std::string bundle_;                        // the entries behind the last full bundle
  std::string spare_;                         // empty; the memory of a bundle that is written
  std::deque<File> full_;                     // not written yet
  std::vector<std::string> written_partial_;  // by level: the partial tile written last
  std::vector<std::string> obsolete_;         // full files that may have partial ones
  std::set<Disk::Path> folders_;              // known to be there
  bool has_unsynced_ = false;                 // full files that may not be durable
};

}  // namespace sally::ledger
