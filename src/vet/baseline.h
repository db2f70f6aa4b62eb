// Baseline: the findings of an earlier scan, so that only new ones fail.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "base/result.h"
#include "vet/target.h"

namespace sally::vet {

// Immutable.
class Baseline {
 public:
  // `json` as report_json wrote it. kUsage where it is something else.
  static Result<Baseline> parse(std::string_view json);

  // Marks the findings of `target` that stood in it.
  void mark(Target& target) const;
  [[nodiscard]] size_t size() const { return fingerprints_.size(); }

 private:
  Baseline() = default;
  std::unordered_set<std::string> fingerprints_;
};

}  // namespace sally::vet
