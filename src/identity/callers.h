// Callers: who is calling, from everything a caller may present. The gate's Identifier.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/principal.h"
#include "identity/identifier.h"

namespace sally::identity {

class Callers final : public Identifier {
 public:
  explicit Callers(std::shared_ptr<const ApiKeyIdentifier> keys) : keys_(std::move(keys)) {}

  [[nodiscard]] std::optional<Identified> identify(const Credentials& credentials,
                                                   WallTime now) const override;
  void ask(const Credentials& credentials, WallTime now, std::function<void()> done) const override;
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const override;

 private:
  const std::shared_ptr<const ApiKeyIdentifier> keys_;
};

}  // namespace sally::identity
