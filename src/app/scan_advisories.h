// The database of advisories of a scan: where it is, and how old.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "vet/dependency/advisories.h"

namespace sally::app {

struct AdvisoryOptions {
  std::vector<std::string> folders;  // empty: $OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY
  unsigned most_days = 7;            // that the newest record may be old
  std::string stale = "warn";        // or `fail`
};

// Null: none is named. Errors as Advisories::open.
Result<std::unique_ptr<const vet::dependency::Advisories>> open_advisories(
    const World& world, const AdvisoryOptions& options);

// When the newest record was changed, of the source that is furthest behind; nullopt: none was
// read, or none says.
std::optional<WallTime> newest_of(const vet::dependency::Advisories& advisories);

// Says on the console what was read and how old it is. kUnavailable where it is older than allowed,
// or cannot be read, and `stale` is `fail`.
Result<> tell_age(const World& world, const AdvisoryOptions& options,
                  const vet::dependency::Advisories& advisories);

}  // namespace sally::app
