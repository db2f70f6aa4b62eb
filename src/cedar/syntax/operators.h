// The operators that are written between or behind their operands, and how: one table for the text
// and the JSON syntax, in both directions.
#pragma once

#include <cstdint>
#include <string_view>

#include "cedar/syntax/ast.h"

namespace sally::cedar {

enum class Notation : uint8_t {
  kInfix,   // `a + b`
  kMethod,  // `a.contains(b)`, `a.isEmpty()`
};

struct OperatorRow {
  ExprKind kind;
  std::string_view text;  // in both syntaxes
  Notation notation;
  uint8_t operands;  // at least; more only for chains
};

// nullptr for kinds that are no such operators.
[[nodiscard]] const OperatorRow* find_operator(ExprKind kind);
[[nodiscard]] const OperatorRow* find_operator(std::string_view text);
[[nodiscard]] std::span<const OperatorRow> operator_table();

}  // namespace sally::cedar
