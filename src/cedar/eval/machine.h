// Machine: runs a program on one request. Never recurses by what a policy says, never allocates but
// from its arena, never fails but with an EvalError.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/eval/eval_error.h"
#include "cedar/eval/program.h"
#include "cedar/eval/store.h"

namespace sally::cedar {

enum class Outcome : uint8_t { kApplies, kDoesNotApply, kError };

class Machine {
 public:
  // All outlive the machine; `variables` is what Variable counts; `stack` has room for
  // program.stack cells. What is computed lies in `arena`.
  Machine(const Program& program, const EntityStore& store, const std::array<Cell, 4>& variables,
          std::span<Cell> stack, Arena& arena)
      : program_(program), store_(store), variables_(variables), stack_(stack), arena_(arena) {}

  // Of a program that tells (see compile_watched): `values` has an entry for every expression and
  // outlives the machine. What it is told lies in the arena.
  void watch(std::vector<std::optional<Cell>>& values) { told_ = &values; }

  // From instruction `begin` to the end or the first error.
  Outcome run(uint32_t begin);
  // Why the last run gave kError.
  [[nodiscard]] const EvalError& error() const { return error_; }
  // Which instruction it was.
  [[nodiscard]] uint32_t failed_at() const { return failed_at_; }
  // What an expression gave, after kApplies.
  [[nodiscard]] const Cell& value() const { return stack_.front(); }

 private:
  bool fail(const EvalError& error) {
    error_ = error;
    return false;
  }
  bool wants(const Cell& cell, ValueKind kind);
  // Each replaces `a` by the result; false on an error.
  bool arithmetic(OpCode code, Cell& a, const Cell& b);
  bool order(OpCode code, Cell& a, const Cell& b);
  bool in(Cell& a, const Cell& b);
  bool set_relation(OpCode code, Cell& a, const Cell& b);
  bool tag(OpCode code, Cell& a, const Cell& b);
  bool has(Cell& a, std::span<const std::string_view> path);
  bool get(Cell& a, std::string_view name);
  bool make_set(std::span<Cell> elements, Cell& out);
  bool make_record(std::span<const ShapeField> shape, const Cell* operands, Cell& out);

  const Program& program_;
  const EntityStore& store_;
  const std::array<Cell, 4>& variables_;
  const std::span<Cell> stack_;
  Arena& arena_;
  EvalError error_;
  uint32_t failed_at_ = 0;
  std::vector<std::optional<Cell>>* told_ = nullptr;
};

}  // namespace sally::cedar
