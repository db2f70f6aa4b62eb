// The commands that look into texts: `inspect`, `redact`.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"

namespace sally::app {

struct InspectOptions {
  std::string input = "-";  // lines of JSON with `id` and `text`; `-`: standard input
  std::string output = "-";
  unsigned threads = 0;  // 0: one per core
  bool explain = false;
};
Result<int> inspect(const World& world, const InspectOptions& options);

struct RedactOptions {
  std::vector<std::string> files;  // empty: standard input
  std::vector<std::string> types;  // these only; empty: all
  std::string with = "type";       // `type`, `mask` or `remove`
  double score = 0.5;              // what is less sure stays
};
Result<int> redact(const World& world, const RedactOptions& options);

}  // namespace sally::app
