// How bad it is that a text holds something.
#pragma once

#include <string_view>

#include "core/finding.h"

namespace sally::content {

// Of a type of personal data, as `name_of` has it: what points at a person by itself is worse than
// what stands in every letter. A type of the operator's own is medium.
[[nodiscard]] Severity severity_of(std::string_view type);

}  // namespace sally::content
