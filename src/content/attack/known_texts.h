// The house's list of known attacks, as a file.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/attack/attack_detector.h"

namespace sally::content {

// One text a line; a line that begins with `{` is JSON with `text` and perhaps `label`, which is
// `injection` where none is said. Empty lines are none. kInvalidInput with the number of a line
// that is not like that, or in which there is no word.
Result<std::vector<KnownText>> read_known_texts(std::string_view lines);

}  // namespace sally::content
