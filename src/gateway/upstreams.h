// Upstreams: what is known of each model server, and who gets the next request.
//
// Health is shared by all loops through relaxed atomics: it advises, it does not synchronise.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/settings.h"

namespace sally::gateway {

// What the gate learned of one upstream. Outlives a reload when the upstream's id stays.
class UpstreamHealth {
 public:
  enum class Circuit : uint8_t { kClosed, kOpen, kHalfOpen };

  [[nodiscard]] uint32_t outstanding() const {
    return outstanding_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool up() const { return up_.load(std::memory_order_relaxed); }
  // Half open: the waiting time is over and one request may try.
  [[nodiscard]] Circuit circuit(MonoTime now) const;

  // The outcome of an active check. Returns whether `up()` changed.
  bool checked(bool good, const HealthCheck& check);

 private:
  friend class Lease;
  std::atomic<uint32_t> outstanding_{0};
  std::atomic<bool> up_{true};
  std::atomic<uint32_t> check_streak_{0};  // consecutive checks against the present `up_`
  std::atomic<uint32_t> failures_{0};      // consecutive failed requests
  std::atomic<int64_t> open_until_{0};     // steady clock, ns; 0: closed
  std::atomic<bool> probing_{false};       // the one request of a half-open circuit is under way
};

// One upstream in force: its settings and its health.
class Upstream {
 public:
  Upstream(std::shared_ptr<const UpstreamSettings> in_force, std::shared_ptr<UpstreamHealth> known)
      : owner_(std::move(in_force)), settings(*owner_), health(std::move(known)) {}
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;
  ~Upstream() = default;

 private:
  std::shared_ptr<const UpstreamSettings> owner_;

 public:
  const UpstreamSettings& settings;
  const std::shared_ptr<UpstreamHealth> health;
};

// The right to one request at an upstream. Counts as outstanding while it lives.
class Lease {
 public:
  // Takes a place, or is empty when the upstream is down, full or its circuit is open.
  static Lease take(std::shared_ptr<const Upstream> upstream, MonoTime now);
  Lease() = default;
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  explicit operator bool() const { return upstream_ != nullptr; }
  [[nodiscard]] const Upstream& upstream() const { return *upstream_; }
  // The upstream answered (whatever it said) or failed. The last word before the lease ends counts;
  // a lease that ends without one says nothing about the upstream. Returns whether the circuit
  // opened or closed by it.
  bool succeeded();
  bool failed(MonoTime now);

 private:
  void release();
  std::shared_ptr<const Upstream> upstream_;
  bool probe_ = false;
};

// A model's target, resolved.
struct Target {
  std::shared_ptr<const Upstream> upstream;
  std::string model;
  uint32_t weight;
  uint32_t priority;
};

// The usable target with the lowest priority number and, among these, the fewest outstanding
// requests per weight; `turn` breaks ties in rotation. Targets whose bit is set in `tried` are left
// out. Returns its index, or targets.size() when none is usable.
size_t choose(std::span<const Target> targets, uint64_t tried, MonoTime now, uint32_t turn);

}  // namespace sally::gateway
