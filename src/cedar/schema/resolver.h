// Resolver: from the declarations of a schema to the Schema. Source of the rules: the Cedar
// reference ("schema"), RFC 24 (enumerated types: RFC 53), RFC 70 (no shadowing).
#pragma once

#include "cedar/schema/fragment.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// Types written out, and the closures of the two hierarchies, are no larger than this.
inline constexpr uint32_t kMaxTypeWeight = 1U << 16;
inline constexpr size_t kMaxClosure = size_t{1} << 18;

// Problems, in the order of the text, with "did you mean": names that are declared twice, reserved,
// shadowing or undefined; cycles of common types or actions; shapes and contexts that are no
// records; what passes the limits above.
ParseResult<Schema> resolve(const SchemaFragment& fragment);

}  // namespace sally::cedar
