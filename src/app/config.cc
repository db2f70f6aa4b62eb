#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "app/config_docs.h"
#include "app/config_reader.h"
#include "app/config_values.h"
#include "base/address.h"
#include "base/text.h"
#include "crypto/x509.h"
#include "gateway/protocol/protocol.h"
#include "net/target.h"

namespace sally::app {
namespace {

using gateway::Protocol;

// Fields that the gate sets or consumes itself; forwarding one would be a hole.
constexpr std::array<std::string_view, 22> kOwnFields = {"accept-encoding",
                                                         "api-key",
                                                         "authorization",
                                                         "connection",
                                                         "content-encoding",
                                                         "content-length",
                                                         "cookie",
                                                         "expect",
                                                         "forwarded",
                                                         "host",
                                                         "keep-alive",
                                                         "proxy-authenticate",
                                                         "proxy-authorization",
                                                         "proxy-connection",
                                                         "set-cookie",
                                                         "te",
                                                         "trailer",
                                                         "transfer-encoding",
                                                         "upgrade",
                                                         "x-api-key",
                                                         "x-forwarded-for",
                                                         "x-request-id"};
static_assert(std::ranges::is_sorted(kOwnFields));

// Of what a credential's field may not be: what frames a message.
constexpr std::array<std::string_view, 10> kFramingFields = {
    "connection", "content-encoding", "content-length",    "expect", "host", "keep-alive",
    "te",         "trailer",          "transfer-encoding", "upgrade"};
static_assert(std::ranges::is_sorted(kFramingFields));

constexpr size_t kShortestCanary = 8;
// A certificate that ends sooner is told of.
constexpr std::chrono::hours kRenewal{14 * 24};

// Names of upstreams, routes and rules stand in logs, metrics and commands.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// Names of models are what callers send: `org/model:7b-instruct@2`.
bool is_model_name(std::string_view name) {
  return !name.empty() && name.size() <= 256 &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != '*'; });
}

bool is_field_value(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7F; });
}

bool names_models(Protocol protocol) {
  return protocol != Protocol::kMcp && protocol != Protocol::kHttp;
}

class Loader {
 public:
  Loader(const YamlNode& root, const std::string& path, const ConfigContext& context,
         Problems& problems)
      : top_(root),
        context_(context),
        references_(std::filesystem::path(path).parent_path().string(), context.outside),
        problems_(problems) {
    config_.path = path;
  }

  Config load() && {
    collect_names();
    gate();
    places();
    capture();
    log();
    telemetry();
    for (const auto& [name, section] : top_.named("upstreams")) {
      upstream(name, section);
    }
    for (const auto& [name, section] : top_.named("models")) {
      model(name, section);
    }
    check_fallbacks();
    for (const Section& section : top_.sections("routes")) {
      route(section);
    }
    rules();
    inspection();
    forward();
    check_exposure();
    return std::move(config_);
  }

 private:
  static std::vector<std::string_view> views(const std::vector<std::string>& names) {
    return {names.begin(), names.end()};
  }

  void problem(Place place, std::string message, std::string hint = {}) {
    problems_.add(place, std::move(message), std::move(hint));
  }
  void problem(Place place, std::string_view context, const Error& error) {
    problems_.add(place, fmt::format("{}: {}", context, error.message()), error.hint());
  }

  // A name that must be one of `known`.
  bool refer(Place place, std::string_view what, std::string_view name,
             const std::vector<std::string>& known) {
    if (std::ranges::find(known, name) != known.end()) {
      return true;
    }
    const std::string_view close = nearest(name, views(known));
    problem(place,
            close.empty()
                ? fmt::format("no {} `{}`", what, printable(name))
                : fmt::format("no {} `{}`; did you mean `{}`?", what, printable(name), close),
            close.empty() ? known.empty() ? fmt::format("there is no {} in this file", what)
                                          : fmt::format("there is: {}", fmt::join(known, ", "))
                          : "");
    return false;
  }

  void collect_names() {
    for (const auto& [name, section] : top_.named("upstreams")) {
      upstream_names_.push_back(name.text);
    }
    for (const auto& [name, section] : top_.named("models")) {
      model_names_.push_back(name.text);
    }
    for (const Section& route : top_.sections("routes")) {
      route_names_.push_back(route.text("name"));
    }
  }

  // --- gate -----------------------------------------------------------------------------------

  std::optional<net::ListenAddress> address(const std::string& text, Place place) {
    constexpr std::string_view kUnix = "unix:";
    const bool is_unix = text.starts_with(kUnix) && text.size() > kUnix.size();
    auto parsed = net::parse_listen_address(
        is_unix ? fmt::format("{}{}", kUnix, references_.resolve(text.substr(kUnix.size())))
                : text);
    if (!parsed.ok()) {
      problem(place, "listen", parsed.error());
      return std::nullopt;
    }
    return *std::move(parsed);
  }

  void gate() {
    const Section gate = top_.section("gate");
    GateConfig& out = config_.gate;
    for (const PlacedText& text : gate.texts("listen")) {
      if (auto parsed = address(text.text, text.place)) {
        out.listen.push_back(*std::move(parsed));
      }
    }
    out.workers = gate.number<unsigned>("workers");
    if (gate.has("tls")) {
      server_tls(gate.section("tls"));
    }
    limits(gate.section("limits"));
  }

