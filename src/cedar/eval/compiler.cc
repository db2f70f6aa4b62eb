#include "cedar/eval/compiler.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "cedar/eval/functions.h"

namespace sally::cedar {
namespace {

// So that every index fits, with room for what one policy can add.
constexpr size_t kMaxOps = size_t{1} << 30;

// How a program that tells is made.
struct Watch {
  std::vector<ExprId>& origins;
  const std::map<ExprId, bool>& assumed;
};

class Compiler {
 public:
  Compiler(const Body& body, Program& program, const Watch* watch = nullptr)
      : body_(body), program_(program), watch_(watch) {
    // Operands come before what they are operands of: one pass finds all constants.
    constants_.resize(body.size());
    for (ExprId id = 0; id < body.size(); ++id) {
      constants_[id] = fold(id);
    }
  }

  void expression(ExprId id) {
    if (watch_ == nullptr) {
      return compute(id);
    }
    const ExprId outer = std::exchange(current_, id);
    const auto assumed = watch_->assumed.find(id);
    if (assumed != watch_->assumed.end()) {
      emit(OpCode::kConstant, add(program_.constants, Cell::of_bool(assumed->second)));
      push();
    } else {
      compute(id);
    }
    emit(OpCode::kTell, id);
    current_ = outer;
  }
  uint32_t emit(OpCode code, uint32_t a = 0, uint32_t b = 0) {
    program_.ops.push_back({code, a, b});
    if (watch_ != nullptr) {
      watch_->origins.push_back(current_);
    }
    return here() - 1;
  }
  void pop(uint32_t count) { depth_ -= count; }

 private:
  [[nodiscard]] uint32_t here() const { return static_cast<uint32_t>(program_.ops.size()); }
  void push() { program_.stack = std::max(program_.stack, ++depth_); }
  // The jump at `op` leads to the next instruction.
  void land(uint32_t op) { program_.ops[op].a = here(); }
  template <typename T>
  static uint32_t add(std::vector<T>& list, T item) {
    list.push_back(std::move(item));
    return static_cast<uint32_t>(list.size() - 1);
  }
  std::string_view text(std::string_view from) {
    std::string_view out;
    SALLY_CHECK(program_.arena.copy(from, out));
    return out;
  }
  uint32_t type(std::string_view name) {
    return add(program_.types, TypeName{text(name), hash_text(name, 0)});
  }

  void compute(ExprId id);
  std::optional<Cell> fold(ExprId id);
  std::optional<Cell> fold_set(std::span<const ExprId> operands);
  std::optional<Cell> fold_record(ExprId id);
  void chain(ExprId id, OpCode code);
  void logical(ExprId id, OpCode jump);
  void conditional(ExprId id);
  void record(ExprId id);
  void path(ExprId id);

