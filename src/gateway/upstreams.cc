#include "gateway/upstreams.h"

#include <optional>
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
  const auto candidate = [&](size_t index) {
    return (index >= 64 || ((tried >> index) & 1) == 0) && usable(*targets[index].upstream, now);
  };
  const auto rank = [](const Target& target) {
    return std::pair(target.priority,
                     static_cast<double>(target.upstream->health->outstanding()) / target.weight);
  };
  // The best rank, the weight of all that share it, and the first of them.
  std::optional<std::pair<uint32_t, double>> best;
  uint64_t weight = 0;
  size_t chosen = targets.size();
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!candidate(i)) {
      continue;
    }
    const auto here = rank(targets[i]);
    if (!best || here < *best) {
      best = here;
      weight = 0;
      chosen = i;
    }
    if (here == *best) {
      weight += targets[i].weight;
    }
  }
  if (!best) {
    return targets.size();
  }
  uint64_t left = turn % weight;
  for (size_t i = 0; i < targets.size(); ++i) {
    // Other loops change the counts meanwhile: whoever still qualifies may be taken, and the first
    // of the best where nobody does any more.
    if (!candidate(i) || rank(targets[i]) > *best) {
      continue;
    }
    chosen = i;
    if (left < targets[i].weight) {
      break;
    }
    left -= targets[i].weight;
  }
  return chosen;
}

}  // namespace sally::gateway
