// Ways to write a text so that a machine does not recognise it: for measuring what they cost.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sally::content::attack {

struct Obfuscation {
  std::string_view name;
  std::string (*apply)(std::string_view ascii);
};

[[nodiscard]] std::span<const Obfuscation> obfuscations();

}  // namespace sally::content::attack
