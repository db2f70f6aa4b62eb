#include "identity/oidc/issuer_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sally::identity {
namespace {

constexpr std::chrono::seconds kShortestRefresh{60};
constexpr size_t kLongestKeyId = 256;

Result<std::string> body_of(Result<FetchAnswer> answer, std::string_view what) {
  TRY(FetchAnswer got, std::move(answer));
  if (got.status != 200) {
    return Error(ErrorKind::kUnavailable, fmt::format("{}: status {}", what, got.status));
  }
  return std::move(got.body);
}

}  // namespace

std::shared_ptr<IssuerKeys> IssuerKeys::create(const IssuerSettings& settings, Fetcher& fetcher,
                                               Logger& log) {
  return std::shared_ptr<IssuerKeys>(new IssuerKeys(settings, fetcher, log));
}

IssuerKeys::IssuerKeys(const IssuerSettings& settings, Fetcher& fetcher, Logger& log)
    : name_(settings.name),
      issuer_(settings.rules.issuer),
      url_(settings.jwks_url),
      refresh_(settings.refresh),
      stale_(settings.stale),
      fetcher_(fetcher),
      log_(log) {
  if (settings.own_keys != nullptr) {
    keys_ = std::make_shared<const NumberedKeys>(NumberedKeys{*settings.own_keys, 1});
    number_ = 1;
    good_until_ = WallTime::max();
    due_ = WallTime::max();
    status_.usable = settings.own_keys->usable();
  }
}

bool IssuerKeys::serves(const IssuerSettings& settings) const {
  return settings.own_keys == nullptr && due_ != WallTime::max() && name_ == settings.name &&
         issuer_ == settings.rules.issuer && url_ == settings.jwks_url &&
         refresh_ == settings.refresh && stale_ == settings.stale;
}

NumberedKeysPtr IssuerKeys::current(WallTime now) const {
  if (now >= good_until_.load(std::memory_order_acquire)) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  return keys_;
}

bool IssuerKeys::may_ask(const std::optional<std::string>& key_id, WallTime now) const {
  const std::lock_guard lock(mutex_);
  if (due_ == WallTime::max()) {
    return false;  // keys of the operator's own: there is nobody to ask
  }
  if (flying_) {
    return waiting_.size() < kMostWaiting;
  }
  if (now < last_asked_ + kPause && now >= last_asked_) {
    return false;
  }
  if (!key_id || key_id->size() > kLongestKeyId) {
    return !key_id;
  }
  const auto known = unknown_.find(*key_id);
  return known == unknown_.end() || known->second <= now;
}

void IssuerKeys::ask(const std::optional<std::string>& key_id, WallTime now,
                     std::function<void()> done) {
  if (!may_ask(key_id, now)) {
    done();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
    if (std::exchange(flying_, true)) {
      return;
    }
    wanted_ = key_id;
    last_asked_ = now;
  }
  begin(now);
}

void IssuerKeys::keep_fresh(WallTime now) {
  {
    const std::lock_guard lock(mutex_);
    if (flying_ || now < due_ || (now < last_asked_ + kPause && now >= last_asked_)) {
      return;
    }
    flying_ = true;
    wanted_.reset();
    last_asked_ = now;
  }
  begin(now);
}

void IssuerKeys::begin(WallTime now) {
  if (!url_.empty()) {
    fetch_keys(url_, now);
    return;
  }
  fetcher_.fetch({.url = discovery_url(issuer_), .trust = name_},
                 [self = shared_from_this(), now](Result<FetchAnswer> answer) {
                   self->take_discovery(std::move(answer), now);
                 });
}

void IssuerKeys::take_discovery(Result<FetchAnswer> answer, WallTime asked) {
  auto body = body_of(std::move(answer), "discovery");
  auto url = body ? read_discovery(*body, issuer_) : Result<std::string>(body.error());
  if (!url) {
    settle(std::move(url).error(), asked);
    return;
  }
  fetch_keys(*std::move(url), asked);
}

void IssuerKeys::fetch_keys(std::string url, WallTime asked) {
  fetcher_.fetch({.url = std::move(url), .trust = name_, .most_bytes = JwkSet::kMaxBytes},
                 [self = shared_from_this(), asked](Result<FetchAnswer> answer) {
                   self->take_keys(std::move(answer), asked);
                 });
}

void IssuerKeys::take_keys(Result<FetchAnswer> answer, WallTime asked) {
  settle(read_keys(std::move(answer)), asked);
}

Result<IssuerKeys::Fetched> IssuerKeys::read_keys(Result<FetchAnswer> answer) const {
  std::chrono::seconds refresh = refresh_;
  if (answer.ok() && answer->max_age) {
    refresh = std::clamp(*answer->max_age, std::min(kShortestRefresh, refresh_), refresh_);
  }
  TRY(const std::string body, body_of(std::move(answer), "keys"));
  TRY(JwkSet keys, JwkSet::parse(body));
  if (keys.usable() == 0) {
    return Error(ErrorKind::kInvalidInput, "the key set has no key that verifies signatures");
  }
  return Fetched{std::move(keys), crypto::sha256(as_bytes(body)), refresh};
}

// Keys count from when they were asked for.
void IssuerKeys::settle(Result<Fetched> fetched, WallTime asked) {
  std::vector<std::function<void()>> waiting;
  std::string failure;
  bool recovered = false;
  {
    const std::lock_guard lock(mutex_);
    if (fetched.ok()) {
      recovered = status_.fetches == 0 || !status_.last_failure.empty();
      take(*std::move(fetched), asked);
    } else {
      ++status_.failures;
      if (status_.last_failure != fetched.error().message()) {
        failure = status_.last_failure = fetched.error().message();
      }
    }
    flying_ = false;
    wanted_.reset();
    waiting.swap(waiting_);
  }
  if (!failure.empty()) {
    log_.write(LogEvent::kIssuerAway, {{"issuer", name_}, {"error", failure}});
  } else if (recovered) {
    log_.write(LogEvent::kIssuerBack, {{"issuer", name_}});
  }
  for (const auto& done : waiting) {
    done();
  }
}

void IssuerKeys::take(Fetched fetched, WallTime asked) {
  ++status_.fetches;
  status_.fetched = asked;
  status_.usable = fetched.keys.usable();
  status_.last_failure.clear();
  if (keys_ == nullptr || fetched.digest != digest_) {
    unknown_.clear();
    unknown_order_.clear();
    digest_ = fetched.digest;
    const uint64_t number = number_.load() + 1;
    keys_ = std::make_shared<const NumberedKeys>(NumberedKeys{std::move(fetched.keys), number});
    number_.store(number, std::memory_order_release);
  }
  good_until_.store(asked + stale_, std::memory_order_release);
  due_ = asked + fetched.refresh;
  if (wanted_ && keys_->keys.find(*wanted_) == nullptr) {
    if (unknown_.insert_or_assign(*wanted_, asked + kForget).second) {
      unknown_order_.push_back(*wanted_);
    }
    if (unknown_order_.size() > kMostUnknown) {
      unknown_.erase(unknown_order_.front());
      unknown_order_.pop_front();
    }
  }
}

IssuerKeys::Status IssuerKeys::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace sally::identity
