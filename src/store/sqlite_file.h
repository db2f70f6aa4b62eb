// The file of a SQLite database before SQLite opens it: made with the right mode, refused where
// others can read it. Private to the engines.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "store/state.h"

namespace sally::store {

// Which file a path names: tells a replaced file from the one that was opened.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

// Nothing where the path names no file.
[[nodiscard]] FileIdentity identity_of(const std::string& path);

// How messages name what is stored, and what to do where it is not there.
struct FileWords {
  std::string_view noun;     // `state`
  std::string_view missing;  // a hint
  std::string_view damaged;  // a hint
};

// A file that may be opened. While this lives, no other process opens a database in its folder:
// one opener at a time switches the journal's mode and brings the schema up to date, as SQLite does
// not wait for others in the former.
struct ClaimedFile {
  std::string path;  // absolute, so that SQLite's names with a meaning (`:memory:`) name files
  FileIdentity identity;
  UniqueFd turn;
};

// kUsage for what is no path or no regular file; kNotFound; kDenied where group or others may read
// it; kCorrupt where it is too short to be a database and not empty.
[[nodiscard]] Result<ClaimedFile> claim_file(const std::string& given, IfMissing if_missing,
                                             const FileWords& words);

}  // namespace sally::store
