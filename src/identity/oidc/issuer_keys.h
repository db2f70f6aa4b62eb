// IssuerKeys: the public keys of one issuer, kept fresh.
//
//   fetched       `refresh` old: fetched again in the background; a failure leaves them in force
//   `stale` old   they do not count any more, and nobody is identified by them
//   unknown kid   fetched again at once, but at most once in kPause, however many ask; a key id
//   that
//                 was not there is remembered, and asks no more for kForget
//   one flight    whoever asks while a fetch is under way waits for that one
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "core/fetcher.h"
#include "crypto/hash.h"
#include "identity/oidc/issuer.h"

namespace sally::identity {

// A key set and its number: another number, another set.
struct NumberedKeys {
  JwkSet keys;
  uint64_t number;
};
using NumberedKeysPtr = std::shared_ptr<const NumberedKeys>;

// Safe from every thread. Held by shared_ptr: a fetch under way keeps it.
class IssuerKeys : public std::enable_shared_from_this<IssuerKeys> {
 public:
  static constexpr std::chrono::seconds kPause{10};
  static constexpr std::chrono::seconds kForget{300};
  static constexpr size_t kMostUnknown = 1'000;
  static constexpr size_t kMostWaiting = 10'000;

  // The others outlive it.
  static std::shared_ptr<IssuerKeys> create(const IssuerSettings& settings, Fetcher& fetcher,
                                            Logger& log);

  // The keys in force; null where there are none, or they are too old.
  [[nodiscard]] NumberedKeysPtr current(WallTime now) const;
  // Whether a token that was verified with the keys of this number may still count.
  [[nodiscard]] bool still(uint64_t number, WallTime now) const {
    return number == number_.load(std::memory_order_acquire) &&
           now < good_until_.load(std::memory_order_acquire);
  }

  // Whether it makes sense to ask the issuer, where there are no keys (`key_id` empty) or not this
  // one: neither was it asked just now, nor is the key id known to be unknown.
  [[nodiscard]] bool may_ask(const std::optional<std::string>& key_id, WallTime now) const;
  // Asks, or joins those who wait. Calls `done` once it is over, however it ended.
  void ask(const std::optional<std::string>& key_id, WallTime now, std::function<void()> done);
  // Fetches the keys again where they are `refresh` old. For a housekeeper.
  void keep_fresh(WallTime now);

  struct Status {
    WallTime fetched{};    // zero: never
    uint64_t fetches = 0;  // that brought keys
    uint64_t failures = 0;
    std::string last_failure;  // empty: the last one brought keys
    size_t usable = 0;         // keys in force
  };
  [[nodiscard]] Status status() const;

  // Whether keys of these settings are kept the same way: a reload then goes on with them.
  [[nodiscard]] bool serves(const IssuerSettings& settings) const;

 private:
  IssuerKeys(const IssuerSettings& settings, Fetcher& fetcher, Logger& log);
  void begin(WallTime now);
  void take_discovery(Result<FetchAnswer> answer, WallTime asked);
  void fetch_keys(std::string url, WallTime asked);
  void take_keys(Result<FetchAnswer> answer, WallTime asked);
  struct Fetched {
    JwkSet keys;
    crypto::Sha256Digest digest;  // of their text
    std::chrono::seconds refresh;
  };
  [[nodiscard]] Result<Fetched> read_keys(Result<FetchAnswer> answer) const;
  void settle(Result<Fetched> fetched, WallTime asked);
  void take(Fetched fetched, WallTime asked);  // with mutex_ held

  const std::string name_;
  const std::string issuer_;
  const std::string url_;
  const std::chrono::seconds refresh_;
  const std::chrono::seconds stale_;
  Fetcher& fetcher_;
  Logger& log_;

  std::atomic<uint64_t> number_{0};
  std::atomic<WallTime> good_until_{WallTime{}};

  mutable std::mutex mutex_;  // guards the rest
  NumberedKeysPtr keys_;
  crypto::Sha256Digest digest_{};  // of the text of `keys_`
  bool flying_ = false;
  std::vector<std::function<void()>> waiting_;
  std::optional<std::string> wanted_;  // the key id for which the flight began
  WallTime last_asked_{};
  WallTime due_{};                                     // for a refresh
  std::unordered_map<std::string, WallTime> unknown_;  // key ids, and until when
  std::deque<std::string> unknown_order_;
  Status status_;
};

}  // namespace sally::identity
