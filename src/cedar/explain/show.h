// How texts and values look in an explanation: one line, of bounded length, fit for a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cedar/eval/cell.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// As Cedar text, `…` where it was cut. The work is bounded by `limit`, not by the value.
[[nodiscard]] std::string show(const Cell& cell, size_t limit);
[[nodiscard]] std::string show(const EntityUid& uid, size_t limit);

// `principal is User in Team::"research"`; the constraint has no slot.
[[nodiscard]] std::string show(Variable variable, const ScopeConstraint& constraint, size_t limit);
[[nodiscard]] std::string show(const ActionConstraint& constraint, size_t limit);

// The texts of the expressions of one policy. The policy outlives it.
class ExprTexts {
 public:
  ExprTexts(const Policy& policy, size_t limit);

  // As it was written where that is one line, else laid out on one.
  [[nodiscard]] std::string operator()(ExprId id) const;
  // Not cut, laid out; nothing where that is longer than the limit.
  [[nodiscard]] std::optional<std::string> whole(ExprId id) const;
  // Whether a variable stands in it: what has none is the same for every request.
  [[nodiscard]] bool varies(ExprId id) const { return facts_[id].varies; }

 private:
  struct Facts {
    uint32_t weight = 1;  // of the tree, as far as it is of interest
    bool varies = false;
  };
  const Policy& policy_;
  const size_t limit_;
  std::string_view source_;  // Cedar text that spans count in; empty: none
  std::vector<Facts> facts_;
};

}  // namespace sally::cedar
