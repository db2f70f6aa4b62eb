// The type checker: the type of every expression of a policy for one kind of request, and with it
// whether evaluation can go wrong. Source of the rules: "Cedar: a new language for expressive,
// fast, safe, and analyzable authorization" (OOPSLA 2024), section 4, and the Cedar reference,
// "Validation".
//
// A condition that can only be true or only be false has the type True or False; what a False one
// guards is not looked at. A capability says that an attribute or tag is known to be there: the
// true branch of `principal has age` has one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/schema/schema.h"
#include "cedar/syntax/ast.h"
#include "cedar/validate/finding.h"
#include "cedar/validate/scope.h"
#include "cedar/validate/shapes.h"
#include "cedar/validate/subtype.h"

namespace sally::cedar {

// Bounds the work of a validation, whatever policies and schema are thrown at it.
class Budget {
 public:
  explicit Budget(uint64_t steps) : left_(steps) {}
  // False where it is used up, from then on.
  bool spend(uint64_t steps) {
    left_ = steps > left_ ? 0 : left_ - steps;
    return left_ != 0;
  }
  [[nodiscard]] bool exhausted() const { return left_ == 0; }
  [[nodiscard]] uint64_t left() const { return left_; }

 private:
  uint64_t left_;
};

class TypeChecker {
 public:
  // All outlive the checker.
  TypeChecker(const Schema& schema, const Policy& policy, Mode mode, Findings& findings,
              Budget& budget);

  // The type of the policy's conditions together: kTrue, kFalse or kBool (also where they have
  // none, which is then among the findings).
  TypeKind check(const Environment& environment);

  // What the last check() inferred; null where the expression was not looked at or has no type.
  [[nodiscard]] const Type* type_of(ExprId id) const;

 private:
  using Capabilities = std::vector<Capability>;
  // No type: the finding is made, and what contains the expression says nothing more.
  struct Typed {
    std::optional<Type> type;
    Capabilities capabilities;  // what is known where it is true
  };
  class Assumed;

  Typed infer(ExprId id);
  Typed infer_new(ExprId id);
  [[nodiscard]] Typed of_entity(ExprId id) const;
  [[nodiscard]] Typed of_variable(Variable variable) const;
  Typed of_and(size_t count, const std::function<Typed(size_t)>& operand);
  Typed of_or(ExprId id);
  Typed of_if(ExprId id);
  [[nodiscard]] static Typed of_not(Typed operand);
  Typed of_arithmetic(ExprId id);
  Typed of_equality(ExprId id);
  Typed of_order(ExprId id);
  Typed of_in(ExprId left, ExprId right);
  Typed of_is(ExprId id);
  Typed of_has(ExprId id);
  [[nodiscard]] Typed of_has_one(const Type& object, uint32_t shape, std::string_view name);
  Typed of_get(ExprId id);
  Typed of_attribute(ExprId id, const Type& object, uint32_t shape, std::string_view name);
  Typed of_like(ExprId id);
  Typed of_set(ExprId id);
  Typed of_record(ExprId id);
  Typed of_contains(ExprId id);
  Typed of_is_empty(ExprId id);
  Typed of_tag(ExprId id);
  Typed of_call(ExprId id);
  void check_constructor(ExprId id);

  // The operand, which must be of a subtype of `wanted`.
  Typed expect(ExprId id, const Type& wanted);
  Typed expect_bool(ExprId id) { return expect(id, Type::boolean()); }
  // The operand, which must be an entity or a record.
  Typed expect_object(ExprId id);
  void expected(ExprId id, const Type& found, std::string_view wanted);
  // The bound; a finding and nullopt where there is none.
  std::optional<Type> join(Span span, const Type& a, const Type& b, std::string_view rule);
  // In strict mode a finding where the types have nothing in common.
  bool comparable(ExprId id, const std::optional<Type>& a, const std::optional<Type>& b,
                  std::string_view rule);
  [[nodiscard]] bool known(const Capability& capability) const;
  // The entity an expression is whatever the request: a literal, or `action`.
  [[nodiscard]] const EntityUid* fixed_entity(ExprId id) const;
  [[nodiscard]] std::optional<bool> folded(ExprId id) const;
  [[nodiscard]] std::optional<bool> fixed_equality(ExprId a, ExprId b) const;
  [[nodiscard]] std::optional<bool> fixed_membership(ExprId left, ExprId right) const;
  // As it was written, where that is short; else a stand-in.
  [[nodiscard]] std::string text_of(ExprId id) const;
  void not_found(ExprId id, const Type& object, std::string_view name);

  // For messages: with backticks.
  [[nodiscard]] static std::string quote(const Type& type);

  const Schema& schema_;
  const Policy& policy_;
  const Body& body_;
  const Mode mode_;
  Findings& findings_;
  Budget& budget_;
  Shapes shapes_;
  Environment environment_;
  std::map<Capability, uint32_t> known_;  // with how often it was assumed
  std::vector<std::optional<Type>> types_;
};

}  // namespace sally::cedar
