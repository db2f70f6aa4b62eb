// Metrics: the process's numbers as two forms of text and bytes.
#pragma once

#include <string>

#include "base/clock.h"
#include "core/metric.h"

namespace sally::telemetry {

// The text format of Prometheus, version 0.0.4.
std::string render_prometheus(const MetricFamilies& families);

// Elements of an OTLP export request; `items` is how many data points they hold. Counters and
// histograms are cumulative since `began`. A name becomes OpenTelemetry's: the unit and `_total`
// leave it, so that a collector which writes Prometheus' names again writes the ones above.
struct EncodedMetrics {
  std::string elements;
  uint32_t items = 0;
};
EncodedMetrics encode_metrics(const MetricFamilies& families, WallTime began, WallTime now);

}  // namespace sally::telemetry
