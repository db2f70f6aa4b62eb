#include "gateway/upstreams.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sally::gateway {
namespace {

std::shared_ptr<const Upstream> an_upstream(std::string id, uint32_t places = 10) {
  auto settings = std::make_shared<UpstreamSettings>();
  settings->id = UpstreamId(std::move(id));
  settings->max_outstanding = places;
  settings->circuit = {.failures = 3, .open = Millis{1'000}};
  return std::make_shared<const Upstream>(std::move(settings), std::make_shared<UpstreamHealth>());
}

Target target(std::shared_ptr<const Upstream> upstream, uint32_t weight = 1,
              uint32_t priority = 0) {
  return {std::move(upstream), "m", weight, priority};
}

constexpr MonoTime kNow{std::chrono::seconds(100)};

TEST(Choose, TakesTheFewestOutstandingPerWeight) {
  const std::vector<Target> targets = {target(an_upstream("a"), 1), target(an_upstream("b"), 3)};
  std::vector<Lease> leases;
  std::vector<int> counts(2);
  for (int i = 0; i < 8; ++i) {
    const size_t index = choose(targets, 0, kNow, 0);
    ++counts[index];
    leases.push_back(Lease::take(targets[index].upstream, kNow));
  }
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 6);
}

TEST(Choose, UsesALaterPriorityOnlyWhenTheFirstIsDown) {
  const std::vector<Target> targets = {target(an_upstream("backup"), 1, 1),
                                       target(an_upstream("first"), 1, 0)};
  EXPECT_EQ(choose(targets, 0, kNow, 0), 1U);
  const HealthCheck check{.path = "/", .down_after = 1};
  EXPECT_TRUE(targets[1].upstream->health->checked(false, check));
  EXPECT_EQ(choose(targets, 0, kNow, 0), 0U);
}

TEST(Choose, RotatesAmongEquals) {
  const std::vector<Target> targets = {target(an_upstream("a")), target(an_upstream("b")),
                                       target(an_upstream("c"))};
  for (uint32_t turn = 0; turn < 6; ++turn) {
    EXPECT_EQ(choose(targets, 0, kNow, turn), turn % 3);
  }
}

TEST(Choose, SharesTurnsAmongIdleTargetsByWeight) {
  const std::vector<Target> targets = {target(an_upstream("a"), 3), target(an_upstream("b"), 1)};
  std::vector<int> counts(2);
  for (uint32_t turn = 0; turn < 400; ++turn) {
    ++counts[choose(targets, 0, kNow, turn)];
  }
  EXPECT_EQ(counts[0], 300);
  EXPECT_EQ(counts[1], 100);
}

TEST(Choose, LeavesOutWhatWasTried) {
  const std::vector<Target> targets = {target(an_upstream("a")), target(an_upstream("b"))};
  EXPECT_EQ(choose(targets, 0b01, kNow, 0), 1U);
  EXPECT_EQ(choose(targets, 0b11, kNow, 0), targets.size());
}

TEST(Lease, GivesNoMorePlacesThanThereAre) {
  const auto upstream = an_upstream("a", 2);
  Lease first = Lease::take(upstream, kNow);
  const Lease second = Lease::take(upstream, kNow);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(Lease::take(upstream, kNow));
  first = Lease();
  EXPECT_TRUE(Lease::take(upstream, kNow));
}

TEST(Circuit, OpensAfterConsecutiveFailuresAndLetsOneTry) {
  const auto upstream = an_upstream("a");
  for (int i = 0; i < 2; ++i) {
    Lease lease = Lease::take(upstream, kNow);
    EXPECT_FALSE(lease.failed(kNow));
  }
  {
    Lease lease = Lease::take(upstream, kNow);
    EXPECT_TRUE(lease.failed(kNow)) << "the third opens it";
  }
  EXPECT_FALSE(Lease::take(upstream, kNow));
  const MonoTime later = kNow + std::chrono::seconds(2);
  Lease probe = Lease::take(upstream, later);
  EXPECT_TRUE(probe);
  EXPECT_FALSE(Lease::take(upstream, later)) << "one at a time";
  EXPECT_TRUE(probe.succeeded());
  probe = Lease();
  EXPECT_TRUE(Lease::take(upstream, later));
}

TEST(Circuit, StaysOpenWhenTheProbeFails) {
  const auto upstream = an_upstream("a");
  for (int i = 0; i < 3; ++i) {
    Lease::take(upstream, kNow).failed(kNow);
  }
  const MonoTime later = kNow + std::chrono::seconds(2);
  {
    Lease::take(upstream, later).failed(later);
  }
  EXPECT_FALSE(Lease::take(upstream, later));
}

TEST(Circuit, ForgetsFailuresAfterOneSuccess) {
  const auto upstream = an_upstream("a");
  for (int i = 0; i < 10; ++i) {
    Lease lease = Lease::take(upstream, kNow);
    ASSERT_TRUE(lease);
    if (i % 3 == 2) {
      lease.succeeded();
    } else {
      EXPECT_FALSE(lease.failed(kNow));
    }
  }
}

TEST(Health, ChangesOnlyAfterEnoughChecksInARow) {
  UpstreamHealth health;
  const HealthCheck check{.path = "/", .down_after = 3, .up_after = 2};
  EXPECT_FALSE(health.checked(false, check));
  EXPECT_FALSE(health.checked(false, check));
  EXPECT_FALSE(health.checked(true, check)) << "breaks the row";
  EXPECT_FALSE(health.checked(false, check));
  EXPECT_FALSE(health.checked(false, check));
  EXPECT_TRUE(health.checked(false, check));
  EXPECT_FALSE(health.up());
  EXPECT_FALSE(health.checked(true, check));
  EXPECT_TRUE(health.checked(true, check));
  EXPECT_TRUE(health.up());
}

}  // namespace
}  // namespace sally::gateway
