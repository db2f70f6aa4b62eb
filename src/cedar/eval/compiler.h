// Compiler: from the tree of a policy to instructions.
#pragma once

#include <span>

#include "base/result.h"
#include "cedar/eval/program.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// Appends to `program`; where it begins is the answer. kTooLarge where the program would be too
// large to address.
Result<uint32_t> compile_expression(const Body& body, ExprId expr, Program& program);
// All conditions of a policy, one after the other until one does not hold.
Result<uint32_t> compile_conditions(const Body& body, std::span<const Condition> conditions,
                                    Program& program);

}  // namespace sally::cedar
