// AnyVersion: a version in the order of its ecosystem.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "vet/dependency/dpkg_version.h"
#include "vet/dependency/pep440.h"
#include "vet/dependency/semver.h"

namespace sally::vet::dependency {

enum class Order : uint8_t { kNone, kPep440, kSemver, kDpkg };

// How an ecosystem orders versions, as OSV names it: `PyPI`, `npm`, `crates.io`, `Go`, `Debian:12`.
Order order_of(std::string_view ecosystem);

class AnyVersion {
 public:
  // nullopt: no version of that order; of kNone always.
  static std::optional<AnyVersion> parse(Order order, std::string_view text);
  // Both of one order.
  friend std::strong_ordering operator<=>(const AnyVersion& a, const AnyVersion& b);
  friend bool operator==(const AnyVersion& a, const AnyVersion& b) { return (a <=> b) == 0; }

 private:
  std::variant<Pep440, Semver, DpkgVersion> version_;
};

}  // namespace sally::vet::dependency
