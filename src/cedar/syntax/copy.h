// Copies of expressions from one body into another.
#pragma once

#include <optional>
#include <span>

#include "cedar/syntax/ast.h"

namespace sally::cedar {

// Adds to `to` what `id` is in `from`, with `operands` (ids of `to`, as many as it has) in place of
// its own. nullopt where a limit of Body would be passed.
std::optional<ExprId> copy_node(const Body& from, ExprId id, Body& to,
                                std::span<const ExprId> operands);
// The same with all that is below it. Recurses as deep as expressions are high.
std::optional<ExprId> copy_expression(const Body& from, ExprId id, Body& to);

}  // namespace sally::cedar
