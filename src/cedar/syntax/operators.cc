#include "cedar/syntax/operators.h"

#include <algorithm>
#include <array>

namespace sally::cedar {
namespace {

constexpr std::array kOperators{
    OperatorRow{ExprKind::kAnd, "&&", Notation::kInfix, 2},
    OperatorRow{ExprKind::kOr, "||", Notation::kInfix, 2},
    OperatorRow{ExprKind::kAdd, "+", Notation::kInfix, 2},
    OperatorRow{ExprKind::kSub, "-", Notation::kInfix, 2},
    OperatorRow{ExprKind::kMul, "*", Notation::kInfix, 2},
    OperatorRow{ExprKind::kEq, "==", Notation::kInfix, 2},
    OperatorRow{ExprKind::kNotEq, "!=", Notation::kInfix, 2},
    OperatorRow{ExprKind::kLess, "<", Notation::kInfix, 2},
    OperatorRow{ExprKind::kLessEq, "<=", Notation::kInfix, 2},
    OperatorRow{ExprKind::kGreater, ">", Notation::kInfix, 2},
    OperatorRow{ExprKind::kGreaterEq, ">=", Notation::kInfix, 2},
    OperatorRow{ExprKind::kIn, "in", Notation::kInfix, 2},
    OperatorRow{ExprKind::kContains, "contains", Notation::kMethod, 2},
    OperatorRow{ExprKind::kContainsAll, "containsAll", Notation::kMethod, 2},
    OperatorRow{ExprKind::kContainsAny, "containsAny", Notation::kMethod, 2},
    OperatorRow{ExprKind::kIsEmpty, "isEmpty", Notation::kMethod, 1},
    OperatorRow{ExprKind::kHasTag, "hasTag", Notation::kMethod, 2},
    OperatorRow{ExprKind::kGetTag, "getTag", Notation::kMethod, 2},
};

template <typename Key, typename Member>
const OperatorRow* find_row(Key key, Member member) {
  const auto* const row = std::ranges::find(kOperators, key, member);
  return row == kOperators.end() ? nullptr : row;
}

}  // namespace

std::span<const OperatorRow> operator_table() {
  return kOperators;
}

const OperatorRow* find_operator(ExprKind kind) {
  return find_row(kind, &OperatorRow::kind);
}

const OperatorRow* find_operator(std::string_view text) {
  return find_row(text, &OperatorRow::text);
}

}  // namespace sally::cedar
