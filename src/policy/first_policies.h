// The policies that `sallyport init` writes: policies/first of the sources, as the program carries
// it.
#pragma once

#include <span>
#include <string_view>

namespace sally::policy {

struct FirstPolicy {
  std::string_view name;  // below the folder: `cases/keys.case`
  std::string_view text;
};
[[nodiscard]] std::span<const FirstPolicy> first_policies();

}  // namespace sally::policy