  const Body& body_;
  Program& program_;
  const Watch* watch_;
  ExprId current_ = 0;  // what is being computed, where somebody watches
  std::vector<std::optional<Cell>> constants_;
  uint32_t depth_ = 0;
};

// A value that does not depend on the request. What fails is not one: it fails when it is run.
std::optional<Cell> Compiler::fold(ExprId id) {
  const ExprKind kind = body_.kind(id);
  if (kind == ExprKind::kBool) {
    return Cell::of_bool(body_.boolean(id));
  }
  if (kind == ExprKind::kLong) {
    return Cell::of_number(ValueKind::kLong, body_.number(id));
  }
  if (kind == ExprKind::kString) {
    return Cell::of_text(text(body_.text(id)));
  }
  if (kind == ExprKind::kEntity) {
    const EntityName* name = nullptr;
    SALLY_CHECK(to_name(body_.entity(id), program_.arena, name));
    return Cell::of_entity(name);
  }
  if (kind == ExprKind::kSet) {
    return fold_set(body_.operands(id));
  }
  if (kind == ExprKind::kRecord) {
    return fold_record(id);
  }
  const auto operands = body_.operands(id);
  if (kind == ExprKind::kCall && is_constructor(body_.function(id)) && operands.size() == 1 &&
      constants_[operands[0]].has_value()) {
    EvalError ignored;
    Cell out;
    if (call(body_.function(id), {&*constants_[operands[0]], 1}, program_.arena, out, ignored)) {
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Cell> Compiler::fold_set(std::span<const ExprId> operands) {
  if (!std::all_of(operands.begin(), operands.end(),
                   [this](ExprId id) { return constants_[id].has_value(); })) {
    return std::nullopt;
  }
  Cell* cells = program_.arena.allocate<Cell>(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    std::construct_at(cells + i, *constants_[operands[i]]);
  }
  return Cell::of_set({cells, sort_set({cells, operands.size()})});
}

std::optional<Cell> Compiler::fold_record(ExprId id) {
  const auto operands = body_.operands(id);
  const auto names = body_.names(id);
  if (!std::all_of(operands.begin(), operands.end(),
                   [this](ExprId operand) { return constants_[operand].has_value(); })) {
    return std::nullopt;
  }
  auto* fields = program_.arena.allocate<CellField>(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    std::construct_at(fields + i, CellField{text(names[i]), *constants_[operands[i]]});
  }
  std::sort(fields, fields + operands.size(),
            [](const CellField& a, const CellField& b) { return name_before(a.name, b.name); });
  return Cell::of_record({fields, operands.size()});
}

// `a + b + c`: folded from the left.
void Compiler::chain(ExprId id, OpCode code) {
  const auto operands = body_.operands(id);
  expression(operands[0]);
  for (const ExprId operand : operands.subspan(1)) {
    expression(operand);
    emit(code);
    pop(1);
  }
}

// `a && b && c`: the first that decides ends it.
void Compiler::logical(ExprId id, OpCode jump) {
  const auto operands = body_.operands(id);
  std::vector<uint32_t> jumps;
  for (const ExprId operand : operands.first(operands.size() - 1)) {
    expression(operand);
    jumps.push_back(emit(jump));
    pop(1);
  }
  expression(operands.back());
  emit(OpCode::kBool);
  for (const uint32_t op : jumps) {
    land(op);
  }
}

void Compiler::conditional(ExprId id) {
  expression(body_.operand(id, 0));
  const uint32_t to_else = emit(OpCode::kBranch);
  pop(1);
  expression(body_.operand(id, 1));
  const uint32_t to_end = emit(OpCode::kJump);
  pop(1);
  land(to_else);
  expression(body_.operand(id, 2));
  land(to_end);
}

void Compiler::record(ExprId id) {
  const auto operands = body_.operands(id);
  const auto names = body_.names(id);
  for (const ExprId operand : operands) {
    expression(operand);
  }
  const auto first = static_cast<uint32_t>(program_.shapes.size());
  const auto count = static_cast<uint32_t>(operands.size());
  for (uint32_t i = 0; i < count; ++i) {
    program_.shapes.push_back({text(names[i]), i});
  }
  std::sort(program_.shapes.begin() + first, program_.shapes.end(),
            [](const ShapeField& a, const ShapeField& b) { return name_before(a.name, b.name); });
  emit(OpCode::kRecord, first, count);
  pop(count);
  push();
}

void Compiler::path(ExprId id) {
  const auto names = body_.names(id);
  expression(body_.operand(id, 0));
  const auto first = static_cast<uint32_t>(program_.names.size());
  for (const std::string& name : names) {
    program_.names.push_back(text(name));
  }
  emit(OpCode::kHas, first, static_cast<uint32_t>(names.size()));
}

void Compiler::compute(ExprId id) {
  if (constants_[id].has_value()) {
    emit(OpCode::kConstant, add(program_.constants, *constants_[id]));
    push();
    return;
  }
  const ExprKind kind = body_.kind(id);
  if (const auto code = binary_operation(kind)) {
    return chain(id, *code);
  }
  switch (kind) {
    case ExprKind::kVariable:
      emit(OpCode::kVariable, static_cast<uint32_t>(body_.variable(id)));
      push();
      break;
    case ExprKind::kNot:
      expression(body_.operand(id, 0));
      emit(OpCode::kNot);
      break;
    case ExprKind::kNegate:
      expression(body_.operand(id, 0));
      emit(OpCode::kNegate);
      break;
    case ExprKind::kAnd:
      logical(id, OpCode::kJumpIfFalse);
      break;
    case ExprKind::kOr:
      logical(id, OpCode::kJumpIfTrue);
      break;
    case ExprKind::kIf:
      conditional(id);
      break;
    case ExprKind::kIs:
      expression(body_.operand(id, 0));
      emit(OpCode::kIs, type(body_.text(id)));
      break;
    case ExprKind::kIsIn: {
      expression(body_.operand(id, 0));
      const uint32_t jump = emit(OpCode::kJumpUnless, type(body_.text(id)));
      expression(body_.operand(id, 1));
      emit(OpCode::kIn);
      pop(1);
      program_.ops[jump].b = here();
      break;
    }
    case ExprKind::kHas:
      path(id);
      break;
    case ExprKind::kGet:
      expression(body_.operand(id, 0));
      emit(OpCode::kGet, add(program_.names, text(body_.text(id))));
      break;
    case ExprKind::kLike:
      expression(body_.operand(id, 0));
      emit(OpCode::kLike,
           add(program_.patterns, LikePattern::compile(body_.pattern(id), program_.arena)));
      break;
    case ExprKind::kIsEmpty:
      expression(body_.operand(id, 0));
      emit(OpCode::kIsEmpty);
      break;
    case ExprKind::kRecord:
      record(id);
      break;
    case ExprKind::kSet:
    case ExprKind::kCall: {
      const auto operands = body_.operands(id);
      const auto count = static_cast<uint32_t>(operands.size());
      for (const ExprId operand : operands) {
        expression(operand);
      }
      if (kind == ExprKind::kSet) {
        emit(OpCode::kSet, count);
      } else {
        emit(OpCode::kCall, count, static_cast<uint32_t>(body_.function(id)));
      }
      pop(count);
      push();
      break;
    }
    // Constants, and what binary_operation() knows.
    case ExprKind::kBool:
    case ExprKind::kLong:
    case ExprKind::kString:
    case ExprKind::kEntity:
    case ExprKind::kAdd:
    case ExprKind::kSub:
    case ExprKind::kMul:
    case ExprKind::kEq:
    case ExprKind::kNotEq:
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEq:
    case ExprKind::kIn:
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
      SALLY_CHECK(false);
  }
}

Result<> room_in(const Program& program) {
  if (program.ops.size() > kMaxOps) {
    return Error(ErrorKind::kTooLarge, "the policies are too large to compile");
  }
  return ok();
}

}  // namespace

std::optional<OpCode> binary_operation(ExprKind kind) {
  struct Row {
    ExprKind kind;
    OpCode code;
  };
  static constexpr Row kRows[] = {{ExprKind::kAdd, OpCode::kAdd},
                                  {ExprKind::kSub, OpCode::kSub},
                                  {ExprKind::kMul, OpCode::kMul},
                                  {ExprKind::kEq, OpCode::kEq},
                                  {ExprKind::kNotEq, OpCode::kNotEq},
                                  {ExprKind::kLess, OpCode::kLess},
                                  {ExprKind::kLessEq, OpCode::kLessEq},
                                  {ExprKind::kGreater, OpCode::kGreater},
                                  {ExprKind::kGreaterEq, OpCode::kGreaterEq},
                                  {ExprKind::kIn, OpCode::kIn},
                                  {ExprKind::kContains, OpCode::kContains},
                                  {ExprKind::kContainsAll, OpCode::kContainsAll},
                                  {ExprKind::kContainsAny, OpCode::kContainsAny},
                                  {ExprKind::kHasTag, OpCode::kHasTag},
                                  {ExprKind::kGetTag, OpCode::kGetTag}};
  for (const Row& row : kRows) {
    if (row.kind == kind) {
      return row.code;
    }
  }
  return std::nullopt;
}

Result<uint32_t> compile_expression(const Body& body, ExprId expr, Program& program) {
  TRY_OK(room_in(program));
  const auto begin = static_cast<uint32_t>(program.ops.size());
  Compiler compiler(body, program);
  compiler.expression(expr);
  compiler.emit(OpCode::kEnd);
  return begin;
}

Result<uint32_t> compile_conditions(const Body& body, std::span<const Condition> conditions,
                                    Program& program) {
  TRY_OK(room_in(program));
  const auto begin = static_cast<uint32_t>(program.ops.size());
  Compiler compiler(body, program);
  for (const Condition& condition : conditions) {
    compiler.expression(condition.expr);
    compiler.emit(OpCode::kRequire, condition.kind == Condition::Kind::kWhen ? 1 : 0);
    compiler.pop(1);
  }
  compiler.emit(OpCode::kEnd);
  return begin;
}

Result<WatchedProgram> compile_watched(const Body& body, std::span<const Condition> conditions,
                                       const std::map<ExprId, bool>& assumed) {
  WatchedProgram out;
  const Watch watch{out.origins, assumed};
  Compiler compiler(body, out.program, &watch);
  for (const Condition& condition : conditions) {
    TRY_OK(room_in(out.program));
    out.begins.push_back(static_cast<uint32_t>(out.program.ops.size()));
    compiler.expression(condition.expr);
    compiler.emit(OpCode::kEnd);
    compiler.pop(1);
  }
  return out;
}

}  // namespace sally::cedar
