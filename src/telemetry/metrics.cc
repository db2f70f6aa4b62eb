#include "telemetry/metrics.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>

#include "telemetry/attributes.h"
#include "telemetry/otlp_fields.h"
#include "telemetry/proto.h"

namespace sally::telemetry {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::array<std::string_view, 3> kKinds = {"counter", "gauge", "histogram"};

// --- Prometheus ---------------------------------------------------------------------------------

void append_escaped(std::string& out, std::string_view label) {
  for (const char c : label) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') {
        out += '\\';
      }
      out += c;
    }
  }
}

// `route="a",model="b"`
std::string labels_of(const MetricPoint& point) {
  std::string out;
  for (const auto& [name, value] : point.labels) {
    out += out.empty() ? "" : ",";
    out += name;
    out += "=\"";
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

void render_histogram(Out out, const MetricFamily& family, const MetricPoint& point) {
  const std::string labels = labels_of(point);
  const std::string_view comma = labels.empty() ? "" : ",";
  uint64_t running = 0;
  for (size_t i = 0; i < point.buckets.size(); ++i) {
    running += point.buckets[i];
    const std::string bound =
        i < family.bounds.size() ? fmt::format("{}", family.bounds[i]) : "+Inf";
    fmt::format_to(out, "{}_bucket{{{}{}le=\"{}\"}} {}\n", family.name, labels, comma, bound,
                   running);
  }
  const std::string braced = labels.empty() ? "" : "{" + labels + "}";
  fmt::format_to(out, "{0}_sum{1} {2}\n{0}_count{1} {3}\n", family.name, braced, point.value,
                 running);
}

// --- OTLP ---------------------------------------------------------------------------------------

struct OtelName {
  std::string name;
  std::string_view unit;
};

OtelName otel_name(const MetricFamily& family) {
  std::string_view name = family.name;
  const auto strip = [&name](std::string_view end) {
    const bool there = name.ends_with(end);
    name.remove_suffix(there ? end.size() : 0);
    return there;
  };
  if (family.kind == MetricKind::kCounter) {
    strip("_total");
  }
  const std::string_view unit = strip("_seconds") ? "s" : strip("_bytes") ? "By" : "1";
  constexpr std::string_view kOwn = "sallyport_";
  if (name.starts_with(kOwn)) {
    return {"sallyport." + std::string(name.substr(kOwn.size())), unit};
  }
  return {std::string(name), unit};
}

uint64_t nanos(WallTime time) {
  return static_cast<uint64_t>(Nanos(time.time_since_epoch()).count());
}

class MetricWriter {
 public:
  MetricWriter(std::string& out, WallTime began, WallTime now)
      : out_(out), began_(nanos(began)), now_(nanos(now)) {}

  void family(const MetricFamily& family) {
    const OtelName named = otel_name(family);
    out_.message(otlp::export_request::kElements, [&] {
      out_.bytes(otlp::metric::kName, named.name);
      out_.bytes(otlp::metric::kDescription, family.help);
      out_.bytes(otlp::metric::kUnit, named.unit);
      switch (family.kind) {
        case MetricKind::kCounter:
          out_.message(otlp::metric::kSum, [&] {
            for (const MetricPoint& point : family.points) {
              number(point, true);
            }
            out_.varint(otlp::metric::kTemporality, otlp::metric::kCumulative);
            out_.varint(otlp::metric::kMonotonic, 1);
          });
          break;
        case MetricKind::kGauge:
          out_.message(otlp::metric::kGauge, [&] {
            for (const MetricPoint& point : family.points) {
              number(point, false);
            }
          });
          break;
        case MetricKind::kHistogram:
          out_.message(otlp::metric::kHistogram, [&] {
            for (const MetricPoint& point : family.points) {
              histogram(family, point);
            }
            out_.varint(otlp::metric::kTemporality, otlp::metric::kCumulative);
          });
          break;
      }
    });
  }

 private:
  void attributes(uint32_t field, const MetricPoint& point) {
    AttributeWriter out(out_, field);
    for (const auto& [name, value] : point.labels) {
      out.text(name, value);
    }
  }

  void number(const MetricPoint& point, bool cumulative) {
    namespace f = otlp::number_point;
    out_.message(otlp::metric::kDataPoints, [&] {
      if (cumulative) {
        out_.fixed64(f::kStart, began_);
      }
      out_.fixed64(f::kTime, now_);
      if (cumulative) {
        out_.fixed64(f::kInt, static_cast<uint64_t>(std::llround(point.value)));
      } else {
        out_.real(f::kDouble, point.value);
      }
      attributes(f::kAttributes, point);
    });
  }

  void histogram(const MetricFamily& family, const MetricPoint& point) {
    namespace f = otlp::histogram_point;
    out_.message(otlp::metric::kDataPoints, [&] {
      uint64_t count = 0;
      for (const uint64_t bucket : point.buckets) {
        count += bucket;
      }
      out_.fixed64(f::kStart, began_);
      out_.fixed64(f::kTime, now_);
      out_.fixed64(f::kCount, count);
      out_.real(f::kSum, point.value);
      out_.message(f::kBuckets, [&] {
        for (const uint64_t bucket : point.buckets) {
          out_.raw_fixed64(bucket);
        }
      });
      out_.message(f::kBounds, [&] {
        for (const double bound : family.bounds) {
          out_.raw_fixed64(std::bit_cast<uint64_t>(bound));
        }
      });
      attributes(f::kAttributes, point);
    });
  }

  ProtoWriter out_;
  const uint64_t began_;
  const uint64_t now_;
};

}  // namespace

std::string render_prometheus(const MetricFamilies& families) {
  std::string text;
  const Out out(text);
  for (const MetricFamily& family : families) {
    fmt::format_to(out, "# HELP {0} {1}\n# TYPE {0} {2}\n", family.name, family.help,
                   kKinds[static_cast<size_t>(family.kind)]);
    for (const MetricPoint& point : family.points) {
      if (family.kind == MetricKind::kHistogram) {
        render_histogram(out, family, point);
      } else if (point.labels.empty()) {
        fmt::format_to(out, "{} {}\n", family.name, point.value);
      } else {
        fmt::format_to(out, "{}{{{}}} {}\n", family.name, labels_of(point), point.value);
      }
    }
  }
  return text;
}

EncodedMetrics encode_metrics(const MetricFamilies& families, WallTime began, WallTime now) {
  EncodedMetrics out;
  MetricWriter writer(out.elements, began, now);
  for (const MetricFamily& family : families) {
    if (!family.points.empty()) {
      writer.family(family);
      out.items += static_cast<uint32_t>(family.points.size());
    }
  }
  return out;
}

}  // namespace sally::telemetry
