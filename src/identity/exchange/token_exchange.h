// TokenExchange: for every upstream that has one, the narrower token that a caller's own is
// exchanged for (RFC 8693). Tokens are kept until shortly before they end, and a question is asked
// once however many requests wait for its answer.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/fetcher.h"
#include "core/upstream_token.h"
#include "crypto/hash.h"
#include "identity/exchange/exchange_form.h"

namespace sally::identity {

class TokenExchange final : public UpstreamTokens,
                            public std::enable_shared_from_this<TokenExchange> {
 public:
  static constexpr size_t kMaxKept = 8'192;
  static constexpr size_t kMaxAsked = 256;  // questions at once
  // A token of which the server does not say how long it lives is kept this long, and no token
  // longer than kLongest.
  static constexpr std::chrono::seconds kUnsaid{60};
  static constexpr std::chrono::seconds kLongest{3'600};
  // So long before its end a token is no longer used; of a short life a tenth of it.
  static constexpr std::chrono::seconds kMargin{30};
  // How long a failure stands, so that a server that fails is not asked by every request.
  static constexpr std::chrono::seconds kFailure{2};

  // `fetcher` and `clock` outlive every fetch; the upstreams' names are unique.
  static std::shared_ptr<TokenExchange> create(std::vector<ExchangeSettingsPtr> settings,
                                               Fetcher& fetcher, const Clock& clock);

  [[nodiscard]] std::optional<Result<TokenPtr>> find(const TokenWanted& wanted,
                                                     WallTime now) const override;
  void ask(const TokenWanted& wanted, WallTime now, std::function<void()> done) const override;

 private:
  using Key = crypto::Sha256Digest;
  struct Kept {
    Result<TokenPtr> token;
    WallTime until;
  };

  TokenExchange(std::vector<ExchangeSettingsPtr> settings, Fetcher& fetcher, const Clock& clock);
  [[nodiscard]] const ExchangeSettings* settings_of(const UpstreamId& upstream) const;
  void answered(const Key& key, Result<TokenPtr> token, WallTime until) const;
  // Under the lock: makes room for one more, first where something has ended.
  void make_room(WallTime now) const;

  const std::vector<ExchangeSettingsPtr> settings_;
  Fetcher& fetcher_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::map<Key, Kept> kept_;
  mutable std::map<Key, std::vector<std::function<void()>>> asked_;
};

}  // namespace sally::identity
