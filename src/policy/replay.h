// Replay: recorded calls decided again, by the set in force and by a candidate.
#pragma once

#include <memory>

#include "core/event.h"
#include "policy/authorizer.h"
#include "policy/differences.h"

namespace sally::policy {

class Replay {
 public:
  // Both decide with the same `on_forbid_error`. `before` is in force.
  Replay(ActiveSetPtr before, ActiveSetPtr after, OnForbidError on_forbid_error);

  // Decides the call by both, where policies were asked about it.
  void look(const AccessEvent& event);

  [[nodiscard]] const Differences& differences() const { return differences_; }

 private:
  CedarAuthorizer before_;
  CedarAuthorizer after_;
  std::unique_ptr<Decider> decide_before_;
  std::unique_ptr<Decider> decide_after_;
  Differences differences_;
};

}  // namespace sally::policy
