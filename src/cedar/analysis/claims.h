// For tests: whether requests refute what the analysis observed.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "cedar/analysis/analysis.h"
#include "cedar/analysis/small_world.h"

namespace sally::cedar {

class Claims {
 public:
  Claims(const PolicySet& policies, const Analysis& analysis)
      : policies_(policies), analysis_(analysis) {}

  // The observation that the request refutes; null where there is none.
  [[nodiscard]] const Observation* refuted(const Request& request,
                                           const std::vector<bool>& applies) const {
    for (const Observation& one : analysis_.observations) {
      if (!holds(one, request, applies)) {
        return &one;
      }
    }
    return nullptr;
  }

 private:
  [[nodiscard]] bool holds(const Observation& one, const Request& request,
                           const std::vector<bool>& applies) const {
    const bool mine = !one.policy.empty() && applies[index_of(one.policy)];
    switch (one.kind) {
      case Observation::Kind::kNeverApplies:
        return !mine;
      case Observation::Kind::kSubsumedPermit:
      case Observation::Kind::kSubsumedForbid:
        return !mine || applies[index_of(one.other)];
      case Observation::Kind::kShadowedPermit:
        return !mine ||
               (one.other.empty() ? any(Effect::kForbid, applies) : applies[index_of(one.other)]);
      case Observation::Kind::kForbidsEverything:
        return mine;
      case Observation::Kind::kActionDenied:
        return request.action != one.action || any(Effect::kForbid, applies) ||
               !any(Effect::kPermit, applies);
    }
    return false;
  }
  [[nodiscard]] size_t index_of(const std::string& id) const {
    return static_cast<size_t>(policies_.find_policy(id) - policies_.policies().data());
  }
  [[nodiscard]] bool any(Effect effect, const std::vector<bool>& applies) const {
    for (size_t i = 0; i < applies.size(); ++i) {
      if (applies[i] && policies_.policies()[i].effect == effect) {
        return true;
      }
    }
    return false;
  }

  const PolicySet& policies_;
  const Analysis& analysis_;
};

}  // namespace sally::cedar
