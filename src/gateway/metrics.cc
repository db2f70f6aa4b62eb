#include "gateway/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>

namespace sally::gateway {
namespace {

constexpr std::array<std::string_view, kTimed> kStageNames = {"identity", "body",     "inspection",
                                                              "policy",   "upstream", "record"};

using Key = std::pair<std::string, std::string>;
using Out = std::back_insert_iterator<std::string>;

std::string escape(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '\\' || c == '"') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

void head(Out out, std::string_view name, std::string_view type, std::string_view help) {
  fmt::format_to(out, "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Histogram::observe(int64_t micros) {
  const auto* bound = std::ranges::lower_bound(kBounds, micros);
  buckets_[static_cast<size_t>(bound - kBounds.begin())].add();
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

std::string Metrics::render(const Snapshot& snapshot, const Connections& connections,
                            MonoTime now) {
  // The slots of all loops by route and model. Slots are never removed, so the pointers hold.
  std::map<Key, std::vector<const Slot*>> slots;
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
  std::string text;
  const Out out(text);
  const auto labels = [](const Key& key) {
    return fmt::format("route=\"{}\",model=\"{}\"", escape(key.first), escape(key.second));
  };
  using Get = std::function<uint64_t(const Slot&)>;
  const auto total = [](const std::vector<const Slot*>& parts, const Get& get) {
    uint64_t sum = 0;
    for (const Slot* slot : parts) {
      sum += get(*slot);
    }
    return sum;
  };
  const auto counter = [&](std::string_view name, std::string_view help, const Get& get) {
    head(out, name, "counter", help);
    for (const auto& [key, parts] : slots) {
      fmt::format_to(out, "{}{{{}}} {}\n", name, labels(key), total(parts, get));
    }
  };
  const auto counters = [&](std::string_view name, std::string_view help, std::string_view label,
                            size_t count, const std::function<std::string(size_t)>& value,
                            const std::function<uint64_t(const Slot&, size_t)>& get) {
    head(out, name, "counter", help);
    for (const auto& [key, parts] : slots) {
      for (size_t i = 0; i < count; ++i) {
        const uint64_t sum = total(parts, [&](const Slot& slot) { return get(slot, i); });
        if (sum != 0) {
          fmt::format_to(out, "{}{{{},{}=\"{}\"}} {}\n", name, labels(key), label, value(i), sum);
        }
      }
    }
  };
  const auto histogram = [&](std::string_view name, const std::string& labelled,
                             const std::vector<const Slot*>& parts,
                             const std::function<const Histogram&(const Slot&)>& get) {
    uint64_t running = 0;
    for (size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
      running += total(parts, [&](const Slot& slot) { return get(slot).buckets_[i].get(); });
      if (i < Histogram::kBounds.size()) {
        fmt::format_to(out, "{}_bucket{{{},le=\"{}\"}} {}\n", name, labelled,
                       static_cast<double>(Histogram::kBounds[i]) / 1e6, running);
      }
    }
    const uint64_t sum = total(parts, [&](const Slot& slot) { return get(slot).sum_.get(); });
    fmt::format_to(out,
                   "{0}_bucket{{{1},le=\"+Inf\"}} {2}\n{0}_sum{{{1}}} {3}\n{0}_count{{{1}}} {2}\n",
                   name, labelled, running, static_cast<double>(sum) / 1e6);
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

  head(out, "sallyport_request_duration_seconds", "histogram",
       "from the end of the request head to the end of the answer");
  for (const auto& [key, parts] : slots) {
    histogram("sallyport_request_duration_seconds", labels(key), parts,
              [](const Slot& slot) -> const Histogram& { return slot.duration; });
  }
  head(out, "sallyport_upstream_first_byte_seconds", "histogram",
       "from sending to an upstream to the head of its answer");
  for (const auto& [key, parts] : slots) {
    histogram("sallyport_upstream_first_byte_seconds", labels(key), parts,
              [](const Slot& slot) -> const Histogram& { return slot.first_byte; });
  }
  head(out, "sallyport_stage_duration_seconds", "histogram", "time spent in one stage");
  for (const auto& [key, parts] : slots) {
    for (size_t i = 0; i < kTimed; ++i) {
      histogram("sallyport_stage_duration_seconds",
                fmt::format("{},stage=\"{}\"", labels(key), kStageNames[i]), parts,
                [i](const Slot& slot) -> const Histogram& { return slot.stages[i]; });
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

  const auto single = [&](std::string_view name, std::string_view type, std::string_view help,
                          uint64_t value) {
    head(out, name, type, help);
    fmt::format_to(out, "{} {}\n", name, value);
  };
  single("sallyport_malformed_requests_total", "counter", "refused before they were requests",
         malformed);
  single("sallyport_active_requests", "gauge", "requests in the gate now", active);
  single("sallyport_connections", "gauge", "client connections open now", connections.open);
  single("sallyport_tls_handshakes_failed_total", "counter",
         "connections that ended in the TLS handshake", connections.failed_handshakes);
  single("sallyport_pool_connections", "gauge", "connections to upstreams open now", pool_open);
  single("sallyport_pool_idle_connections", "gauge", "of these, idle", pool_idle);

  const auto per_upstream = [&](std::string_view name, std::string_view help,
                                const std::function<uint64_t(const UpstreamHealth&)>& get) {
    head(out, name, "gauge", help);
    for (const auto& upstream : snapshot.upstreams()) {
      fmt::format_to(out, "{}{{upstream=\"{}\"}} {}\n", name, escape(upstream->settings.id.str()),
                     get(*upstream->health));
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
  return text;
}

}  // namespace sally::gateway
