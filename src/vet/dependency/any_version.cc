#include "vet/dependency/any_version.h"

#include "base/check.h"

namespace sally::vet::dependency {

Order order_of(std::string_view ecosystem) {
  const std::string_view base = ecosystem.substr(0, ecosystem.find(':'));
  if (base == "PyPI") {
    return Order::kPep440;
  }
  if (base == "npm" || base == "crates.io" || base == "Go" || base == "Hex" || base == "Pub") {
    return Order::kSemver;
  }
  return base == "Debian" || base == "Ubuntu" ? Order::kDpkg : Order::kNone;
}

std::optional<AnyVersion> AnyVersion::parse(Order order, std::string_view text) {
  AnyVersion out;
  const auto set = [&](auto version) {
    if (!version) {
      return false;
    }
    out.version_ = *std::move(version);
    return true;
  };
  bool is_one = false;
  switch (order) {
    case Order::kNone:
      break;
    case Order::kPep440:
      is_one = set(Pep440::parse(text));
      break;
    case Order::kSemver:
      is_one = set(Semver::parse(text));
      break;
    case Order::kDpkg:
      is_one = set(DpkgVersion::parse(text));
      break;
  }
  return is_one ? std::optional(std::move(out)) : std::nullopt;
}

std::strong_ordering operator<=>(const AnyVersion& a, const AnyVersion& b) {
  SALLY_CHECK(a.version_.index() == b.version_.index());
  return std::visit(
      [&](const auto& left) { return left <=> std::get<std::decay_t<decltype(left)>>(b.version_); },
      a.version_);
}

}  // namespace sally::vet::dependency
