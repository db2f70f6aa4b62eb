// Compiler: from the tree of a policy to instructions.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "cedar/eval/program.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// The instruction of a kind that has two operands and nothing else; nullopt for the others.
[[nodiscard]] std::optional<OpCode> binary_operation(ExprKind kind);

// Appends to `program`; where it begins is the answer. kTooLarge where the program would be too
// large to address.
Result<uint32_t> compile_expression(const Body& body, ExprId expr, Program& program);
// All conditions of a policy, one after the other until one does not hold.
Result<uint32_t> compile_conditions(const Body& body, std::span<const Condition> conditions,
                                    Program& program);

// A policy compiled so that a machine tells what its expressions give. Its conditions are
// expressions of their own, in their order.
struct WatchedProgram {
  Program program;
  std::vector<uint32_t> begins;  // of each condition
  std::vector<ExprId> origins;   // of each instruction: the expression that it computes
};
// `assumed`: expressions that are taken to have this value, whatever they say.
Result<WatchedProgram> compile_watched(const Body& body, std::span<const Condition> conditions,
                                       const std::map<ExprId, bool>& assumed = {});

}  // namespace sally::cedar
