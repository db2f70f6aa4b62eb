#include "gateway/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace sally::gateway {
namespace {

constexpr std::array<std::string_view, kTimed> kStageNames = {"identity", "body",     "inspection",
                                                              "policy",   "upstream", "record"};

using Key = std::pair<std::string, std::string>;
using Replicas = std::vector<const Slot*>;  // one for each loop

}  // namespace

std::string_view name_of(Timed stage) {
  return kStageNames[static_cast<size_t>(stage)];
}

void Histogram::observe(int64_t micros) {
  // Without a branch: durations of different stages follow one another in no order.
  const auto value = static_cast<int32_t>(std::clamp<int64_t>(micros, 0, INT32_MAX));
  int32_t below = 0;
  for (const int32_t bound : kBounds) {
    below += bound < value ? 1 : 0;
  }
  buckets_[static_cast<size_t>(below)].add();
  sum_.add(static_cast<uint64_t>(std::max<int64_t>(0, micros)));
}

Slot& MetricsShard::slot(const std::string& route, const std::string& model) {
  const std::lock_guard lock(mutex_);
  auto& slot = slots_[{route, model}];
  if (slot == nullptr) {
    slot = std::make_unique<Slot>();
  }
  return *slot;
}

Metrics::Metrics(size_t loops) {
  for (size_t i = 0; i < loops; ++i) {
    shards_.push_back(std::make_unique<MetricsShard>());
  }
}