  void limits(const Section& section) {
    net::HttpLimits& http = config_.gate.http;
    http.head_bytes = section.number<size_t>("head");
    http.field_count = section.number<size_t>("fields");
    http.target_bytes = section.number<size_t>("target");
    http.body_bytes = section.number<size_t>("body");
    http.head_timeout = section.duration("head_timeout");
    http.idle_timeout = section.duration("idle_timeout");
    http.body_timeout = section.duration("body_timeout");
    http.body_min_rate = section.number<size_t>("body_min_rate");
    http.write_timeout = section.duration("write_timeout");
    http.h2_streams = section.number<uint32_t>("h2_streams");
    http.h2_resets = section.number<uint32_t>("h2_resets");
    config_.gate.max_connections = section.number<size_t>("connections");
    config_.gate.max_connections_per_address = section.number<size_t>("connections_per_address");
    config_.gate.drain = section.duration("drain");
    gateway::RequestLimits& request = config_.settings.limits;
    request.json.depth = section.number<size_t>("json_depth");
    request.json.members = section.number<size_t>("json_members");
    request.requests_per_minute_per_key = section.number<uint32_t>("requests_per_minute_per_key");
    request.burst_per_key = section.number<uint32_t>("burst_per_key");
    request.decoded_ratio = section.number<size_t>("decoded_ratio");
    request.decoded_bytes = section.number<size_t>("decoded");
    request.sse_event_bytes = section.number<size_t>("sse_event");
    if (http.target_bytes > http.head_bytes) {
      problem(section.place("target"), "`gate.limits.target` is above `gate.limits.head`",
              "the target is part of the head");
    }
  }

  // What a reference names; nothing (and a problem) where it cannot be read. Also nothing, and no
  // problem, where this reading does not ask for it.
  std::optional<Secret> secret(const Section& section, std::string_view key) {
    const auto reference = section.reference(key);
    if (!reference || context_.reading != Reading::kAll) {
      return std::nullopt;
    }
    auto value = references_.secret(*reference);
    if (!value.ok()) {
      problem(reference->place, key, value.error());
      return std::nullopt;
    }
    return *std::move(value);
  }
  std::string material(const Section& section, std::string_view key) {
    const auto reference = section.reference(key);
    if (!reference || context_.reading != Reading::kAll) {
      return {};
    }
    auto value = references_.material(*reference);
    if (!value.ok()) {
      problem(reference->place, key, value.error());
      return {};
    }
    return *std::move(value);
  }

  void server_tls(const Section& tls) {
    const std::string chain = material(tls, "certificate");
    const auto key = secret(tls, "key");
    const std::string client_ca = material(tls, "client_ca");
    const bool required = tls.flag("require_client");
    if (required && !tls.has("client_ca")) {
      problem(tls.place("require_client"), "`gate.tls.require_client` without `client_ca`",
              "say who may issue client certificates: client_ca: {file: PATH}");
      return;
    }
    if (chain.empty() || !key || (tls.has("client_ca") && client_ca.empty())) {
      return;
    }
    check_validity(tls.place("certificate"), chain);
    auto context = crypto::TlsServerContext::create(
        {.certificate_chain_pem = chain,
         .private_key_pem = *key,
         .client_certificates = client_ca.empty() ? crypto::ClientCertificates::kNotAsked
                                : required        ? crypto::ClientCertificates::kRequired
                                                  : crypto::ClientCertificates::kRequested,
         .client_ca_pem = client_ca,
         .least =
             tls.text("minimum") == "1.3" ? crypto::TlsVersion::kTls13 : crypto::TlsVersion::kTls12,
         .http2 = true,
         .ticket_keys = context_.ticket_keys});
    if (!context.ok()) {
      problem(tls.place("certificate"), "gate.tls", context.error());
      return;
    }
    config_.gate.tls = *std::move(context);
  }

  void check_validity(Place place, std::string_view pem) {
    const auto facts = crypto::read_certificate(pem);
    if (!facts.ok()) {
      return;  // told when the context is made
    }
    const crypto::Validity& validity = facts->validity;
    config_.gate.certificate_ends = validity.ends;
    if (context_.now >= validity.ends) {
      problem(place, fmt::format("the certificate expired at {}", format_time(validity.ends)),
              "renew it; for one that `sallyport init` made: remove gate.crt and gate.key, and run "
              "it again");
    } else if (context_.now < validity.begins) {
      problem(place, fmt::format("the certificate begins at {}", format_time(validity.begins)),
              "is this machine's clock right?");
    } else if (context_.now + kRenewal >= validity.ends) {
      problems_.warn(place,
                     fmt::format("the certificate expires at {}", format_time(validity.ends)),
                     "renew it");
    }
  }

  // --- state, ledger, log ---------------------------------------------------------------------

