// MetricFamily: numbers of the process as they are told: to Prometheus, over OTLP.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sally {

enum class MetricKind : uint8_t {
  kCounter,    // only grows
  kGauge,      // a value now
  kHistogram,  // counts of observations up to each bound
};

struct MetricPoint {
  std::vector<std::pair<std::string_view, std::string>> labels;
  double value = 0;               // of a counter or gauge; the sum of a histogram's observations
  std::vector<uint64_t> buckets;  // of a histogram: one for each bound, and one above the last
};

struct MetricFamily {
  // As Prometheus names them: snake_case, base units, `_total` for a counter. A literal.
  std::string_view name;
  MetricKind kind = MetricKind::kCounter;
  std::string_view help;
  std::vector<MetricPoint> points;
  std::vector<double> bounds = {};  // of a histogram: upper bounds, ascending
};

using MetricFamilies = std::vector<MetricFamily>;

}  // namespace sally
