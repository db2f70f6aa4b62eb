// Replay: recorded calls decided again, by the set in force and by a candidate.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/event.h"
#include "policy/authorizer.h"

namespace sally::policy {

class Replay {
 public:
  static constexpr size_t kMostKept = 1'000;

  // Both decide with the same `on_forbid_error`. `before` is in force.
  Replay(ActiveSetPtr before, ActiveSetPtr after, OnForbidError on_forbid_error);

  // Decides the call by both, where policies were asked about it.
  void look(const AccessEvent& event);

  // What decided a call differently, and for whom.
  struct Group {
    bool now_allowed = false;
    std::string principal;       // the key's id; `anonymous`
    std::string principal_name;  // may be empty
    // The policies that determined the decision before, and after: ids; none: no permit applied.
    std::vector<std::string> before;
    std::vector<std::string> after;
    auto operator<=>(const Group&) const = default;
  };
  struct Call {
    Ulid id;
    WallTime time;
    std::string action;
    std::string model;
    std::string tool;
  };
  struct Members {
    uint64_t count = 0;
    std::vector<Call> calls;  // the first ones: kMostKept in all groups together
  };
  struct Result {
    uint64_t compared = 0;
    uint64_t newly_allowed = 0;
    uint64_t newly_denied = 0;
    // Calls of which several things were decided at once (a listing): not compared.
    uint64_t passed_over = 0;
    // Compared though the record does not hold all that policies saw.
    uint64_t inexact = 0;
    std::map<Group, Members> differences;
  };
  [[nodiscard]] const Result& result() const { return result_; }

 private:
  CedarAuthorizer before_;
  CedarAuthorizer after_;
  std::unique_ptr<Decider> decide_before_;
  std::unique_ptr<Decider> decide_after_;
  Result result_;
  size_t kept_ = 0;
};

}  // namespace sally::policy
