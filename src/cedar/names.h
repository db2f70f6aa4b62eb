// Names: identifiers, and the paths made of them (`App::User`).
#pragma once

#include <string_view>

namespace sally::cedar {

// A letter or `_`, then letters, digits and `_`, all ASCII, and no reserved word. What can be
// written without quotes.
[[nodiscard]] bool is_identifier(std::string_view text);
// Identifiers with `::` between them and nothing else: a normalised name of a type.
[[nodiscard]] bool is_type_name(std::string_view text);

}  // namespace sally::cedar
