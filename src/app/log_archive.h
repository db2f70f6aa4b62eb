// A log, put into an archive so that what comes out is a whole log, whatever its writer does
// meanwhile.
#pragma once

#include <filesystem>
#include <string_view>

#include "app/archive.h"
#include "base/result.h"

namespace sally::app {

// Adds the log in `folder` below `name`: a checkpoint, everything it covers, and the entries that
// were written since. kUnavailable where the log moves on faster than it can be looked at; as
// LogReader and ArchiveWriter.
Result<> add_log(ArchiveWriter& archive, std::string_view name,
                 const std::filesystem::path& folder);

}  // namespace sally::app
