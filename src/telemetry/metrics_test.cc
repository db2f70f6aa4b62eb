#include "telemetry/metrics.h"

#include <gtest/gtest.h>

#include "telemetry/test_decode.h"

namespace sally::telemetry {
namespace {

MetricFamilies families() {
  return {
      {.name = "sallyport_requests_total",
       .kind = MetricKind::kCounter,
       .help = "requests",
       .points = {{.labels = {{"route", "a\"b\\c\nd"}, {"model", ""}},
                   .value = 12345678,
                   .buckets = {}}}},
      {.name = "sallyport_connections",
       .kind = MetricKind::kGauge,
       .help = "open now",
       .points = {{.labels = {}, .value = 0.5, .buckets = {}}}},
      {.name = "sallyport_request_duration_seconds",
       .kind = MetricKind::kHistogram,
       .help = "how long",
       .points = {{.labels = {{"route", "r"}}, .value = 1.25, .buckets = {2, 0, 3}}},
       .bounds = {0.001, 1}},
  };
}

TEST(Prometheus, HasTheFormThatItsDocumentationGives) {
  EXPECT_EQ(render_prometheus(families()),
            "# HELP sallyport_requests_total requests\n"
            "# TYPE sallyport_requests_total counter\n"
            "sallyport_requests_total{route=\"a\\\"b\\\\c\\nd\",model=\"\"} 12345678\n"
            "# HELP sallyport_connections open now\n"
            "# TYPE sallyport_connections gauge\n"
            "sallyport_connections 0.5\n"
            "# HELP sallyport_request_duration_seconds how long\n"
            "# TYPE sallyport_request_duration_seconds histogram\n"
            "sallyport_request_duration_seconds_bucket{route=\"r\",le=\"0.001\"} 2\n"
            "sallyport_request_duration_seconds_bucket{route=\"r\",le=\"1\"} 2\n"
            "sallyport_request_duration_seconds_bucket{route=\"r\",le=\"+Inf\"} 5\n"
            "sallyport_request_duration_seconds_sum{route=\"r\"} 1.25\n"
            "sallyport_request_duration_seconds_count{route=\"r\"} 5\n");
}

TEST(OtlpMetrics, CarryTheSameNumbersUnderOpenTelemetrysNames) {
  const WallTime began{std::chrono::seconds(1000)};
  const WallTime now{std::chrono::seconds(2000)};
  const EncodedMetrics encoded = encode_metrics(families(), began, now);
  EXPECT_EQ(encoded.items, 3U);
  const auto list = all(encoded.elements, 2);
  ASSERT_EQ(list.size(), 3U);
  namespace m = otlp::metric;

  EXPECT_EQ(one(list[0].bytes, m::kName).bytes, "sallyport.requests");
  const auto sum = one(list[0].bytes, m::kSum).bytes;
  EXPECT_EQ(one(sum, m::kTemporality).number_value, 2U);
  EXPECT_EQ(one(sum, m::kMonotonic).number_value, 1U);
  const auto count = one(sum, m::kDataPoints).bytes;
  EXPECT_EQ(one(count, otlp::number_point::kInt).number_value, 12345678U);
  EXPECT_EQ(one(count, otlp::number_point::kStart).number_value, 1'000'000'000'000U);
  EXPECT_EQ(one(count, otlp::number_point::kTime).number_value, 2'000'000'000'000U);
  EXPECT_EQ(attribute(count, otlp::number_point::kAttributes, "route"), "a\"b\\c\nd");

  EXPECT_EQ(one(list[1].bytes, m::kName).bytes, "sallyport.connections");
  const auto gauge = one(one(list[1].bytes, m::kGauge).bytes, m::kDataPoints).bytes;
  EXPECT_EQ(std::bit_cast<double>(one(gauge, otlp::number_point::kDouble).number_value), 0.5);

  EXPECT_EQ(one(list[2].bytes, m::kName).bytes, "sallyport.request_duration");
  EXPECT_EQ(one(list[2].bytes, m::kUnit).bytes, "s");
  const auto point = one(one(list[2].bytes, m::kHistogram).bytes, m::kDataPoints).bytes;
  EXPECT_EQ(one(point, otlp::histogram_point::kCount).number_value, 5U);
  EXPECT_EQ(std::bit_cast<double>(one(point, otlp::histogram_point::kSum).number_value), 1.25);
  EXPECT_EQ(one(point, otlp::histogram_point::kBuckets).bytes.size(), 3 * 8U);
  EXPECT_EQ(one(point, otlp::histogram_point::kBounds).bytes.size(), 2 * 8U);
}

}  // namespace
}  // namespace sally::telemetry