MetricFamilies Metrics::collect(const Snapshot& snapshot, const Connections& connections,
                                MonoTime now) {
  // The slots of all loops by route and model. Slots are never removed, so the pointers hold.
  std::map<Key, Replicas> slots;
  uint64_t active = 0;
  uint64_t malformed = 0;
  uint64_t pool_open = 0;
  uint64_t pool_idle = 0;
  for (const auto& shard : shards_) {
    active += shard->active.get();
    malformed += shard->malformed.get();
    pool_open += shard->pool_open.get();
    pool_idle += shard->pool_idle.get();
    const std::lock_guard lock(shard->mutex_);
    for (const auto& [key, slot] : shard->slots_) {
      slots[key].push_back(slot.get());
    }
  }
  MetricFamilies out;
  const auto family = [&out](std::string_view name, MetricKind kind,
                             std::string_view help) -> std::vector<MetricPoint>& {
    out.push_back({.name = name, .kind = kind, .help = help, .points = {}});
    return out.back().points;
  };
  const auto point = [](const Key& key) {
    MetricPoint made;
    made.labels = {{"route", key.first}, {"model", key.second}};
    return made;
  };
  using Get = std::function<uint64_t(const Slot&)>;
  const auto total = [](const Replicas& parts, const Get& get) {
    uint64_t sum = 0;
    for (const Slot* slot : parts) {
      sum += get(*slot);
    }
    return sum;
  };
  const auto counter = [&](std::string_view name, std::string_view help, const Get& get) {
    auto& points = family(name, MetricKind::kCounter, help);
    for (const auto& [key, parts] : slots) {
      points.push_back(point(key));
      points.back().value = static_cast<double>(total(parts, get));
    }
  };
  const auto counters = [&](std::string_view name, std::string_view help, std::string_view label,
                            size_t count, const std::function<std::string(size_t)>& value,
                            const std::function<uint64_t(const Slot&, size_t)>& get) {
    auto& points = family(name, MetricKind::kCounter, help);
    for (const auto& [key, parts] : slots) {
      for (size_t i = 0; i < count; ++i) {
        const uint64_t sum = total(parts, [&](const Slot& slot) { return get(slot, i); });
        if (sum != 0) {
          points.push_back(point(key));
          points.back().labels.emplace_back(label, value(i));
          points.back().value = static_cast<double>(sum);
        }
      }
    }
  };
  using GetHistogram = std::function<const Histogram&(const Slot&)>;
  const auto fill = [&](MetricPoint& made, const Replicas& parts, const GetHistogram& get) {
    for (size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
      made.buckets.push_back(
          total(parts, [&](const Slot& slot) { return get(slot).buckets_[i].get(); }));
    }
    const uint64_t sum = total(parts, [&](const Slot& slot) { return get(slot).sum_.get(); });
    made.value = static_cast<double>(sum) / 1e6;
  };
  const auto bounds = [&out] {
    for (const int64_t bound : Histogram::kBounds) {
      out.back().bounds.push_back(static_cast<double>(bound) / 1e6);
    }
  };
  const auto histogram = [&](std::string_view name, std::string_view help,
                             const GetHistogram& get) {
    auto& points = family(name, MetricKind::kHistogram, help);
    bounds();
    for (const auto& [key, parts] : slots) {
      fill(points.emplace_back(point(key)), parts, get);
    }
  };

  counters(
      "sallyport_requests_total", "requests by what became of them", "outcome", 4,
      [](size_t i) { return std::string(name_of(static_cast<Outcome>(i))); },
      [](const Slot& slot, size_t i) { return slot.outcomes[i].get(); });
  counters(
      "sallyport_responses_total", "answers by status class", "class", 6,
      [](size_t i) { return fmt::format("{}xx", i); },
      [](const Slot& slot, size_t i) { return slot.statuses[i].get(); });
  counters(
      "sallyport_refusals_total", "refusals by the stage that refused", "stage", 10,
      [](size_t i) { return std::string(name_of(static_cast<Stage>(i))); },
      [](const Slot& slot, size_t i) { return slot.refusals[i].get(); });

  histogram("sallyport_request_duration_seconds",
            "from the end of the request head to the end of the answer",
            [](const Slot& slot) -> const Histogram& { return slot.duration; });
  histogram("sallyport_upstream_first_byte_seconds",
            "from sending to an upstream to the head of its answer",
            [](const Slot& slot) -> const Histogram& { return slot.first_byte; });
  auto& stages =
      family("sallyport_stage_duration_seconds", MetricKind::kHistogram, "time spent in one stage");
  bounds();
  for (const auto& [key, parts] : slots) {
    for (size_t i = 0; i < kTimed; ++i) {
      MetricPoint& made = stages.emplace_back(point(key));
      made.labels.emplace_back("stage", kStageNames[i]);
      fill(made, parts, [i](const Slot& slot) -> const Histogram& { return slot.stages[i]; });
    }
  }
  counter("sallyport_input_tokens_total", "tokens of prompts, reported or estimated",
          [](const Slot& slot) { return slot.input_tokens.get(); });
  counter("sallyport_output_tokens_total", "tokens of answers, reported or estimated",
          [](const Slot& slot) { return slot.output_tokens.get(); });
  counter("sallyport_request_bytes_total", "bytes of request bodies",
          [](const Slot& slot) { return slot.request_bytes.get(); });
  counter("sallyport_response_bytes_total", "bytes of answer bodies",
          [](const Slot& slot) { return slot.response_bytes.get(); });
  counter("sallyport_findings_total", "findings of the inspectors",
          [](const Slot& slot) { return slot.findings.get(); });
  counter("sallyport_retries_total", "further attempts at an upstream",
          [](const Slot& slot) { return slot.retries.get(); });
  counter("sallyport_break_glass_total", "requests that only a broken glass allowed",
          [](const Slot& slot) { return slot.break_glass.get(); });

  const auto single = [&](std::string_view name, MetricKind kind, std::string_view help,
                          uint64_t value) {
    family(name, kind, help).emplace_back().value = static_cast<double>(value);
  };
  single("sallyport_malformed_requests_total", MetricKind::kCounter,
         "refused before they were requests", malformed);
  single("sallyport_active_requests", MetricKind::kGauge, "requests in the gate now", active);
  single("sallyport_connections", MetricKind::kGauge, "client connections open now",
         connections.open);
  single("sallyport_tls_handshakes_failed_total", MetricKind::kCounter,
         "connections that ended in the TLS handshake", connections.failed_handshakes);
  single("sallyport_pool_connections", MetricKind::kGauge, "connections to upstreams open now",
         pool_open);
  single("sallyport_pool_idle_connections", MetricKind::kGauge, "of these, idle", pool_idle);

  const auto per_upstream = [&](std::string_view name, std::string_view help,
                                const std::function<uint64_t(const UpstreamHealth&)>& get) {
    auto& points = family(name, MetricKind::kGauge, help);
    for (const auto& upstream : snapshot.upstreams()) {
      MetricPoint& made = points.emplace_back();
      made.labels.emplace_back("upstream", upstream->settings.id.str());
      made.value = static_cast<double>(get(*upstream->health));
    }
  };
  per_upstream("sallyport_upstream_up", "1 while the active checks pass",
               [](const UpstreamHealth& health) { return health.up() ? 1U : 0U; });
  per_upstream("sallyport_upstream_circuit_open", "1 while the circuit is open",
               [now](const UpstreamHealth& health) {
                 return health.circuit(now) == UpstreamHealth::Circuit::kOpen ? 1U : 0U;
               });
  per_upstream("sallyport_upstream_outstanding", "requests under way",
               [](const UpstreamHealth& health) { return health.outstanding(); });
  return out;
}

}  // namespace sally::gateway
