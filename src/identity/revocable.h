// RevocableIdentifier: an identifier whose principals are refused as soon as they are revoked.
#pragma once

#include <memory>
#include <utility>

#include "core/principal.h"
#include "identity/revocations.h"

namespace sally::identity {

class RevocableIdentifier final : public Identifier {
 public:
  RevocableIdentifier(std::shared_ptr<const Identifier> callers,
                      std::shared_ptr<const Revocations> revocations)
      : callers_(std::move(callers)), revocations_(std::move(revocations)) {}

  [[nodiscard]] std::optional<Identified> identify(const Credentials& credentials,
                                                   WallTime now) const override;
  void ask(const Credentials& credentials, WallTime now, std::function<void()> done) const override;
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const override;

 private:
  const std::shared_ptr<const Identifier> callers_;
  const std::shared_ptr<const Revocations> revocations_;
};

}  // namespace sally::identity
