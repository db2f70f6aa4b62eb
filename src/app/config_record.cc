#include <fmt/format.h>

#include <utility>

#include "app/config_load.h"
#include "app/config_values.h"
#include "base/text.h"

namespace sally::app {
namespace {

void witness(ConfigLoad& in, const std::string& shown, const Section& section) {
  const auto url = parse_url(section.text("url"));
  const auto key = verifier::VerifierKey::parse(section.text("key"));
  if (!url.ok() && !section.text("url").empty()) {
    in.problem(section.place("url"), shown, url.error());
  }
  if (!key.ok() && !section.text("key").empty()) {
    in.problem(section.place("key"), shown, key.error());
  }
  if (!url.ok() || !key.ok()) {
    return;
  }
  WitnessTarget out{.origin = {.host = url->host, .port = url->port},
                    .authority = url->authority,
                    .base_path = url->base_path,
                    .key = *key};
  in.client_tls(section, shown, url->tls, out.origin);
  in.config.ledger.witnesses.push_back(std::move(out));
}

void witnesses(ConfigLoad& in, const Section& section) {
  LedgerConfig& out = in.config.ledger;
  size_t number = 0;
  for (const Section& one : section.sections("witnesses")) {
    witness(in, fmt::format("ledger.witnesses[{}]", number++), one);
  }
  out.witness_quorum = section.number<size_t>("witness_quorum");
  std::vector<verifier::VerifierKey> keys;
  for (const WitnessTarget& target : out.witnesses) {
    keys.push_back(target.key);
  }
  const Result<> sound =
      verifier::check({.log = {}, .witnesses = std::move(keys), .quorum = out.witness_quorum});
  if (number == out.witnesses.size() && !sound.ok()) {
    in.problem(section.place(number == 0 ? "witness_quorum" : "witnesses"), "ledger.witnesses",
               sound.error());
  }
}

void telemetry_headers(ConfigLoad& in, const Section& section, TelemetryConfig& out) {
  for (const auto& [name, header] : section.named("headers")) {
    const std::string shown = fmt::format("telemetry.headers.{}", printable(name.text));
    if (!may_hold_credential(name.text) || name.text == "content-type") {
      in.problem(name.place, fmt::format("`{}` is no field for a secret", shown),
                 "the lower-case name of a field, such as authorization or x-api-key");
      continue;
    }
    if (auto value = in.field_secret(header, header.text("prefix"), shown)) {
      out.headers.push_back({.name = name.text, .value = *std::move(value)});
    }
  }
}

}  // namespace

void read_ledger(ConfigLoad& in) {
  const Section section = in.top.section("ledger");
  LedgerConfig& out = in.config.ledger;
  out.folder = in.references.resolve(section.text("folder"));
  out.origin = section.text("origin");
  if (!tlog::is_key_name(out.origin)) {
    in.problem(section.place("origin"),
               fmt::format("`ledger.origin`: `{}` cannot name a log", printable(out.origin)),
               "a name without spaces and `+`, such as example.com/gate");
  }
  if (in.context.reading == Reading::kEvidence || in.context.reading == Reading::kAll) {
    out.key = in.key(section, "key");
  }
  out.retention = section.duration("retention");
  const std::string durability = section.text("durability");
  out.durability = durability == "process" ? ledger::Durability::kProcess
                   : durability == "every" ? ledger::Durability::kEvery
                                           : ledger::Durability::kInterval;
  out.interval = section.duration("interval");
  out.checkpoint_every = section.duration("checkpoint_every");
  out.when_unwritable = section.text("when_unwritable") == "serve"
                            ? ledger::WhenUnwritable::kServe
                            : ledger::WhenUnwritable::kRefuse;
  out.ring_bytes = section.number<size_t>("ring");
  out.live_index = section.text("index") == "live";
  witnesses(in, section);
}

void read_capture(ConfigLoad& in) {
  if (!in.top.has("capture")) {
    return;
  }
  const Section section = in.top.section("capture");
  const std::string mode = section.text("mode");
  if (mode == "off") {
    return;
  }
  CaptureConfig& out = in.config.capture.emplace();
  out.settings.folder = in.references.resolve(section.text("folder"));
  out.settings.mode = mode == "content" ? capture::Mode::kContent : capture::Mode::kCommitments;
  out.settings.end_user_field = section.text("end_user_field");
  if (!out.settings.end_user_field.empty() && !is_field_name(out.settings.end_user_field)) {
    in.problem(
        section.place("end_user_field"),
        fmt::format("`capture.end_user_field` is `{}`", printable(out.settings.end_user_field)),
        "the name of a field, such as x-end-user");
  }
  out.settings.body_bytes = section.number<size_t>("body");
  out.settings.content.total_bytes = section.number<uint64_t>("total");
  out.settings.content.keep = section.duration("keep");
  if (in.context.reading == Reading::kEvidence || in.context.reading == Reading::kAll) {
    out.key = in.key(section, "key");
  }
}

void read_telemetry(ConfigLoad& in) {
  if (!in.top.has("telemetry")) {
    return;
  }
  const Section section = in.top.section("telemetry");
  TelemetryConfig out;
  out.endpoint = section.text("endpoint");
  const auto url = parse_url(out.endpoint);
  if (!url.ok()) {
    in.problem(section.place("endpoint"), "telemetry.endpoint", url.error());
    return;
  }
  out.origin.host = url->host;
  out.origin.port = url->port;
  out.origin.http = net::UpstreamHttp::kHttp1;
  out.origin.max_connections = 2;
  out.authority = url->authority;
  out.base_path = url->base_path;
  in.client_tls(section, "telemetry", url->tls, out.origin);
  telemetry_headers(in, section, out);
  if (!out.headers.empty() && !url->tls && !is_local(url->host)) {
    in.problems.warn(section.place("endpoint"), "`telemetry.headers` are sent without TLS",
                     "use https://");
  }
  out.traces = section.flag("traces");
  out.metrics = section.flag("metrics");
  out.logs = section.flag("logs");
  out.sample = section.share("sample");
  out.interval = section.duration("interval");
  out.timeout = section.duration("timeout");
  out.origin.connect_timeout = out.timeout;
  out.origin.write_timeout = out.timeout;
  out.queue_bytes = section.number<size_t>("queue");
  for (const PlacedText& attribute : section.texts("resource")) {
    const size_t equals = attribute.text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == attribute.text.size()) {
      in.problem(
          attribute.place,
          fmt::format("`telemetry.resource`: `{}` is no attribute", printable(attribute.text)),
          "NAME=VALUE, such as deployment.environment.name=production");
      continue;
    }
    out.resource.emplace_back(attribute.text.substr(0, equals), attribute.text.substr(equals + 1));
  }
  in.config.telemetry = std::move(out);
}

}  // namespace sally::app
