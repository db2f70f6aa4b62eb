// What a test saw, as a sentence.
#pragma once

#include <string>

#include "cedar/explain/show.h"
#include "cedar/explain/watched_run.h"

namespace sally::cedar {

// Of an expression that has a bool as its value: `context.hour 22 is not below 20`.
[[nodiscard]] std::string reason_of(const Body& body, const ExprTexts& texts, const WatchedRun& run,
                                    ExprId id, size_t limit);

// `principal User::"bob" is not in Team::"research"`; empty where the constraint asks for nothing.
[[nodiscard]] std::string reason_of(Variable variable, const ScopeConstraint& constraint,
                                    const EntityUid& uid, bool holds, size_t limit);
[[nodiscard]] std::string reason_of(const ActionConstraint& constraint, const EntityUid& uid,
                                    bool holds, size_t limit);

// The comparison that is true where this one is false; empty for other kinds.
[[nodiscard]] std::string_view opposite_of(ExprKind kind);

}  // namespace sally::cedar
