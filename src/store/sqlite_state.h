// State in one SQLite file: the engine for one machine. Any number of processes may have it open.
#pragma once

#include <memory>
#include <string>

#include "store/state.h"

namespace sally::store {

// Opens (or, if asked, makes) the file and brings its schema up to date. Refuses a file open to
// group or others (kDenied), one that is no state of ours or is damaged (kCorrupt), and one whose
// schema is newer than this program (kConflict).
//
// Write-ahead log, full synchronisation: a change is on disk when `write` returns. A file that is
// moved away or replaced while it is open is noticed by `generation` (kUnavailable): changes made
// to its successor would otherwise go unseen.
[[nodiscard]] Result<std::unique_ptr<State>> open_sqlite_state(const std::string& path,
                                                               IfMissing if_missing);

}  // namespace sally::store
