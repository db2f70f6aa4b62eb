#include "identity/exchange/token_exchange.h"

#include <algorithm>
#include <utility>

#include "identity/exchange/exchange_answer.h"

namespace sally::identity {
namespace {

using std::chrono::seconds;

// Two callers, or two upstreams, never share a token.
crypto::Sha256Digest key_of(const TokenWanted& wanted) {
  return crypto::sha256(crypto::sha256(as_bytes(wanted.upstream.str())),
                        crypto::sha256(as_bytes(wanted.subject_token)));
}

WallTime end_of(const ExchangedToken& token, const std::optional<WallTime>& caller_ends,
                WallTime now) {
  const seconds life =
      std::min(token.life.value_or(TokenExchange::kUnsaid), TokenExchange::kLongest);
  const WallTime ends = now + life - std::min(TokenExchange::kMargin, life / 10);
  return caller_ends ? std::min(ends, *caller_ends) : ends;
}

}  // namespace

std::shared_ptr<TokenExchange> TokenExchange::create(std::vector<ExchangeSettingsPtr> settings,
                                                     Fetcher& fetcher, const Clock& clock) {
  return std::shared_ptr<TokenExchange>(new TokenExchange(std::move(settings), fetcher, clock));
}

TokenExchange::TokenExchange(std::vector<ExchangeSettingsPtr> settings, Fetcher& fetcher,
                             const Clock& clock)
    : settings_(std::move(settings)), fetcher_(fetcher), clock_(clock) {}

const ExchangeSettings* TokenExchange::settings_of(const UpstreamId& upstream) const {
  const auto found = std::ranges::find_if(
      settings_, [&upstream](const auto& one) { return one->upstream == upstream.str(); });
  return found == settings_.end() ? nullptr : found->get();
}

std::optional<Result<UpstreamTokens::TokenPtr>> TokenExchange::find(const TokenWanted& wanted,
                                                                    WallTime now) const {
  if (settings_of(wanted.upstream) == nullptr) {
    return Result<TokenPtr>(TokenPtr());
  }
  const bool by_token = wanted.principal.kind == PrincipalKind::kUser ||
                        wanted.principal.kind == PrincipalKind::kAgent;
  if (!by_token || wanted.subject_token.empty()) {
    return Result<TokenPtr>(
        Error(ErrorKind::kUpstream, "the caller has no token to exchange for this upstream",
              "call with a token of an issuer, not with a key or a certificate alone"));
  }
  const std::lock_guard lock(mutex_);
  const auto kept = kept_.find(key_of(wanted));
  if (kept == kept_.end() || kept->second.until <= now) {
    return std::nullopt;
  }
  return kept->second.token;
}

void TokenExchange::ask(const TokenWanted& wanted, WallTime now, std::function<void()> done) const {
  const ExchangeSettings* settings = settings_of(wanted.upstream);
  const Key key = key_of(wanted);
  {
    std::unique_lock lock(mutex_);
    const auto asked = asked_.find(key);
    if (asked != asked_.end()) {
      asked->second.push_back(std::move(done));
      return;
    }
    if (settings == nullptr || asked_.size() >= kMaxAsked) {
      lock.unlock();
      done();  // `find` still has nothing, and the request is refused
      return;
    }
    make_room(now);
    asked_[key].push_back(std::move(done));
  }
  FetchRequest request{.url = settings->endpoint,
                       .trust = settings->trust,
                       .form = exchange_form(*settings, wanted.subject_token),
                       .fields = {},
                       .most_bytes = 2 * ExchangedToken::kMaxBytes};
  if (Secret authorization = exchange_authorization(*settings); !authorization.empty()) {
    request.fields.emplace_back("authorization", std::move(authorization));
  }
  fetcher_.fetch(
      std::move(request), [self = shared_from_this(), key, type = settings->requested_token_type,
                           own = std::make_shared<const Secret>(wanted.subject_token),
                           caller_ends = wanted.principal.expires](Result<FetchAnswer> answer) {
        const WallTime at = self->clock_.now();
        auto read = answer.ok() ? read_exchange_answer(*answer, type, own->reveal())
                                : Result<ExchangedToken>(answer.error().in("the token exchange"));
        if (!read.ok()) {
          self->answered(key, std::move(read).error(), at + kFailure);
          return;
        }
        const WallTime until = end_of(*read, caller_ends, at);
        self->answered(key, std::make_shared<const Secret>(std::move(read->token)), until);
      });
}

void TokenExchange::answered(const Key& key, Result<TokenPtr> token, WallTime until) const {
  std::vector<std::function<void()>> waiting;
  {
    const std::lock_guard lock(mutex_);
    kept_.insert_or_assign(key, Kept{.token = std::move(token), .until = until});
    const auto asked = asked_.find(key);
    waiting = std::move(asked->second);
    asked_.erase(asked);
  }
  for (const auto& done : waiting) {
    done();
  }
}

void TokenExchange::make_room(WallTime now) const {
  if (kept_.size() + asked_.size() < kMaxKept) {
    return;
  }
  std::erase_if(kept_, [now](const auto& one) { return one.second.until <= now; });
  // Whose token is forgotten has it exchanged once more. By the digests of tokens, which nobody
  // chooses: any one will do.
  while (kept_.size() + asked_.size() >= kMaxKept && !kept_.empty()) {
    kept_.erase(kept_.begin());
  }
}

}  // namespace sally::identity
