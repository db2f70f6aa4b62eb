// Problem: what is wrong with a configuration, and where.
#pragma once

#include <cstdint>
#include <string>

#include "formats/yaml/yaml.h"

namespace sally::app {

using formats::YamlMember;
using formats::YamlNode;
using Place = formats::YamlPlace;

struct Problem {
  enum class Severity : uint8_t { kError, kWarning };
  Severity severity = Severity::kError;
  Place place = {};
  std::string message = {};
  std::string hint = {};
};

}  // namespace sally::app
