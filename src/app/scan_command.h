// `scan`, as a function of its options.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"

namespace sally::app {

struct ScanCommandOptions {
  std::vector<std::string> paths;
  std::string fail_on = "high";
  unsigned threads = 0;  // 0: one per core
  Format format = Format::kText;
};
Result<int> scan(const World& world, const ScanCommandOptions& options);

}  // namespace sally::app
