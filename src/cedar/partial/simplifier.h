// Simplifier: evaluates policies as far as a partial request allows.
//
// Sound: of every completion the residual gives what the policy gives, an error where that gives an
// error (which one, and the memory limit of an evaluation apart). Not complete: a residual may be
// true, or false, in every completion.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/eval/arena.h"
#include "cedar/eval/store.h"
#include "cedar/partial/operations.h"
#include "cedar/partial/partial_request.h"
#include "cedar/partial/residual.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/validate/type_checker.h"

namespace sally::cedar {

enum class PolicyState : uint8_t {
  kApplies,
  kDoesNotApply,
  kFails,
  kDepends,  // on what is not known
};

// What a policy comes to. Of kApplies and kDoesNotApply the rest says nothing else.
struct PartialOutcome {
  PolicyState state = PolicyState::kDoesNotApply;
  bool may_apply = false;
  bool may_fail = false;
  // Of kDepends: the condition under which the policy applies. None where it would pass the limits
  // of an expression, or the budget is used up; the policy itself is the condition then.
  std::optional<Residual> residual = {};
};

// One thread uses it. The schema, the store and the budget outlive it.
class Simplifier {
 public:
  // `store` fits `schema`; a step of the budget is one expression.
  Simplifier(const Schema& schema, const EntityStore& store, Budget& budget);
  Simplifier(const Simplifier&) = delete;
  Simplifier& operator=(const Simplifier&) = delete;

  // What it then evaluates for; as validate_request().
  Result<> bind(const PartialRequest& request);
  // Puts an entity in the place of one that was unknown, or was put there before. It is of the type
  // that the request named.
  void set_principal(const EntityUid& uid) { set_known(principal_, uid); }
  void set_resource(const EntityUid& uid) { set_known(resource_, uid); }

  [[nodiscard]] PartialOutcome evaluate(const ActivePolicy& policy);
  // A condition: what was left of a policy for a request that knew less.
  [[nodiscard]] PartialOutcome evaluate(const Body& body, ExprId condition);

 private:
  using Kind = ValueKind;
  enum class State : uint8_t { kValue, kError, kResidual };
  // What an expression comes to.
  struct Partial {
    State state = State::kError;
    Cell value;       // kValue
    ExprId expr = 0;  // kResidual: in the builder
    // kResidual: of a record, the members that are known; null: none.
    const Cell* members = nullptr;
    std::optional<ExprId> source = {};  // where it was read; none: in a scope
  };
  // The principal or the resource.
  struct Side {
    Variable variable;
    const EntityType* type = nullptr;
    bool is_known = false;
    Presence presence = Presence::kAny;
    EntityUid uid;    // where it is known
    EntityName name;  // of uid
  };
  using Operand = std::function<Partial(size_t)>;

  void set_side(Side& side, const PartialEntity& entity);
  void set_known(Side& side, const EntityUid& uid);
  PartialOutcome run(const Body& body, size_t count, const Operand& operand);
  PartialOutcome outcome_of(const Partial& partial);

  // simplifier.cc: what steers evaluation.
  Partial eval(ExprId id);
  Partial eval_new(ExprId id);
  Partial scope(const ScopeConstraint& constraint, Variable variable);
  Partial scope(const ActionConstraint& constraint);
  Partial variable(Variable variable);
  Partial side(const Side& side);
  Partial logical(ExprKind kind, size_t count, const Operand& operand);
  Partial conditional(ExprId id);
  Partial negation(Partial operand);
  Partial as_bool(Partial operand);
  Partial checked(Partial condition);

  // simplifier_relations.cc: equality, order, membership, types.
  Partial equality(ExprKind kind, const Partial& a, const Partial& b);
  [[nodiscard]] bool differ(const Partial& a, const Partial& b) const;
  [[nodiscard]] bool cannot_be(const Partial& residual, const EntityName& entity) const;
  Partial order(ExprKind kind, const Partial& a, const Partial& b);
  Partial in(const Partial& a, const Partial& b);
  Partial in_known(const Partial& a, const Partial& groups);
  Partial in_groups(const Partial& a, const Partial& groups);
  Partial is(const Partial& entity, std::string_view type, Span span);
  Partial is_in(ExprId id);

  // simplifier_data.cc: attributes, tags, sets, records, arithmetic, functions.
  Partial has(ExprId id);
  Partial has_declared(const Partial& object, std::span<const std::string> names, Span span);
  Partial get(ExprId id);
  Partial get_known(const Partial& object, ExprId id);
  Partial get_declared(const Partial& object, ExprId id);
  Partial arithmetic(ExprId id);
  Partial like(ExprId id);
  Partial collection(ExprId id);
  [[nodiscard]] std::optional<Type> type_of_set(std::span<const ExprId> elements) const;
  [[nodiscard]] std::optional<Type> type_of_record(std::span<const std::string> names,
                                                   std::span<const ExprId> values) const;
  Partial sets(ExprId id);
  Partial is_empty(ExprId id);
  Partial tag(ExprId id);
  Partial call(ExprId id);

  // simplifier_values.cc: values and what is known of residuals.
  static Partial of_value(const Cell& value) { return {.state = State::kValue, .value = value}; }
  static Partial of_bool(bool value) { return of_value(Cell::of_bool(value)); }
  static Partial error() { return {}; }
  static Partial of_residual(ExprId expr) { return {.state = State::kResidual, .expr = expr}; }
  Partial of_entity(const EntityUid& uid);
  Partial done(Operations::Done done, const Cell& value);
  Partial get_stuck();
  // As an expression of the builder.
  ExprId write(const Partial& partial);
  std::vector<ExprId> write(std::span<const Partial> partials);
  [[nodiscard]] bool is_constructed(std::optional<ExprId> source) const;
  [[nodiscard]] Span span_of(const Partial& partial) const;
  [[nodiscard]] static bool is_value(const Partial& p) { return p.state == State::kValue; }
  [[nodiscard]] static bool is_error(const Partial& p) { return p.state == State::kError; }
  [[nodiscard]] static bool is_residual(const Partial& p) { return p.state == State::kResidual; }
  [[nodiscard]] bool may_fail(const Partial& p) const;
  // The type of a residual's value; null: not known, or it is no residual.
  [[nodiscard]] const Type* type_of(const Partial& p) const;
  [[nodiscard]] std::optional<ValueKind> kind_of(const Partial& p) const;
  [[nodiscard]] bool could_be(const Partial& p, ValueKind kind) const;
  [[nodiscard]] bool is_surely(const Partial& p, ValueKind kind) const;
  // The declared type of a residual that is an entity of one type; null: not known.
  [[nodiscard]] const EntityType* entity_type_of(const Partial& p) const;
  // Whether the entity is there in every completion.
  [[nodiscard]] bool exists(const Partial& p) const;
  // Whether an entity that is not in the store may be the unknown one.
  [[nodiscard]] bool may_be_added(const EntityName& name) const;
  [[nodiscard]] bool everything_known() const { return principal_.is_known && resource_.is_known; }

  const Schema& schema_;
  const EntityStore& store_;
  Budget& budget_;
  Arena arena_;  // of one policy
  Operations operations_;
  ResidualBuilder out_;
  const Body* body_ = nullptr;  // what is read

  Arena request_arena_ = Arena::growing();
  Side principal_{.variable = Variable::kPrincipal};
  Side resource_{.variable = Variable::kResource};
  EntityUid action_uid_;
  EntityName action_;
  const Type* context_type_ = nullptr;
  Cell context_;
  bool context_is_value_ = false;  // all of it is known
};

}  // namespace sally::cedar
