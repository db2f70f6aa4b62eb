#include "app/metrics_of_parts.h"

#include <algorithm>
#include <string>
#include <utility>

namespace sally::app {
namespace {

using Seconds = std::chrono::duration<double>;

MetricFamily single(std::string_view name, MetricKind kind, std::string_view help, double value) {
  return {.name = name,
          .kind = kind,
          .help = help,
          .points = {{.labels = {}, .value = value, .buckets = {}}}};
}

}  // namespace

void append_ledger_metrics(MetricFamilies& out, const ledger::LedgerStatus& status, WallTime began,
                           WallTime now) {
  const auto counter = [&out](std::string_view name, std::string_view help, uint64_t value) {
    out.push_back(single(name, MetricKind::kCounter, help, static_cast<double>(value)));
  };
  counter("sallyport_ledger_entries_total", "entries of the log", status.size);
  counter("sallyport_ledger_durable_total", "entries that survive the machine", status.durable);
  counter("sallyport_ledger_checkpoint_entries_total", "entries under the newest checkpoint",
          status.checkpoint_size);
  counter("sallyport_ledger_lost_total", "events that could not be recorded", status.lost);
  const bool covered = status.checkpoint_size >= status.size;
  const Seconds age = now - std::max(began, status.checkpoint_time);
  out.push_back(single("sallyport_ledger_checkpoint_age_seconds", MetricKind::kGauge,
                       "since the newest checkpoint, while entries wait for the next",
                       covered ? 0 : std::max(0.0, age.count())));
  out.push_back(single("sallyport_ledger_writable", MetricKind::kGauge,
                       "1 while events can be recorded", status.failure.empty() ? 1 : 0));
}

void append_capture_metrics(MetricFamilies& out, uint64_t dropped) {
  out.push_back(single("sallyport_capture_dropped_total", MetricKind::kCounter,
                       "bodies that were not kept, or not committed to, for want of room",
                       static_cast<double>(dropped)));
}

void append_policy_metrics(MetricFamilies& out, const policy::CedarAuthorizer& authorizer) {
  uint64_t failed = 0;
  for (const auto& forbid : authorizer.failed_forbids()) {
    failed += forbid.times;
  }
  out.push_back(single("sallyport_policy_version", MetricKind::kGauge,
                       "number of the activation whose policies decide; 0: there are none",
                       static_cast<double>(authorizer.enforced().id().version)));
  out.push_back(single("sallyport_policy_failed_forbids_total", MetricKind::kCounter,
                       "forbids that could not be evaluated, since these policies are in force",
                       static_cast<double>(failed)));
  const auto compared = authorizer.comparison();
  out.push_back(single("sallyport_policy_shadow_compared_total", MetricKind::kCounter,
                       "decisions that a shadow set was asked for too",
                       static_cast<double>(compared.compared)));
  out.push_back(single("sallyport_policy_shadow_newly_allowed_total", MetricKind::kCounter,
                       "decisions of them that it would have allowed and were denied",
                       static_cast<double>(compared.newly_allowed)));
  out.push_back(single("sallyport_policy_shadow_newly_denied_total", MetricKind::kCounter,
                       "decisions of them that it would have denied and were allowed",
                       static_cast<double>(compared.newly_denied)));
}

void append_issuer_metrics(MetricFamilies& out, const identity::Issuers& issuers, WallTime now) {
  MetricFamily age{.name = "sallyport_issuer_keys_age_seconds",
                   .kind = MetricKind::kGauge,
                   .help = "since the keys of an issuer were fetched; absent before the first time",
                   .points = {}};
  MetricFamily fetches{.name = "sallyport_issuer_fetches_total",
                       .kind = MetricKind::kCounter,
                       .help = "fetches of an issuer's keys",
                       .points = {}};
  for (const auto& [name, status] : issuers.status()) {
    const std::string issuer(name);
    if (status.fetched != WallTime{}) {
      age.points.push_back({.labels = {{"issuer", issuer}},
                            .value = std::max(0.0, Seconds(now - status.fetched).count()),
                            .buckets = {}});
    }
    fetches.points.push_back({.labels = {{"issuer", issuer}, {"outcome", "ok"}},
                              .value = static_cast<double>(status.fetches),
                              .buckets = {}});
    fetches.points.push_back({.labels = {{"issuer", issuer}, {"outcome", "failed"}},
                              .value = static_cast<double>(status.failures),
                              .buckets = {}});
  }
  out.push_back(std::move(age));
  out.push_back(std::move(fetches));
}

void append_grant_metrics(MetricFamilies& out, const identity::ActiveGrants::Count& count) {
  out.push_back(single("sallyport_grants_active", MetricKind::kGauge, "roles that are granted now",
                       static_cast<double>(count.active)));
  out.push_back(single("sallyport_grants_breaking_glass", MetricKind::kGauge,
                       "those of them that break the glass",
                       static_cast<double>(count.break_glass)));
}

void append_certificate_metrics(MetricFamilies& out, WallTime ends) {
  out.push_back(single("sallyport_certificate_expiry_timestamp_seconds", MetricKind::kGauge,
                       "when the gate's certificate ends, in seconds since 1970",
                       Seconds(ends.time_since_epoch()).count()));
}

}  // namespace sally::app
