// Facts: what is assumed of one request, and what follows from it. Sound and not complete: what it
// says follows does; what it calls open may be impossible all the same.
#pragma once

#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "cedar/analysis/predicate.h"
#include "cedar/analysis/term.h"
#include "cedar/analysis/term_types.h"
#include "cedar/validate/type_checker.h"

namespace sally::cedar {

// How two numbers can stand to each other: a set of these.
using OrderMask = uint8_t;
inline constexpr OrderMask kBelow = 1;
inline constexpr OrderMask kSame = 2;
inline constexpr OrderMask kAbove = 4;

// A question with the answer yes or no about terms that have values.
struct Atom {
  enum class Kind : uint8_t {
    kExists,     // the entity `a` is among the entities
    kEvaluates,  // the operator of `a` does not fail on its operands
    kEqual,      // `a` == `b`
    kOrder,      // `a` stands to `b`, of the same ordered type, in one of the ways in `order`
    kHolds,      // `predicate` holds of `a`, which is of its kind
  };
  Kind kind;
  TermId a = 0;
  TermId b = 0;
  OrderMask order = 0;
  Predicate predicate = {};
};

class Facts {
 public:
  // All outlive it. What it does is taken from `budget`.
  Facts(Terms& terms, TermTypes& types, Budget& budget)
      : terms_(terms), types_(types), budget_(budget) {}

  // What is known to be the answer.
  [[nodiscard]] std::optional<bool> known(const Atom& atom);
  // False where that contradicts what is known.
  [[nodiscard]] bool assume(const Atom& atom, bool truth);

 private:
  // What is known of the value of one term.
  struct Knowledge {
    bool started = false;
    std::optional<Value> fixed = {};
    std::vector<Value> excluded = {};
    // Of ordered terms.
    int64_t low = std::numeric_limits<int64_t>::min();
    int64_t high = std::numeric_limits<int64_t>::max();
    std::vector<std::pair<Predicate, bool>> predicates = {};
  };
  using Pair = std::pair<TermId, TermId>;  // the smaller id first

  Knowledge& about(TermId term);
  // The value where there is only one; null otherwise.
  [[nodiscard]] const Value* value_of(TermId term);
  [[nodiscard]] bool may_be(TermId term, const Value& value);
  [[nodiscard]] bool fix(TermId term, const Value& value);
  [[nodiscard]] bool settle(TermId term, const Value& value);
  [[nodiscard]] bool exclude(TermId term, const Value& value);
  [[nodiscard]] bool exclude_of_few(TermId term);
  [[nodiscard]] bool tidy(TermId term);
  [[nodiscard]] bool excludes_number(TermId term, int64_t number);

  [[nodiscard]] OrderMask possible_order(TermId a, TermId b);
  [[nodiscard]] bool assume_order(TermId a, TermId b, OrderMask order);
  [[nodiscard]] bool bound(TermId term, OrderMask order, int64_t number);
  [[nodiscard]] bool propagate(TermId term);
  [[nodiscard]] bool bound_pair(TermId a, TermId b, OrderMask order);

  [[nodiscard]] std::optional<bool> known_equal(TermId a, TermId b);
  [[nodiscard]] bool assume_equal(TermId a, TermId b, bool truth);
  [[nodiscard]] std::optional<bool> known_predicate(TermId term, const Predicate& predicate);
  [[nodiscard]] bool assume_predicate(TermId term, const Predicate& predicate, bool truth);
  // Whether the predicate of these asks for one entity and no other.
  [[nodiscard]] std::optional<bool> in_is_equal(TermId term, const Predicate& predicate);

  Terms& terms_;
  TermTypes& types_;
  Budget& budget_;
  std::map<TermId, Knowledge> knowledge_;
  std::map<Pair, OrderMask> orders_;
  std::map<Pair, bool> equalities_;
  std::map<TermId, bool> exists_;
  std::map<TermId, bool> evaluates_;
};

}  // namespace sally::cedar
