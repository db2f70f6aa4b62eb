// Run: one of the ways in which the evaluation of policies can go. It follows the evaluator step by
// step; where that would look at the request or the entities, the answer is what follows from the
// facts so far, or else the script's choice, which becomes a fact.
//
// Over all scripts the runs are all that can happen, and some that cannot.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cedar/analysis/facts.h"
#include "cedar/analysis/term.h"
#include "cedar/analysis/term_types.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

// A policy as the analysis reads it. Terms are those of one table.
struct Rule {
  std::string id;
  const Policy* policy = nullptr;
  ScopeConstraint principal;  // without slots
  ScopeConstraint resource;
  struct Clause {
    TermId term;
    bool wanted;  // false: `unless`
  };
  std::vector<Clause> clauses;
  std::vector<TermId> mentions;  // all that stands in it, sorted
};
// Of larger policies nothing is to be proved: their evaluation may run out of memory, which no run
// knows of.
inline constexpr size_t kMostExpressions = 20'000;
[[nodiscard]] Rule make_rule(const ActivePolicy& policy, Terms& terms);

// The choices of a run in their order. What is not written yet is chosen `true`, and written.
using Script = std::vector<bool>;
// The script of the next run; false where there is none.
[[nodiscard]] bool advance(Script& script);

class Run {
 public:
  enum class Truth : uint8_t { kTrue, kFalse, kFails };

  // All outlive it.
  Run(Terms& terms, TermTypes& types, Budget& budget, Script& script)
      : terms_(terms),
        types_(types),
        budget_(budget),
        script_(script),
        facts_(terms, types, budget) {}

  // Whether the policy applies: its scope holds and its conditions are what they have to be.
  // kFails: one of them cannot be evaluated.
  Truth apply(const Rule& rule);
  // Whether the run contradicts itself, or the budget is used up: then no answer means anything.
  [[nodiscard]] bool is_over() const { return over_ || budget_.exhausted(); }

 private:
  using Elements = std::function<Truth(TermId)>;

  bool ask(Atom atom);
  Truth asked(Atom atom) { return ask(std::move(atom)) ? Truth::kTrue : Truth::kFalse; }
  bool in_scope(const ScopeConstraint& constraint, Variable variable);

  // The truth of a condition; the term of a value, nullopt where that fails.
  Truth condition(TermId id);
  std::optional<TermId> value(TermId id);

  Truth relation(const Term& term, const std::vector<TermId>& operands);
  Truth order(const Term& term, TermId a, TermId b);
  Truth equal(TermId a, TermId b);
  Truth in(TermId a, TermId b);
  Truth in_one(TermId a, TermId b);
  Truth is(const Term& term, TermId entity);
  Truth has(const Term& term, TermId object);
  Truth like(const Term& term, TermId text);
  Truth contains(TermId set, TermId element);
  Truth contains_many(const Term& term, TermId set, TermId other);
  Truth is_empty(TermId set);
  Truth has_tag(TermId entity, TermId tag);
  Truth call(const Term& term, const std::vector<TermId>& arguments);
  // An operator over terms that nothing more is known of; where the operands may be of a wrong type
  // it may fail.
  Truth opaque(const Term& term, std::vector<TermId> operands, bool may_fail);
  Truth truth_of(TermId value);
  // The first that is not `rest` decides; all of them `rest`: that.
  Truth over_elements(const std::vector<TermId>& elements, Truth rest, const Elements& of);

  // Whether the attribute is there; kFails where `object` has none at all.
  Truth present(TermId object, const std::string& name);
  std::optional<TermId> get(TermId object, const std::string& name);
  std::optional<std::vector<TermId>> values(const std::vector<TermId>& operands);
  std::optional<TermId> compute(const Term& term, const std::vector<TermId>& operands);
  // The elements where the set is written out; nullopt otherwise.
  std::optional<std::vector<TermId>> elements_of(TermId set);
  [[nodiscard]] TermId get_term(TermId object, const std::string& name);
  [[nodiscard]] bool is_kind(TermId id, TypeKind kind);
  [[nodiscard]] bool is_set_of_entities(TermId id);

  Terms& terms_;
  TermTypes& types_;
  Budget& budget_;
  Script& script_;
  size_t next_choice_ = 0;
  Facts facts_;
  bool over_ = false;
};

}  // namespace sally::cedar
