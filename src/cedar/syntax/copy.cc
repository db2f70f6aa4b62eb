#include "cedar/syntax/copy.h"

#include <vector>

namespace sally::cedar {

std::optional<ExprId> copy_node(const Body& from, ExprId id, Body& to,
                                std::span<const ExprId> operands) {
  const Span span = from.span(id);
  const ExprKind kind = from.kind(id);
  switch (kind) {
    case ExprKind::kBool:
      return to.add_bool(span, from.boolean(id));
    case ExprKind::kLong:
      return to.add_long(span, from.number(id));
    case ExprKind::kString:
      return to.add_string(span, from.text(id));
    case ExprKind::kEntity:
      return to.add_entity(span, from.entity(id));
    case ExprKind::kVariable:
      return to.add_variable(span, from.variable(id));
    case ExprKind::kLike:
      return to.add_like(span, operands.front(), from.pattern(id));
    case ExprKind::kCall:
      return to.add_call(from.function(id), span, operands);
    case ExprKind::kIs:
    case ExprKind::kIsIn:
    case ExprKind::kHas:
    case ExprKind::kGet:
    case ExprKind::kRecord:
      return to.add(kind, span, operands, from.names(id));
    case ExprKind::kNot:
    case ExprKind::kNegate:
    case ExprKind::kAnd:
    case ExprKind::kOr:
    case ExprKind::kAdd:
    case ExprKind::kSub:
    case ExprKind::kMul:
    case ExprKind::kIf:
    case ExprKind::kEq:
    case ExprKind::kNotEq:
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEq:
    case ExprKind::kIn:
    case ExprKind::kSet:
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
    case ExprKind::kIsEmpty:
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
      return to.add(kind, span, operands);
  }
  return std::nullopt;
}

std::optional<ExprId> copy_expression(const Body& from, ExprId id, Body& to) {
  std::vector<ExprId> operands;
  for (const ExprId operand : from.operands(id)) {
    const auto copied = copy_expression(from, operand, to);
    if (!copied) {
      return std::nullopt;
    }
    operands.push_back(*copied);
  }
  return copy_node(from, id, to, operands);
}

}  // namespace sally::cedar
