// The types that terms have in one request environment, as far as the schema tells them.
#pragma once

#include <optional>
#include <vector>

#include "cedar/analysis/term.h"
#include "cedar/schema/schema.h"
#include "cedar/validate/scope.h"

namespace sally::cedar {

class TermTypes {
 public:
  // All outlive it.
  TermTypes(const Schema& schema, const Terms& terms, const Environment& environment)
      : schema_(schema), terms_(terms), environment_(environment) {}

  // The type of the values the term has wherever it has one, in requests and entities that fit the
  // schema; null where that is not known.
  [[nodiscard]] const Type* of(TermId id);
  // Of what is surely one entity type, its name; empty otherwise.
  [[nodiscard]] std::string_view entity_type_of(TermId id);
  // Whether it is a long, a decimal, an instant or a duration.
  [[nodiscard]] bool is_ordered(TermId id);

  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }

 private:
  [[nodiscard]] std::optional<Type> infer(TermId id);
  [[nodiscard]] std::optional<Type> of_variable(Variable variable) const;
  [[nodiscard]] std::optional<Type> of_elements(const std::vector<TermId>& elements);
  [[nodiscard]] std::optional<Type> of_record(const Term& term);

  struct Inferred {
    bool done = false;
    std::optional<Type> type;
  };
  const Schema& schema_;
  const Terms& terms_;
  const Environment environment_;
  std::deque<Inferred> types_;  // by TermId; references stay valid
};

// The type of a constant; nullopt of sets and records whose parts do not agree.
[[nodiscard]] std::optional<Type> type_of_value(const Value& value);

// Whether no value is of both types.
[[nodiscard]] bool are_disjoint(const Type& a, const Type& b);

}  // namespace sally::cedar
