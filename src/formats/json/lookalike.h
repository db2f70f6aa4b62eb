// Names of members that a careless reader takes for one another: Go's encoding/json, and others
// after it, find a member by its name in any case.
#pragma once

#include <string>
#include <string_view>

namespace sally::formats {

// The name as such a reader sees it: ASCII in lower case, and the two letters of other alphabets
// that fold to ASCII (U+017F to `s`, U+212A to `k`).
[[nodiscard]] std::string fold_name(std::string_view name);

}  // namespace sally::formats
