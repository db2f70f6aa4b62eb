// Scanner: files and folders, each file one target, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "vet/examination.h"
#include "vet/target.h"

namespace sally::vet {

struct ScanOptions {
  Limits limits = {};
  unsigned threads = 0;  // 0: one per core
  // Files above this are not hashed; what would be read of a model is some kilobytes, and its
  // digest costs all of it.
  uint64_t hashed = uint64_t{4} << 30;
};

// What one file holds. A file that cannot be opened is a target with a finding.
Target scan_file(const std::string& path, const ScanOptions& options, const Services& services);

struct Listing {
  std::vector<std::string> files;  // sorted, each once
  std::vector<Target> missing;     // paths that are nothing that can be read
};
// The files at and below `paths`. Links within folders are not followed; `.git` is left out, and
// what one of the globs `without` means (see glob.h), but not what `paths` themselves name.
Listing list_files(const std::vector<std::string>& paths,
                   const std::vector<std::string>& without = {});

// The targets of `files`, in that order. `each` is called from one thread at a time as a file is
// done, in no order.
std::vector<Target> scan_files(const std::vector<std::string>& files, const ScanOptions& options,
                               const Services& services,
                               const std::function<void(const Target&)>& each);

}  // namespace sally::vet