  void places() {
    if (top_.has("metrics")) {
      const Section metrics = top_.section("metrics");
      config_.metrics = address(metrics.text("listen"), metrics.place("listen"));
    }
    const Section admin = top_.section("admin");
    config_.admin_socket = references_.resolve(admin.text("socket"));
    if (config_.admin_socket.size() > 107) {
      problem(admin.place("socket"),
              fmt::format("`admin.socket`: the path has {} bytes; a unix socket's has at most 107",
                          config_.admin_socket.size()));
    }

    constexpr std::string_view kSqlite = "sqlite:";
    const std::string state = top_.text("state");
    if (state.starts_with(kSqlite) && state.size() > kSqlite.size()) {
      config_.state_url =
          fmt::format("{}{}", kSqlite, references_.resolve(state.substr(kSqlite.size())));
    } else {
      problem(top_.place("state"), fmt::format("`state` is `{}`", printable(state)),
              "write sqlite:PATH");
    }
    if (context_.reading == Reading::kKeys || context_.reading == Reading::kAll) {
      config_.pepper = key(top_, "pepper");
    }

    log_of_events();
  }

  void log_of_events() {
    const Section section = top_.section("ledger");
    LedgerConfig& out = config_.ledger;
    out.folder = references_.resolve(section.text("folder"));
    out.origin = section.text("origin");
    if (!tlog::is_key_name(out.origin)) {
      problem(section.place("origin"),
              fmt::format("`ledger.origin`: `{}` cannot name a log", printable(out.origin)),
              "a name without spaces and `+`, such as example.com/gate");
    }
    if (context_.reading == Reading::kEvidence || context_.reading == Reading::kAll) {
      out.key = key(section, "key");
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
    witnesses(section);
  }

  void witnesses(const Section& section) {
    LedgerConfig& out = config_.ledger;
    size_t number = 0;
    for (const Section& one : section.sections("witnesses")) {
      witness(fmt::format("ledger.witnesses[{}]", number++), one);
    }
    out.witness_quorum = section.number<size_t>("witness_quorum");
    std::vector<verifier::VerifierKey> keys;
    for (const WitnessTarget& target : out.witnesses) {
      keys.push_back(target.key);
    }
    const Result<> sound =
        verifier::check({.log = {}, .witnesses = std::move(keys), .quorum = out.witness_quorum});
    if (number == out.witnesses.size() && !sound.ok()) {
      problem(section.place(number == 0 ? "witness_quorum" : "witnesses"), "ledger.witnesses",
              sound.error());
    }
  }

  void witness(const std::string& shown, const Section& section) {
    const auto url = parse_url(section.text("url"));
    const auto key = verifier::VerifierKey::parse(section.text("key"));
    if (!url.ok() && !section.text("url").empty()) {
      problem(section.place("url"), shown, url.error());
    }
    if (!key.ok() && !section.text("key").empty()) {
      problem(section.place("key"), shown, key.error());
    }
    if (!url.ok() || !key.ok()) {
      return;
    }
    WitnessTarget out{.origin = {.host = url->host, .port = url->port},
                      .authority = url->authority,
                      .base_path = url->base_path,
                      .key = *key};
    client_tls(section, shown, url->tls, out.origin);
    config_.ledger.witnesses.push_back(std::move(out));
  }

  // 32 bytes; a problem, and empty, where they cannot be read.
  Secret key(const Section& section, std::string_view name) {
    const auto reference = section.reference(name);
    if (!reference) {
      return {};
    }
    auto key = references_.key(*reference);
    if (!key.ok()) {
      problem(reference->place, name, key.error());
      return {};
    }
    return *std::move(key);
  }

  void capture() {
    if (!top_.has("capture")) {
      return;
    }
    const Section section = top_.section("capture");
    const std::string mode = section.text("mode");
    if (mode == "off") {
      return;
    }
    CaptureConfig& out = config_.capture.emplace();
    out.settings.folder = references_.resolve(section.text("folder"));
    out.settings.mode = mode == "content" ? capture::Mode::kContent : capture::Mode::kCommitments;
    out.settings.end_user_field = section.text("end_user_field");
    if (!out.settings.end_user_field.empty() && !is_field_name(out.settings.end_user_field)) {
      problem(
          section.place("end_user_field"),
          fmt::format("`capture.end_user_field` is `{}`", printable(out.settings.end_user_field)),
          "the name of a field, such as x-end-user");
    }
    out.settings.body_bytes = section.number<size_t>("body");
    out.settings.content.total_bytes = section.number<uint64_t>("total");
    out.settings.content.keep = section.duration("keep");
    if (context_.reading == Reading::kEvidence || context_.reading == Reading::kAll) {
      out.key = key(section, "key");
    }
  }

  void log() {
    const Section section = top_.section("log");
    const std::string format = section.text("format");
    config_.log.style = format == "json"   ? LogStyle::kJson
                        : format == "text" ? LogStyle::kText
                                           : LogStyle::kAuto;
    const std::string level = section.text("level");
    config_.log.level = level == "debug"   ? LogLevel::kDebug
                        : level == "warn"  ? LogLevel::kWarn
                        : level == "error" ? LogLevel::kError
                                           : LogLevel::kInfo;
  }

  // --- telemetry ------------------------------------------------------------------------------

  void telemetry() {
    if (!top_.has("telemetry")) {
      return;
    }
    const Section section = top_.section("telemetry");
    TelemetryConfig out;
    out.endpoint = section.text("endpoint");
    const auto url = parse_url(out.endpoint);
    if (!url.ok()) {
      problem(section.place("endpoint"), "telemetry.endpoint", url.error());
      return;
    }
    out.origin.host = url->host;
    out.origin.port = url->port;
    out.origin.http = net::UpstreamHttp::kHttp1;
    out.origin.max_connections = 2;
    out.authority = url->authority;
    out.base_path = url->base_path;
    client_tls(section, "telemetry", url->tls, out.origin);
    telemetry_headers(section, out);
    if (!out.headers.empty() && !url->tls && !is_local(url->host)) {
      problems_.warn(section.place("endpoint"), "`telemetry.headers` are sent without TLS",
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
        problem(
            attribute.place,
            fmt::format("`telemetry.resource`: `{}` is no attribute", printable(attribute.text)),
            "NAME=VALUE, such as deployment.environment.name=production");
        continue;
      }
      out.resource.emplace_back(attribute.text.substr(0, equals),
                                attribute.text.substr(equals + 1));
    }
    config_.telemetry = std::move(out);
  }

  void telemetry_headers(const Section& section, TelemetryConfig& out) {
    for (const auto& [name, header] : section.named("headers")) {
      const std::string shown = fmt::format("telemetry.headers.{}", printable(name.text));
      if (!is_field_name(name.text) || name.text == "content-type" ||
          std::ranges::binary_search(kFramingFields, name.text)) {
        problem(name.place, fmt::format("`{}` is no field for a secret", shown),
                "the lower-case name of a field, such as authorization or x-api-key");
        continue;
      }
      const std::string prefix = header.text("prefix");
      const auto value = secret(header, "secret");
      if (!value) {
        continue;
      }
      if (!is_field_value(prefix + "x") || !is_field_value(value->reveal())) {
        problem(header.place("secret"),
                fmt::format("`{}` holds more than one line of plain text", shown));
        continue;
      }
      out.headers.push_back(
          {.name = name.text, .value = Secret::take(prefix + std::string(value->reveal()))});
    }
  }

  // --- upstreams ------------------------------------------------------------------------------

  void upstream(const PlacedText& name, const Section& section) {
    const std::string shown = fmt::format("upstreams.{}", printable(name.text));
    if (!is_plain_name(name.text)) {
      problem(name.place, fmt::format("`{}` is no name of an upstream", printable(name.text)),
              "letters, digits, `-`, `_` and `.`, at most 64");
    }
    gateway::UpstreamSettings out;
    out.id = UpstreamId(name.text);
    const std::string text = section.text("url");
    if (text.empty()) {
      return;  // told as missing
    }
    const auto url = parse_url(text);
    if (!url.ok()) {
      problem(section.place("url"), shown, url.error());
      return;
    }
    out.base_path = url->base_path;
    out.authority = url->authority;
    out.origin.host = url->host;
    out.origin.port = url->port;
    const std::string http = section.text("http");
    out.origin.http = http == "1"   ? net::UpstreamHttp::kHttp1
                      : http == "2" ? net::UpstreamHttp::kHttp2
                                    : net::UpstreamHttp::kAuto;
    client_tls(section, shown, url->tls, out.origin);
    credential(section, shown, out);
    if (out.credential && !url->tls && !is_local(url->host)) {
      problems_.warn(section.place("url"),
                     fmt::format("`{}` sends a credential without TLS", shown), "use https://");
    }

    const Section health = section.section("health");
    out.health = {.path = health.text("path"),
                  .every = health.duration("every"),
                  .timeout = health.duration("timeout"),
                  .down_after = health.number<uint32_t>("down_after"),
                  .up_after = health.number<uint32_t>("up_after")};
    if (!out.health.path.empty() && !net::parse_target(out.health.path).ok()) {
      problem(health.place("path"),
              fmt::format("`{}.health.path` is `{}`", shown, printable(out.health.path)),
              "a path begins with `/` and is written plainly");
    }
    const Section circuit = section.section("circuit");
    out.circuit = {.failures = circuit.number<uint32_t>("failures"),
                   .open = circuit.duration("open")};
    const Section timeouts = section.section("timeouts");
    out.origin.connect_timeout = timeouts.duration("connect");
    out.origin.write_timeout = timeouts.duration("write");
    out.first_byte_timeout = timeouts.duration("first_byte");
    out.idle_timeout = timeouts.duration("idle");
    out.max_outstanding = section.number<uint32_t>("max_outstanding");
    const Section pool = section.section("pool");
    out.origin.max_idle = pool.number<size_t>("max_idle");
    out.origin.max_connections = pool.number<size_t>("max_connections");
    out.origin.idle_timeout = pool.duration("idle_timeout");
    config_.settings.upstreams.push_back(std::move(out));
  }

  static bool is_local(std::string_view host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
  }

  void client_tls(const Section& upstream, const std::string& shown, bool wanted,
                  net::Origin& origin) {
    const Section tls = upstream.section("tls");
    if (!wanted) {
      if (upstream.has("tls")) {
        problem(upstream.place("tls"), fmt::format("`{}.tls` with an http:// URL", shown),
                "write https:// in `url`, or remove `tls`");
      }
      return;
    }
    if (tls.has("certificate") != tls.has("key")) {
      problem(tls.place(), fmt::format("`{}.tls`: `certificate` and `key` go together", shown));
      return;
    }
    const std::string ca = material(tls, "ca");
    const std::string chain = material(tls, "certificate");
    const auto key = secret(tls, "key");
    if ((tls.has("ca") && ca.empty()) || (tls.has("certificate") && (chain.empty() || !key)) ||
        context_.reading != Reading::kAll) {
      return;
    }
    std::vector<std::string> alpn;
    if (origin.http != net::UpstreamHttp::kHttp1) {
      alpn.emplace_back("h2");
    }
    if (origin.http != net::UpstreamHttp::kHttp2) {
      alpn.emplace_back("http/1.1");
    }
    auto context = crypto::TlsClientContext::create({.ca_pem = ca,
                                                     .certificate_chain_pem = chain,
                                                     .private_key_pem = key ? &*key : nullptr,
                                                     .least = crypto::TlsVersion::kTls12,
                                                     .alpn = std::move(alpn)});
    if (!context.ok()) {
      problem(tls.place(), fmt::format("{}.tls", shown), context.error());
      return;
    }
    origin.tls = *std::move(context);
  }

  void credential(const Section& upstream, const std::string& shown,
                  gateway::UpstreamSettings& out) {
    if (!upstream.has("credential")) {
      return;
    }
    const Section section = upstream.section("credential");
    const std::string header = section.text("header");
    if (!is_field_name(header) || std::ranges::binary_search(kFramingFields, header)) {
      problem(section.place("header"),
              fmt::format("`{}.credential.header` is `{}`", shown, printable(header)),
              "the lower-case name of a field, such as authorization, x-api-key or api-key");
      return;
    }
    std::string prefix = section.text("prefix");
    if (!section.has("prefix") && header == "authorization") {
      prefix = "Bearer ";
    }
    const auto value = secret(section, "secret");
    if (!value) {
      return;
    }
    if (!is_field_value(prefix + "x") || !is_field_value(value->reveal())) {
      problem(section.place("secret"),
              fmt::format("`{}.credential` holds more than one line of plain text", shown));
      return;
    }
    out.credential = gateway::UpstreamCredential{
        .header = header, .value = Secret::take(prefix + std::string(value->reveal()))};
  }

  // --- models ---------------------------------------------------------------------------------

  void model(const PlacedText& name, const Section& section) {
    const std::string shown = fmt::format("models.{}", printable(name.text));
    if (!is_model_name(name.text)) {
      problem(name.place, fmt::format("`{}` is no name of a model", printable(name.text)),
              "visible ASCII without `*`, at most 256 characters");
    }
    gateway::ModelSettings out;
    out.id = ModelId(name.text);
    for (const Section& target : section.sections("targets")) {
      const std::string upstream = target.text("upstream");
      if (!upstream.empty()) {
        refer(target.place("upstream"), "upstream", upstream, upstream_names_);
      }
      std::string there = target.has("model") ? target.text("model") : name.text;
      if (!is_model_name(there)) {
        problem(target.place("model"), fmt::format("`{}` is no name of a model", printable(there)),
                "visible ASCII without `*`, at most 256 characters");
      }
      const bool twice = std::ranges::any_of(out.targets, [&](const gateway::ModelTarget& other) {
        return other.upstream.str() == upstream && other.model == there;
      });
      if (twice) {
        problem(target.place(), fmt::format("`{}` has this target twice", shown),
                "give one of them the weight of both");
      }
      out.targets.push_back({.upstream = UpstreamId(upstream),
                             .model = std::move(there),
                             .weight = target.number<uint32_t>("weight"),
                             .priority = target.number<uint32_t>("priority")});
    }
    if (section.has("targets") && out.targets.empty()) {
      problem(section.place("targets"), fmt::format("`{}.targets` is empty", shown),
              "- {upstream: NAME}");
    }
    if (section.has("fallback")) {
      const std::string fallback = section.text("fallback");
      if (refer(section.place("fallback"), "model", fallback, model_names_)) {
        out.fallback = ModelId(fallback);
        fallback_places_[name.text] = section.place("fallback");
      }
    }
    out.retries = section.number<uint32_t>("retries");
    config_.settings.models.push_back(std::move(out));
  }

  void check_fallbacks() {
    std::map<std::string, std::string> next;
    for (const gateway::ModelSettings& model : config_.settings.models) {
      if (model.fallback) {
        next[model.id.str()] = model.fallback->str();
      }
    }
    std::set<std::string> told;
    for (const auto& [start, unused] : next) {
      std::vector<std::string> chain = {start};
      for (auto at = next.find(start); at != next.end(); at = next.find(at->second)) {
        const auto seen = std::ranges::find(chain, at->second);
        if (seen != chain.end()) {
          // Each model of the circle leads here; one telling is enough.
          if (seen == chain.begin() && !told.contains(start)) {
            chain.push_back(start);
            problem(fallback_places_[start],
                    fmt::format("fallbacks go round: {}", fmt::join(chain, " -> ")),
                    "remove one of them");
            told.insert(chain.begin(), chain.end());
          }
          break;
        }
        chain.push_back(at->second);
      }
    }
  }

  // --- routes ---------------------------------------------------------------------------------

  void route(const Section& section) {
    gateway::RouteSettings out;
    const std::string name = section.text("name");
    const std::string shown = fmt::format("route `{}`", printable(name));
    if (!name.empty() && !is_plain_name(name)) {
      problem(section.place("name"), fmt::format("`{}` is no name of a route", printable(name)),
              "letters, digits, `-`, `_` and `.`, at most 64");
    }
    if (!name.empty() && !seen_routes_.insert(name).second) {
      problem(section.place("name"), fmt::format("{} stands twice", shown));
    }
    out.id = RouteId(name);
    out.prefix = section.text("prefix");
    if (!net::parse_target(out.prefix).ok() ||
        (out.prefix.size() > 1 && out.prefix.back() == '/')) {
      problem(section.place("prefix"),
              fmt::format("{}: `prefix` is `{}`", shown, printable(out.prefix)),
              "a prefix begins with `/` and does not end with one");
    }
    const auto protocol = gateway::parse_protocol(section.text("protocol"));
    if (!section.has("protocol") || !protocol) {
      return;  // told as missing or as no choice
    }
    out.protocol = *protocol;
    route_targets(section, shown, out);
    for (const gateway::RouteSettings& earlier : config_.settings.routes) {
      const bool covers = earlier.prefix == "/" || out.prefix == earlier.prefix ||
                          out.prefix.starts_with(earlier.prefix + "/");
      if (covers && (earlier.protocol == Protocol::kHttp || earlier.protocol == out.protocol) &&
          (earlier.protocol == Protocol::kHttp || earlier.prefix == out.prefix)) {
        problems_.warn(section.place(),
                       fmt::format("{} is never reached: `{}` above takes everything below `{}`",
                                   shown, earlier.id.str(), earlier.prefix),
                       "put the narrower route first");
        break;
      }
    }
    out.websocket = section.flag("websocket");
    if (out.websocket && out.protocol != Protocol::kHttp) {
      problem(section.place("websocket"),
              fmt::format("{}: `websocket` is for protocol http", shown));
    }
    for (const PlacedText& origin : section.texts("origins")) {
      const auto url = parse_url(origin.text);
      if (!url.ok() || !url->base_path.empty() || origin.text.ends_with('/')) {
        problem(origin.place, fmt::format("{}: `{}` is no origin", shown, printable(origin.text)),
                "an origin looks like https://app.example");
      }
      out.origins.push_back(origin.text);
    }
    if (!out.origins.empty() && out.protocol != Protocol::kMcp) {
      problem(section.place("origins"), fmt::format("{}: `origins` is for protocol mcp", shown));
    }
    config_.settings.routes.push_back(std::move(out));
  }

  void route_targets(const Section& section, const std::string& shown,
                     gateway::RouteSettings& out) {
    const bool by_model = names_models(out.protocol);
    const std::string_view wrong = by_model ? "upstream" : "models";
    const std::string_view right = by_model ? "models" : "upstream";
    if (section.has(wrong)) {
      problem(section.place(wrong),
              fmt::format("{}: `{}` is not for protocol {}", shown, wrong, name_of(out.protocol)),
              fmt::format("write `{}`", right));
    }
    if (!section.has(right)) {
      problem(section.place(), fmt::format("{}: `{}` is missing", shown, right),
              by_model ? "which of `models` may be named here" : "which of `upstreams` it goes to");
      return;
    }
    if (!by_model) {
      const std::string upstream = section.text("upstream");
      if (refer(section.place("upstream"), "upstream", upstream, upstream_names_)) {
        out.upstream = UpstreamId(upstream);
      }
      return;
    }
    for (const PlacedText& model : section.texts("models")) {
      if (!refer(model.place, "model", model.text, model_names_)) {
        continue;
      }
      out.models.emplace_back(model.text);
      if (out.protocol == Protocol::kKserveGrpc) {
        check_grpc(model, shown);
      }
    }
  }

  // gRPC needs HTTP/2 all the way.
  void check_grpc(const PlacedText& name, const std::string& shown) {
    for (const gateway::ModelSettings& model : config_.settings.models) {
      if (model.id.str() != name.text) {
        continue;
      }
      for (const gateway::ModelTarget& target : model.targets) {
        for (const gateway::UpstreamSettings& upstream : config_.settings.upstreams) {
          const net::Origin& origin = upstream.origin;
          if (upstream.id == target.upstream &&
              (origin.http == net::UpstreamHttp::kHttp1 ||
               (origin.http == net::UpstreamHttp::kAuto && upstream_is_plain(upstream)))) {
            problem(name.place,
                    fmt::format("{}: upstream `{}` of model `{}` does not speak HTTP/2", shown,
                                upstream.id.str(), name.text),
                    fmt::format("write `http: 2` in `upstreams.{}`", upstream.id.str()));
          }
        }
      }
    }
  }

  bool upstream_is_plain(const gateway::UpstreamSettings& upstream) const {
    for (const auto& [name, section] : top_.named("upstreams")) {
      if (name.text == upstream.id.str()) {
        return section.text("url").starts_with("http://");
      }
    }
    return false;
  }

  // --- rules ----------------------------------------------------------------------------------

  static std::vector<std::string> plain(const std::vector<PlacedText>& texts) {
    std::vector<std::string> out;
    for (const PlacedText& text : texts) {
      out.push_back(text.text);
    }
    return out;
  }

  static policy::Who who(const Section& section) {
    return {.anyone = section.flag("everyone"),
            .anonymous = section.flag("anonymous"),
            .keys = plain(section.texts("keys")),
            .teams = plain(section.texts("teams"))};
  }

  void rules() {
    for (const Section& section : top_.sections("rules")) {
      rule(section);
    }
    if (!problems_.refused()) {
      if (config_.rules.empty()) {
        problems_.warn(top_.place(), "there is no rule: every request is refused",
                       "rules: [{name: demo, allow: {keys: [NAME]}}]");
      }
      const auto compiled = policy::RuleAuthorizer::create(config_.rules);
      if (!compiled.ok()) {
        problem(top_.place("rules"), "rules", compiled.error());
      }
    }
  }

  void rule(const Section& section) {
    policy::Rule out;
    out.name = section.text("name");
    const std::string shown = fmt::format("rule `{}`", printable(out.name));
    if (!out.name.empty() && !is_plain_name(out.name)) {
      problem(section.place("name"), fmt::format("`{}` is no name of a rule", printable(out.name)),
              "letters, digits, `-`, `_` and `.`, at most 64");
    }
    if (!out.name.empty() && !seen_rules_.insert(out.name).second) {
      problem(section.place("name"), fmt::format("{} stands twice", shown));
      return;
    }
    if (section.has("allow") == section.has("deny")) {
      problem(section.place(),
              fmt::format("{} has {} `allow` and `deny`", shown,
                          section.has("allow") ? "both" : "neither"),
              "one of them says whom the rule is about");
      return;
    }
    const bool allows = section.has("allow");
    out.effect = allows ? policy::Effect::kAllow : policy::Effect::kDeny;
    out.who = who(section.section(allows ? "allow" : "deny"));
    if (!out.who.anyone && !out.who.anonymous && out.who.keys.empty() && out.who.teams.empty()) {
      problem(section.place(allows ? "allow" : "deny"), fmt::format("{} is about nobody", shown),
              "name keys or teams, or write `everyone: true`");
      return;
    }
    out.routes = names_in_rule(section, "routes", "route", route_names_);
    out.models = names_in_rule(section, "models", "model", model_names_);
    out.actions = plain(section.texts("actions"));
    for (const PlacedText& action : section.texts("actions")) {
      check_action(action, shown);
    }
    for (const PlacedText& source : section.texts("sources")) {
      const auto range = Cidr::parse(source.text);
      if (range.ok()) {
        out.sources.push_back(*range);
      } else {
        problem(source.place, shown, range.error());
      }
    }
    out.with_findings = plain(section.texts("with_findings"));
    out.without_findings = plain(section.texts("without_findings"));
    config_.rules.push_back(std::move(out));
  }

  // A misspelt name in a rule that denies would leave a door open: names must be known, and a
  // pattern must match something.
  std::vector<std::string> names_in_rule(const Section& section, std::string_view key,
                                         std::string_view what,
                                         const std::vector<std::string>& known) {
    for (const PlacedText& name : section.texts(key)) {
      if (!name.text.ends_with('*')) {
        refer(name.place, what, name.text, known);
        continue;
      }
      const std::string_view prefix = std::string_view(name.text).substr(0, name.text.size() - 1);
      if (std::ranges::none_of(known,
                               [&](const std::string& k) { return k.starts_with(prefix); })) {
        problem(name.place, fmt::format("`{}` matches no {}", printable(name.text), what),
                known.empty() ? "" : fmt::format("there is: {}", fmt::join(known, ", ")));
      }
    }
    return plain(section.texts(key));
  }

  void check_action(const PlacedText& action, const std::string& shown) {
    std::vector<std::string_view> known;
    for (size_t i = 0; i < gateway::kProtocols; ++i) {
      for (const gateway::Operation& operation : gateway::operations_of(static_cast<Protocol>(i))) {
        if (std::ranges::find(known, operation.action) == known.end()) {
          known.push_back(operation.action);
        }
      }
    }
    std::string_view text = action.text;
    const bool is_pattern = text.ends_with('*');
    if (is_pattern) {
      text.remove_suffix(1);
    }
    const bool matches = std::ranges::any_of(known, [&](std::string_view name) {
      return is_pattern ? name.starts_with(text) : name == text;
    });
    if (!matches) {
      const std::string_view close = nearest(action.text, known);
      problem(action.place,
              fmt::format("{}: no action `{}`{}", shown, printable(action.text),
                          close.empty() ? "" : fmt::format("; did you mean `{}`?", close)),
              close.empty() ? fmt::format("there is: {}", fmt::join(known, ", ")) : "");
    }
  }

  // --- inspection, forward ----------------------------------------------------------------------

  void inspection() {
    const Section section = top_.section("inspection");
    auto on_finding = [&](std::string_view key) {
      return section.text(key) == "annotate" ? gateway::OnFinding::kAnnotate
                                             : gateway::OnFinding::kRefuse;
    };
    config_.settings.inspection = {.request = on_finding("request"),
                                   .response = on_finding("response")};
    std::set<std::string> seen;
    for (const Section& canary : section.sections("canaries")) {
      const std::string name = canary.text("name");
      if (!name.empty() && !is_plain_name(name)) {
        problem(canary.place("name"), fmt::format("`{}` is no name of a canary", printable(name)),
                "letters, digits, `-`, `_` and `.`, at most 64");
      }
      if (!name.empty() && !seen.insert(name).second) {
        problem(canary.place("name"), fmt::format("canary `{}` stands twice", printable(name)));
      }
      auto value = secret(canary, "value");
      if (!value) {
        continue;
      }
      if (value->size() < kShortestCanary) {
        problem(canary.place("value"),
                fmt::format("canary `{}` has {} bytes", printable(name), value->size()),
                fmt::format("at least {}: a short text turns up by chance", kShortestCanary));
        continue;
      }
      config_.canaries.push_back({.name = name, .value = *std::move(value)});
    }
  }

  void forward() {
    const Section section = top_.section("forward");
    auto fields = [&](std::string_view key) {
      std::vector<std::string> out;
      for (const PlacedText& field : section.texts(key)) {
        if (!is_field_name(field.text)) {
          problem(field.place,
                  fmt::format("`forward.{}`: `{}` is no field", key, printable(field.text)),
                  "the name of a field in lower case");
        } else if (std::ranges::binary_search(kOwnFields, field.text)) {
          problem(field.place, fmt::format("`forward.{}`: `{}` never passes", key, field.text),
                  "the gate sets or consumes it itself");
        } else {
          out.push_back(field.text);
        }
      }
      return out;
    };
    config_.settings.extra_request_fields = fields("request_fields");
    config_.settings.extra_response_fields = fields("response_fields");
  }

  void check_exposure() {
    const Section gate = top_.section("gate");
    for (const net::ListenAddress& address : config_.gate.listen) {
      if (address.unix_path.empty() && !is_local(address.host) && !gate.has("tls")) {
        problems_.warn(gate.place("listen"),
                       fmt::format("the gate listens on {} without TLS", address.host),
                       "keys travel in the clear: set `gate.tls`, or put TLS before it");
      }
    }
  }

  Section top_;
  const ConfigContext& context_;
  References references_;
  Problems& problems_;
  Config config_;
  std::vector<std::string> upstream_names_;
  std::vector<std::string> model_names_;
  std::vector<std::string> route_names_;
  std::map<std::string, Place> fallback_places_;
  std::set<std::string> seen_routes_;
  std::set<std::string> seen_rules_;
};

Error refused(const std::string& path, const std::vector<Problem>& problems) {
  const auto errors = std::ranges::count(problems, Problem::Severity::kError, &Problem::severity);
  const Problem& first = problems.front();
  std::string message = show_problem(path, {.place = first.place, .message = first.message});
  if (errors > 1) {
    message += fmt::format(" (and {} more)", errors - 1);
  }
  return Error(ErrorKind::kUsage, std::move(message), first.hint);
}

}  // namespace

