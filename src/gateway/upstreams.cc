#include "gateway/upstreams.h"

#include <utility>

namespace sally::gateway {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

int64_t nanos(MonoTime time) {
  return time.time_since_epoch().count();
}

bool usable(const Upstream& upstream, MonoTime now) {
  const UpstreamHealth& health = *upstream.health;
  return health.up() && health.outstanding() < upstream.settings.max_outstanding &&
         health.circuit(now) != UpstreamHealth::Circuit::kOpen;
}

}  // namespace

UpstreamHealth::Circuit UpstreamHealth::circuit(MonoTime now) const {
  const int64_t until = open_until_.load(kRelaxed);
  if (until == 0) {
    return Circuit::kClosed;
  }
  return nanos(now) < until || probing_.load(kRelaxed) ? Circuit::kOpen : Circuit::kHalfOpen;
}

bool UpstreamHealth::checked(bool good, const HealthCheck& check) {
  if (good == up()) {
    check_streak_.store(0, kRelaxed);
    return false;
  }
  const uint32_t streak = check_streak_.fetch_add(1, kRelaxed) + 1;
  if (streak < (good ? check.up_after : check.down_after)) {
    return false;
  }
  check_streak_.store(0, kRelaxed);
  up_.store(good, kRelaxed);
  return true;
}

Lease Lease::take(std::shared_ptr<const Upstream> upstream, MonoTime now) {
  Lease lease;
  UpstreamHealth& health = *upstream->health;
  const auto circuit = health.circuit(now);
  if (!health.up() || circuit == UpstreamHealth::Circuit::kOpen) {
    return lease;
  }
  if (circuit == UpstreamHealth::Circuit::kHalfOpen) {
    if (health.probing_.exchange(true, kRelaxed)) {
      return lease;
    }
    lease.probe_ = true;
  }
  if (health.outstanding_.fetch_add(1, kRelaxed) >= upstream->settings.max_outstanding) {
    health.outstanding_.fetch_sub(1, kRelaxed);
    if (lease.probe_) {
      health.probing_.store(false, kRelaxed);
    }
    lease.probe_ = false;
    return lease;
  }
  lease.upstream_ = std::move(upstream);
  return lease;
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    upstream_ = std::move(other.upstream_);
    probe_ = std::exchange(other.probe_, false);
  }
  return *this;
}

void Lease::release() {
  if (upstream_ == nullptr) {
    return;
  }
  UpstreamHealth& health = *upstream_->health;
  health.outstanding_.fetch_sub(1, kRelaxed);
  if (probe_) {
    health.probing_.store(false, kRelaxed);
  }
  upstream_.reset();
  probe_ = false;
}

bool Lease::succeeded() {
  UpstreamHealth& health = *upstream_->health;
  if (health.failures_.load(kRelaxed) == 0) {
    return false;
  }
  health.failures_.store(0, kRelaxed);
  return health.open_until_.exchange(0, kRelaxed) != 0;
}

bool Lease::failed(MonoTime now) {
  UpstreamHealth& health = *upstream_->health;
  const Circuit& rule = upstream_->settings.circuit;
  if (health.failures_.fetch_add(1, kRelaxed) + 1 < rule.failures) {
    return false;
  }
  return health.open_until_.exchange(nanos(now + rule.open), kRelaxed) == 0;
}

size_t choose(std::span<const Target> targets, uint64_t tried, MonoTime now, uint32_t turn) {
  size_t best = targets.size();
  for (size_t step = 0; step < targets.size(); ++step) {
    const size_t index = (turn + step) % targets.size();
    const Target& target = targets[index];
    if ((index < 64 && ((tried >> index) & 1) != 0) || !usable(*target.upstream, now)) {
      continue;
    }
    if (best == targets.size()) {
      best = index;
      continue;
    }
    const Target& leader = targets[best];
    const auto load = [](const Target& t) {
      return static_cast<double>(t.upstream->health->outstanding() + 1) / t.weight;
    };
    if (target.priority < leader.priority ||
        (target.priority == leader.priority && load(target) < load(leader))) {
      best = index;
    }
  }
  return best;
}

}  // namespace sally::gateway
