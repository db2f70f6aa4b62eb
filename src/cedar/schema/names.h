// Names in a schema: what is built in, what is reserved.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cedar/schema/type.h"

namespace sally::cedar {

// The namespace of what is built in; no declared name may have it as a part.
inline constexpr std::string_view kBuiltinNamespace = "__cedar";
inline constexpr std::string_view kActionType = "Action";

// `Bool`, `Long`, `String` and the extension types, by their bare names.
[[nodiscard]] std::optional<Type> builtin_type(std::string_view name);
[[nodiscard]] std::optional<ExtensionType> find_extension_type(std::string_view name);
// Words that no common type may be called: `Set`, `Record`, `Long` ...
[[nodiscard]] bool is_reserved_type_name(std::string_view name);
// Whether a part of this path is `__cedar`.
[[nodiscard]] bool is_reserved_path(std::string_view path);

// `Ns::name`, or `name` where the namespace has no name.
[[nodiscard]] std::string qualified(std::string_view namespace_name, std::string_view name);
[[nodiscard]] bool is_qualified(std::string_view path);
// What may refer to a type: a path of identifiers, `__cedar::` before it where it is built in.
[[nodiscard]] bool is_type_reference(std::string_view path);

}  // namespace sally::cedar
