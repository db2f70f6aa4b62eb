// Predicates: what a policy can ask of one value besides order and equality, and how the answers
// hang together.
#pragma once

#include <optional>

#include "cedar/schema/schema.h"
#include "cedar/syntax/ast.h"
#include "cedar/value.h"

namespace sally::cedar {

struct Predicate {
  enum class Kind : uint8_t {
    kLike,       // `pattern`; of strings
    kIn,         // is in the entity `operand`, or is it; of entities
    kInRange,    // lies in the range `operand`; of addresses
    kIpv4,       // of addresses
    kLoopback,   // of addresses
    kMulticast,  // of addresses
    kContains,   // has the element `operand`; of sets
    kEmpty,      // of sets
  };
  Kind kind;
  Pattern pattern = {};
  std::optional<Value> operand = {};

  friend bool operator==(const Predicate&, const Predicate&) = default;
};

// Whether every value of which `a` holds is one of which `b` holds. False where that is not known.
[[nodiscard]] bool implies(const Predicate& a, const Predicate& b);
// Whether there is no value of which both hold. False where that is not known.
[[nodiscard]] bool exclude_each_other(const Predicate& a, const Predicate& b);
// Whether it holds of a value of its kind; nullopt where entities say so, or the value is of
// another kind.
[[nodiscard]] std::optional<bool> holds_of(const Predicate& predicate, const Value& value,
                                           const Schema& schema);

// Whether an entity of the one type is in one of the other, or is it, only where it is that entity;
// nullopt where it never is.
[[nodiscard]] std::optional<bool> in_means_equal(const Schema& schema, std::string_view member,
                                                 std::string_view group);

// Whether each text that matches `special` matches `general` too. `special` may be a text.
[[nodiscard]] bool pattern_covers(const Pattern& general, const Pattern& special);
// Whether their beginnings or ends differ, so that no text matches both.
[[nodiscard]] bool patterns_clash(const Pattern& a, const Pattern& b);

}  // namespace sally::cedar
