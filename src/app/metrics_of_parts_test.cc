#include "app/metrics_of_parts.h"

#include <gtest/gtest.h>

namespace sally::app {
namespace {

using std::chrono::seconds;

double value(const ledger::LedgerStatus& status, std::string_view name) {
  MetricFamilies out;
  append_ledger_metrics(out, status, WallTime{seconds(100)}, WallTime{seconds(160)});
  for (const MetricFamily& family : out) {
    if (family.name == name) {
      return family.points.at(0).value;
    }
  }
  return -1;
}

TEST(LedgerMetrics, GiveTheAgeOfTheCheckpointOnlyWhileEntriesWait) {
  constexpr std::string_view kAge = "sallyport_ledger_checkpoint_age_seconds";
  EXPECT_EQ(value({.size = 5, .checkpoint_size = 5, .checkpoint_time = WallTime{seconds(1)}}, kAge),
            0);
  EXPECT_EQ(
      value({.size = 6, .checkpoint_size = 5, .checkpoint_time = WallTime{seconds(130)}}, kAge),
      30);
  EXPECT_EQ(value({.size = 6, .checkpoint_size = 5}, kAge), 60) << "none since the process began";
  EXPECT_EQ(
      value({.size = 6, .checkpoint_size = 5, .checkpoint_time = WallTime{seconds(999)}}, kAge), 0)
      << "the clock went back";
}

TEST(LedgerMetrics, SayWhetherItCanBeWritten) {
  EXPECT_EQ(value({}, "sallyport_ledger_writable"), 1);
  EXPECT_EQ(value({.failure = "no space left"}, "sallyport_ledger_writable"), 0);
}

TEST(CaptureMetrics, CountWhatWasNotKept) {
  MetricFamilies out;
  append_capture_metrics(out, 7);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].name, "sallyport_capture_dropped_total");
  EXPECT_EQ(out[0].points.at(0).value, 7);
}

}  // namespace
}  // namespace sally::app
