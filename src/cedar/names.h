// Names: identifiers, and the paths made of them (`App::User`).
#pragma once

#include <string_view>

namespace sally::cedar {

// A letter or `_`, then letters, digits and `_`, all ASCII, and no reserved word. What can be
// written without quotes.
[[nodiscard]] bool is_identifier(std::string_view text);
// Identifiers with `::` between them and nothing else: a normalised name of a type.
[[nodiscard]] bool is_type_name(std::string_view text);
// `true false if then else in is like has __cedar`.
[[nodiscard]] bool is_reserved(std::string_view word);
// An identifier or a reserved word: what the name of an annotation may be.
[[nodiscard]] bool is_word(std::string_view text);

// The last identifier of a path: `B` of `A::B`.
[[nodiscard]] std::string_view basename(std::string_view type_name);
// Whether entities of this type are actions: `Action`, `A::Action`.
[[nodiscard]] bool is_action_type(std::string_view type_name);

}  // namespace sally::cedar
