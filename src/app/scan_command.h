// `scan`, as a function of its options.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/commands.h"
#include "app/scan_advisories.h"
#include "vet/scanner.h"

namespace sally::app {

// What a scan can be written as.
inline constexpr std::string_view kScanFormats[] = {"text",      "json", "sarif",
                                                    "cyclonedx", "spdx", "junit"};

struct ScanCommandOptions {
  std::vector<std::string> paths;
  std::string format = "text";       // of standard output
  std::vector<std::string> outputs;  // `FORMAT=FILE`, or `FILE`: what `format` says goes there
  std::string fail_on = "high";
  std::vector<std::string> exclude;  // globs, see vet/glob.h
  std::string waivers;               // a file; empty: none
  std::string baseline;              // a report of before; empty: none
  std::string write_baseline;        // the file that is made; empty: none
  std::string disarm;                // where the tensors of the one file named go; empty: nowhere
  bool quiet = false;                // nothing but what fails
  bool list_rules = false;           // scans nothing
  vet::ScanOptions scan;
  std::string time;  // the longest that a file may take; empty: as in vet::Limits
  AdvisoryOptions advisories;
};
Result<int> scan(const World& world, const ScanCommandOptions& options);

}  // namespace sally::app
