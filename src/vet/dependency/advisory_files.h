// The files of a database of advisories: an archive `all.zip`, or a folder of `*.json`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sally::vet::dependency {

// Calls `take` with each record. How many could not be read; a database that cannot be opened
// counts as one.
size_t read_advisory_files(const std::string& path,
                           const std::function<void(std::string_view)>& take);

}  // namespace sally::vet::dependency
