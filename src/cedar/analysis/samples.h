// Samples: values of a type that tell apart what policies ask of it.
#pragma once

#include <vector>

#include "cedar/analysis/paths.h"
#include "cedar/schema/schema.h"

namespace sally::cedar {

// A value that fits the type and that no policy is likely to name; for what nobody looks at.
[[nodiscard]] Value plain_value(const Schema& schema, const Type& type);

// Values to try for a path: each constant it is held against, its neighbours, a match of each
// pattern, and one that is none of these. The plainest first; no two the same. At most
// kMostSamples.
[[nodiscard]] std::vector<Value> samples_of(const Schema& schema, const Type& type,
                                            const Pool& pool);
inline constexpr size_t kMostSamples = 64;

// An entity of the type that no constant of the pool names: of enumerated types any.
[[nodiscard]] EntityUid fresh_entity(const Schema& schema, std::string_view type,
                                     std::string_view name);

}  // namespace sally::cedar
