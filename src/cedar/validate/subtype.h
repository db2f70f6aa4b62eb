// How types relate: which contains which, and what two have in common.
#pragma once

#include <cstdint>
#include <optional>

#include "cedar/schema/type.h"

namespace sally::cedar {

// Strict: what a schema declares is compared as it is, so that a policy that validates can be
// analysed. Permissive: only what could go wrong when it is evaluated is an error.
enum class Mode : uint8_t { kStrict, kPermissive };

// Whether every value of `a` is one of `b`.
[[nodiscard]] bool is_subtype(const Type& a, const Type& b, Mode mode);

// The smallest type that contains both; nullopt where there is none. In strict mode types that
// differ in more than `True`, `False` and `Bool` have none; in permissive mode entity types are
// joined and records keep the attributes both have.
[[nodiscard]] std::optional<Type> least_upper_bound(const Type& a, const Type& b, Mode mode);

}  // namespace sally::cedar
