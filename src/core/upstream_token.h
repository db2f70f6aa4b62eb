// UpstreamTokens: with which token a caller's request goes up, where the caller's own never does.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/principal.h"

namespace sally {

// For whom a token is wanted. Views of the request.
struct TokenWanted {
  const UpstreamId& upstream;
  const Principal& principal;
  std::string_view subject_token;  // that the principal presented, and that was verified
};

// Safe from every thread; never blocks.
class UpstreamTokens {
 public:
  UpstreamTokens() = default;
  UpstreamTokens(const UpstreamTokens&) = delete;
  UpstreamTokens& operator=(const UpstreamTokens&) = delete;
  virtual ~UpstreamTokens() = default;

  using TokenPtr = std::shared_ptr<const Secret>;
  // The token; null where requests to this upstream carry none of this kind. An error where the
  // caller can have none: then the request does not go up. Nothing where a server must be asked
  // first: then `ask`.
  [[nodiscard]] virtual std::optional<Result<TokenPtr>> find(const TokenWanted& wanted,
                                                             WallTime now) const = 0;
  // Asks. Calls `done` once, on any thread, maybe before it returns; never after `stop` of whoever
  // owns the fetcher. `wanted` is not kept.
  virtual void ask(const TokenWanted& wanted, WallTime now, std::function<void()> done) const = 0;
};

}  // namespace sally
