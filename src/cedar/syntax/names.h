// What may be a name in Cedar: identifiers, reserved words, entity types.
#pragma once

#include <string_view>

namespace sally::cedar {

// `[_a-zA-Z][_a-zA-Z0-9]*`.
[[nodiscard]] bool is_identifier(std::string_view text);
// `true false if then else in is like has __cedar`: identifiers that name nothing.
[[nodiscard]] bool is_reserved(std::string_view identifier);
// A normalised path of identifiers that are not reserved: `A::B`, no white space. What EntityUid
// wants of its type.
[[nodiscard]] bool is_type_name(std::string_view text);
// The last identifier of a path: `B` of `A::B`.
[[nodiscard]] std::string_view basename(std::string_view type_name);
// Whether entities of this type are actions: `Action`, `A::Action`.
[[nodiscard]] bool is_action_type(std::string_view type_name);

}  // namespace sally::cedar
