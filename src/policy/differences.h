// Differences: calls that one policy set allows and another denies, by whom and by which policies.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/event.h"

namespace sally::policy {

struct Differences {
  static constexpr size_t kMostKept = 1'000;

  // What decided a call differently, and for whom.
  struct Group {
    bool now_allowed = false;    // by the other set
    std::string principal;       // the key's id; `anonymous`
    std::string principal_name;  // may be empty
    // The policies that determined either decision: ids; none: no permit applied.
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
  // One of both decisions.
  struct Side {
    bool allowed = false;
    std::vector<std::string> determining;
  };

  uint64_t compared = 0;
  uint64_t newly_allowed = 0;
  uint64_t newly_denied = 0;
  // Calls of which several things were decided at once (a listing, a batch): not compared.
  uint64_t passed_over = 0;
  // Compared though the record does not hold all that policies saw.
  uint64_t inexact = 0;
  std::map<Group, Members> groups;
  size_t kept = 0;  // calls in all groups

  void add(const AccessEvent& event, Side before, Side after);
};

}  // namespace sally::policy
