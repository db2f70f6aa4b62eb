// Active health checks: asks each upstream's health path at its interval and keeps UpstreamHealth
// up to date. Runs on one loop of the process.
#pragma once

#include <memory>

#include "gateway/snapshot.h"
#include "net/loop.h"
#include "net/pool.h"

namespace sally::gateway {

class HealthChecker {
 public:
  // Both outlive the checker and belong to one loop.
  HealthChecker(net::Loop& loop, net::ClientPool& pool) : loop_(loop), pool_(pool) {}
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;
  // Ends the checks of the snapshot before.
  ~HealthChecker() { stop(); }

  // Checks the upstreams of `snapshot` from now on, and no others. On the loop.
  void put_in_force(const SnapshotPtr& snapshot);
  void stop();

 private:
  // Shared with the running checks, which end when `stopped`.
  struct Round {
    bool stopped = false;
  };
  static Task<Result<>> watch(net::Loop& loop, net::ClientPool& pool,
                              std::shared_ptr<const Upstream> upstream,
                              std::shared_ptr<Round> round);
  net::Loop& loop_;
  net::ClientPool& pool_;
  std::shared_ptr<Round> round_;
};

}  // namespace sally::gateway
