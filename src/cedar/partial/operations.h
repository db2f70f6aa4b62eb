// Operations: one instruction of the evaluator on values that are known.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cedar/eval/machine.h"
#include "cedar/eval/program.h"
#include "cedar/eval/store.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

class Operations {
 public:
  // Both outlive it; results lie in `arena`.
  Operations(const EntityStore& store, Arena& arena) : store_(store), arena_(arena) {}

  enum class Done : uint8_t {
    kValue,
    kError,   // as the evaluator would fail
    kMemory,  // the arena is full, which says nothing of the expression
  };
  // kNot, kNegate, kIsEmpty, and what binary_operation() knows: of all operands, chains folded from
  // the left.
  Done apply(ExprKind kind, std::span<const Cell> operands, Cell& out);
  Done like(const Cell& text, const Pattern& pattern, Cell& out);
  Done call(Function function, std::span<const Cell> arguments, Cell& out);
  Done set(std::span<const Cell> elements, Cell& out);
  // Names are unique.
  Done record(std::span<const std::string> names, std::span<const Cell> values, Cell& out);

 private:
  Done run(std::span<const Cell> operands, const Op& operation, Cell& out);

  const EntityStore& store_;
  Arena& arena_;
  Program program_;
  std::vector<Cell> stack_;
};

}  // namespace sally::cedar
