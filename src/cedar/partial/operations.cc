#include "cedar/partial/operations.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "cedar/eval/compiler.h"

namespace sally::cedar {
namespace {

OpCode unary_operation(ExprKind kind) {
  SALLY_CHECK(kind == ExprKind::kNot || kind == ExprKind::kNegate || kind == ExprKind::kIsEmpty);
  return kind == ExprKind::kNot      ? OpCode::kNot
         : kind == ExprKind::kNegate ? OpCode::kNegate
                                     : OpCode::kIsEmpty;
}

}  // namespace

Operations::Done Operations::run(std::span<const Cell> operands, const Op& operation, Cell& out) {
  program_.constants.assign(operands.begin(), operands.end());
  program_.ops.clear();
  for (uint32_t i = 0; i < operands.size(); ++i) {
    program_.ops.push_back({OpCode::kConstant, i, 0});
  }
  program_.ops.push_back(operation);
  program_.ops.push_back({OpCode::kEnd, 0, 0});
  stack_.resize(operands.size() + 1);
  static constexpr std::array<Cell, 4> kNoVariables{};
  Machine machine(program_, store_, kNoVariables, stack_, arena_);
  if (machine.run(0) == Outcome::kError) {
    return machine.error().kind == EvalErrorKind::kMemory ? Done::kMemory : Done::kError;
  }
  out = machine.value();
  return Done::kValue;
}

Operations::Done Operations::apply(ExprKind kind, std::span<const Cell> operands, Cell& out) {
  const auto binary = binary_operation(kind);
  if (!binary) {
    return run(operands, {unary_operation(kind), 0, 0}, out);
  }
  Cell left = operands.front();
  for (const Cell& right : operands.subspan(1)) {
    const Done done = run(std::array{left, right}, {*binary, 0, 0}, left);
    if (done != Done::kValue) {
      return done;
    }
  }
  out = left;
  return Done::kValue;
}

Operations::Done Operations::like(const Cell& text, const Pattern& pattern, Cell& out) {
  Arena own = Arena::growing();
  program_.patterns.assign(1, LikePattern::compile(pattern, own));
  return run({&text, 1}, {OpCode::kLike, 0, 0}, out);
}

Operations::Done Operations::call(Function function, std::span<const Cell> arguments, Cell& out) {
  return run(
      arguments,
      {OpCode::kCall, static_cast<uint32_t>(arguments.size()), static_cast<uint32_t>(function)},
      out);
}

Operations::Done Operations::set(std::span<const Cell> elements, Cell& out) {
  return run(elements, {OpCode::kSet, static_cast<uint32_t>(elements.size()), 0}, out);
}

Operations::Done Operations::record(std::span<const std::string> names,
                                    std::span<const Cell> values, Cell& out) {
  program_.shapes.clear();
  for (uint32_t i = 0; i < names.size(); ++i) {
    std::string_view name;
    if (!arena_.copy(names[i], name)) {
      return Done::kMemory;
    }
    program_.shapes.push_back({name, i});
  }
  std::ranges::sort(program_.shapes, [](const ShapeField& a, const ShapeField& b) {
    return name_before(a.name, b.name);
  });
  return run(values, {OpCode::kRecord, 0, static_cast<uint32_t>(names.size())}, out);
}

}  // namespace sally::cedar
