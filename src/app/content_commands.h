// The commands that look into texts: `inspect`, `redact`.
#pragma once

#include <string>
#include <vector>

#include "app/commands.h"
#include "content/attack/attack_detector.h"
#include "content/custom/custom_recognizers.h"
#include "content/text_finder.h"
#include "formats/json/document.h"

namespace sally::app {

// A line of JSON that these commands read.
inline constexpr size_t kLongestLine = size_t{64} << 20;
inline constexpr formats::JsonLimits kLineLimits = {
    .bytes = kLongestLine, .depth = 16, .members = 10'000};

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
  std::string input = "-";  // lines of JSON with `text`, perhaps `provenance`, and `label`:
                            // those with 1 are attacks, and left out
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
// `text` without what was `found` in it, as far as the options ask for it.
std::string redacted(std::string_view text, const std::vector<content::Found>& found,
                     const RedactOptions& options);

// The recognisers of users in the configuration at `config`; none where that is empty.
Result<std::vector<content::CustomRecognizer>> recognizers_of(const World& world,
                                                              const std::string& config);

// What finds attacks, and knows those of the configuration at `config`.
Result<content::AttackDetector> detector_of(const World& world, const std::string& config);

}  // namespace sally::app
