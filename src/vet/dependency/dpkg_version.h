// Debian's versions (deb-version(7)): `[epoch:]upstream[-revision]`.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "vet/dependency/digits.h"

namespace sally::vet::dependency {

class DpkgVersion {
 public:
  // nullopt: dpkg takes it for none. A version that does not begin with a digit is read, as dpkg
  // compares it (with a warning).
  static std::optional<DpkgVersion> parse(std::string_view text);

  friend std::strong_ordering operator<=>(const DpkgVersion& a, const DpkgVersion& b);
  friend bool operator==(const DpkgVersion& a, const DpkgVersion& b) { return (a <=> b) == 0; }

 private:
  Digits epoch_;
  std::string upstream_;
  std::string revision_;
};

}  // namespace sally::vet::dependency