std::string show_problem(std::string_view path, const Problem& problem) {
  std::string out(path);
  if (problem.place.line > 0) {
    out += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  }
  out += problem.severity == Problem::Severity::kWarning ? ": warning: " : ": ";
  out += problem.message;
  if (!problem.hint.empty()) {
    out += fmt::format("\n  hint: {}", problem.hint);
  }
  return out;
}

ledger::LedgerSettings LedgerConfig::settings() const {
  return {.folder = folder,
          .origin = origin,
          .durability = durability,
          .interval = interval,
          .checkpoint_every = checkpoint_every,
          .ring_bytes = ring_bytes,
          .when_unwritable = when_unwritable};
}

Result<ConfigPtr> parse_config(std::string_view text, const std::string& path,
                               const ConfigContext& context, std::vector<Problem>* problems) {
  Problems found;
  YamlParsed parsed = parse_yaml(text);
  for (Problem& problem : parsed.problems) {
    found.add(problem.place, std::move(problem.message), std::move(problem.hint));
  }
  ConfigPtr config;
  if (!found.refused()) {
    check_against_table(parsed.root, found);
    // Below a misspelt section every name would seem to be missing.
    const bool known = std::ranges::all_of(parsed.root.members, [](const YamlMember& member) {
      return find_row(member.key) != nullptr;
    });
    if (known) {
      std::error_code ignored;
      const std::string absolute =
          std::filesystem::absolute(path, ignored).lexically_normal().string();
      Config loaded = Loader(parsed.root, absolute, context, found).load();
      if (!found.refused()) {
        loaded.effective = parse_yaml(effective_yaml(parsed.root)).root;
      }
      config = std::make_shared<const Config>(std::move(loaded));
    }
  }
  const bool is_refused = found.refused();
  std::vector<Problem> list = found.take();
  std::optional<Error> error;
  if (is_refused) {
    error = refused(path, list);
  }
  if (problems != nullptr) {
    *problems = std::move(list);
  }
  if (error) {
    return *std::move(error);
  }
  return config;
}

Result<ConfigPtr> load_config(const std::string& path, const ConfigContext& context,
                              std::vector<Problem>* problems) {
  const auto text = context.outside.read_file(path, Content::kPublic);
  if (!text.ok()) {
    return Error(ErrorKind::kUsage, text.error().message(),
                 "`sallyport init` writes a first configuration; --config PATH names another");
  }
  return parse_config(text->reveal(), path, context, problems);
}

}  // namespace sally::app
