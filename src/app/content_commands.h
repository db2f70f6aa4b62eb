// The commands that look into texts: `inspect`, `redact`.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"
#include "content/custom/custom_recognizers.h"

namespace sally::app {

struct InspectOptions {
  std::string config;       // whose recognisers are used too; empty: what is built in
  std::string input = "-";  // lines of JSON with `id`, `text`, perhaps `provenance`; `-`: standard
                            // input
  std::string output = "-";
  unsigned threads = 0;  // 0: one per core
  bool explain = false;
};
Result<int> inspect(const World& world, const InspectOptions& options);

struct CalibrateOptions {
  std::string input = "-";  // lines of JSON with `text`, perhaps `provenance`
  double rate = 0.01;       // the share of them that may be taken for attacks
};
Result<int> calibrate(const World& world, const CalibrateOptions& options);

struct RedactOptions {
  std::string config;              // as above
  std::vector<std::string> files;  // empty: standard input
  std::vector<std::string> types;  // these only; empty: all
  std::string with = "type";       // `type`, `mask` or `remove`
  double score = 0.5;              // what is less sure stays
};
Result<int> redact(const World& world, const RedactOptions& options);

// The recognisers of users in the configuration at `config`; none where that is empty.
Result<std::vector<content::CustomRecognizer>> recognizers_of(const World& world,
                                                              const std::string& config);

}  // namespace sally::app
