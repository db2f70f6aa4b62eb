// CedarAuthorizer: decides by a policy set, and tells what a candidate beside it would have said.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/decision.h"
#include "policy/active_set.h"

namespace sally::policy {

// What a `forbid` that cannot be evaluated does. Cedar skips it, as every policy that fails; what
// it would have forbidden is then allowed.
enum class OnForbidError : uint8_t { kDeny, kSkip };

class CedarAuthorizer final : public Authorizer {
 public:
  // `shadow` may be null.
  CedarAuthorizer(ActiveSetPtr enforced, ActiveSetPtr shadow, OnForbidError on_forbid_error);

  // Before any policy the key's own scope must cover the request: `key scope`. A key scoped to
  // models does nothing that names no model. A caller without a credential is refused as
  // kUnauthenticated: a key may be all that is missing; everybody else as kDenied. What cannot be
  // decided is refused.
  //
  // Where a grant of the principal breaks the glass, what the policies deny is allowed all the
  // same, unless a forbid annotated `@hard` applies, or failed where a failed forbid denies.
  [[nodiscard]] std::unique_ptr<Decider> decider() const override;
  [[nodiscard]] Result<std::vector<bool>> could(
      const AccessRequest& request, std::span<const std::string_view> names) const override;
  [[nodiscard]] bool allows_anonymous() const override { return enforced_->allows_anonymous(); }

  [[nodiscard]] const ActiveSet& enforced() const { return *enforced_; }
  [[nodiscard]] const ActiveSet* shadow() const { return shadow_.get(); }
  [[nodiscard]] OnForbidError on_forbid_error() const { return on_forbid_error_; }

  // What its deciders saw so far. From any thread.
  struct Failing {
    std::string policy;
    uint64_t times = 0;
  };
  [[nodiscard]] std::vector<Failing> failed_forbids() const;
  struct Comparison {
    uint64_t compared = 0;
    uint64_t newly_allowed = 0;
    uint64_t newly_denied = 0;
  };
  [[nodiscard]] Comparison comparison() const;
  struct BrokenGlass {
    std::string grant;
    std::string principal;
    uint64_t times = 0;
  };
  // What was allowed only so, by the grant.
  [[nodiscard]] std::vector<BrokenGlass> broken_glass() const;

 private:
  friend class CedarDecider;
  void count_failed(const PolicyVerdict& verdict) const;
  void count_compared(bool allowed, bool by_shadow) const;
  void count_broken_glass(const Principal& who) const;

  ActiveSetPtr enforced_;
  ActiveSetPtr shadow_;
  OnForbidError on_forbid_error_;
  struct Count {
    std::string policy;
    mutable std::atomic<uint64_t> times{0};
  };
  std::vector<Count> forbids_;  // in force; one for each
  mutable std::atomic<uint64_t> compared_{0};
  mutable std::atomic<uint64_t> newly_allowed_{0};
  mutable std::atomic<uint64_t> newly_denied_{0};
  mutable std::mutex broken_mutex_;
  mutable std::vector<BrokenGlass> broken_;  // of few grants
};

}  // namespace sally::policy
