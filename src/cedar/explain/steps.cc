#include "cedar/explain/steps.h"

#include "cedar/explain/reason.h"

namespace sally::cedar {
namespace {

// Of one expression; beyond it only those that decided.
constexpr size_t kMostOperands = 8;

bool is_logical(ExprKind kind) {
  return kind == ExprKind::kAnd || kind == ExprKind::kOr || kind == ExprKind::kNot ||
         kind == ExprKind::kIf;
}

bool is_true(const Cell* value) {
  return value != nullptr && value->kind == ValueKind::kBool && value->number != 0;
}

// `context.a.b`, `principal`: its value says it all.
bool is_path(ExprKind kind) {
  return kind == ExprKind::kVariable || kind == ExprKind::kGet || kind == ExprKind::kGetTag;
}

}  // namespace

Step StepBuilder::build(ExprId root, const ClauseOutcome& outcome) {
  outcome_ = &outcome;
  return step(root, true);
}

std::optional<ExprId> StepBuilder::failed_operand(ExprId id) const {
  if (id == outcome_->failed_at) {
    return std::nullopt;
  }
  const auto operands = body_.operands(id);
  if (body_.kind(id) == ExprKind::kIf && run_.value(operands[0]) != nullptr) {
    return operands[is_true(run_.value(operands[0])) ? 1 : 2];
  }
  for (const ExprId operand : operands) {
    if (run_.value(operand) == nullptr) {
      return operand;
    }
  }
  return std::nullopt;
}

bool StepBuilder::evaluated(ExprId id, ExprId operand) const {
  return run_.value(operand) != nullptr ||
         (run_.value(id) == nullptr && failed_operand(id) == operand);
}

bool StepBuilder::decides(ExprId id, ExprId operand) const {
  const ExprKind kind = body_.kind(id);
  const Cell* value = run_.value(id);
  if (value == nullptr) {
    const auto failed = failed_operand(id);
    return failed.has_value() ? *failed == operand : true;
  }
  // What ends the chain has its value; where nothing does, all of them have.
  if (kind == ExprKind::kAnd || kind == ExprKind::kOr) {
    return is_true(run_.value(operand)) == is_true(value);
  }
  return true;
}

void StepBuilder::add_operands(ExprId id, Step& out) {
  const auto operands = body_.operands(id);
  for (const ExprId operand : operands) {
    if (!evaluated(id, operand) || (!texts_.varies(operand) && run_.value(operand) != nullptr)) {
      continue;
    }
    const bool decisive = decides(id, operand);
    // Half of the steps are kept for what decided.
    const bool room = decisive
                          ? steps_left_ > 0
                          : out.operands.size() < kMostOperands && steps_left_ > limits_.steps / 2;
    if (!room) {
      ++out.left_out;
      continue;
    }
    out.operands.push_back(step(operand, decisive));
  }
}

// Recursion ends at kMaxExprHeight.
Step StepBuilder::step(ExprId id, bool decisive) {
  steps_left_ -= steps_left_ > 0 ? 1 : 0;
  Step out;
  out.decisive = decisive;
  out.text = texts_(id);
  const ExprKind kind = body_.kind(id);
  const Cell* value = run_.value(id);
  if (value != nullptr) {
    out.value = show(*value, limits_.text);
    if (value->kind == ValueKind::kBool && !is_logical(kind) && kind != ExprKind::kBool) {
      out.reason = reason_of(body_, texts_, run_, id, limits_.text);
    }
  }
  // A clause that is no bool has a value and fails all the same.
  if (!outcome_->holds.has_value() && outcome_->failed_at == id) {
    out.error = outcome_->error;
  }
  if (decisive && (value == nullptr || !is_path(kind))) {
    add_operands(id, out);
  }
  return out;
}

}  // namespace sally::cedar
