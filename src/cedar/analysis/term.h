// Terms: the expressions of many policies in one table, the same term wherever the same expression
// stands, so that what is assumed of one policy is known in another.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cedar/syntax/ast.h"
#include "cedar/value.h"

namespace sally::cedar {

using TermId = uint32_t;

// As ExprKind says; of constants only `constant` counts.
struct Term {
  ExprKind kind = ExprKind::kBool;
  std::vector<TermId> operands = {};
  std::vector<std::string> names = {};  // of kIs, kIsIn, kGet one; of kHas and kRecord any number
  Variable variable = Variable::kPrincipal;
  Function function = Function::kDecimal;
  Pattern pattern = {};
  std::optional<Value> constant = {};

  [[nodiscard]] bool is_constant() const { return constant.has_value(); }
};

class Terms {
 public:
  // Of every expression of the body its term. Literals are constants, and so are sets, records,
  // arithmetic and calls of constructors over constants where they cannot fail.
  std::vector<TermId> add(const Body& body);

  TermId constant(const Value& value);
  TermId variable(Variable which);
  // The term of an operator over terms; a constant where it folds to one.
  TermId make(Term term);

  [[nodiscard]] const Term& operator[](TermId id) const { return terms_[id]; }
  [[nodiscard]] size_t size() const { return terms_.size(); }

 private:
  TermId term_of(const Body& body, ExprId id, const std::vector<TermId>& before);
  [[nodiscard]] std::optional<Value> fold(const Term& term) const;

  std::deque<Term> terms_;  // references stay valid
  std::unordered_map<std::string, TermId> known_;
  std::map<Value, TermId> constants_;
};

// Whether evaluating it gives a boolean or fails, rather than a value that lies somewhere.
[[nodiscard]] bool gives_boolean(const Term& term);

template <typename T>
constexpr bool is_one_of(T value, std::initializer_list<T> list) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The number by which longs, decimals, instants and durations are ordered; nullopt of others.
[[nodiscard]] std::optional<int64_t> number_of(const Value& value);

}  // namespace sally::cedar
