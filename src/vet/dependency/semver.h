// Semantic versions (semver.org 2.0.0), as npm, Cargo and Go write them.
#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vet/dependency/digits.h"

namespace sally::vet::dependency {

class Semver {
 public:
  // nullopt: no version. Also read: `v` or `=` before it, and fewer than three numbers (`1.2`, as
  // advisories write bounds). Go's pseudo-versions and `+incompatible` are plain semver.
  static std::optional<Semver> parse(std::string_view text);

  // Precedence (section 11): what follows `+` does not count.
  friend std::strong_ordering operator<=>(const Semver& a, const Semver& b);
  friend bool operator==(const Semver& a, const Semver& b) { return (a <=> b) == 0; }

 private:
  std::array<Digits, 3> numbers_;
  std::vector<std::string> pre_;
};

}  // namespace sally::vet::dependency
