// Granted: callers with the roles that were granted to them.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/principal.h"
#include "identity/grants.h"

namespace sally::identity {

// Whoever `callers` identifies gets the roles of the grants that last, but for an anonymous caller.
// Nobody is accepted any longer who was identified with a grant that has ended since.
class Granted final : public Identifier {
 public:
  Granted(std::shared_ptr<const Identifier> callers, std::shared_ptr<const ActiveGrants> grants)
      : callers_(std::move(callers)), grants_(std::move(grants)) {}

  [[nodiscard]] std::optional<Identified> identify(const Credentials& credentials,
                                                   WallTime now) const override;
  void ask(const Credentials& credentials, WallTime now,
           std::function<void()> done) const override {
    callers_->ask(credentials, now, std::move(done));
  }
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const override {
    return callers_->still_valid(principal, now) && grants_->still_held(principal, now);
  }

 private:
  const std::shared_ptr<const Identifier> callers_;
  const std::shared_ptr<const ActiveGrants> grants_;
};

}  // namespace sally::identity
