#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "app/config_load.h"
#include "app/config_values.h"
#include "base/text.h"
#include "crypto/x509.h"

namespace sally::app {
namespace {

// Fields that the gate sets or consumes itself; forwarding one would be a hole.
constexpr std::array<std::string_view, 23> kOwnFields = {"accept-encoding",
                                                         "api-key",
                                                         "authorization",
                                                         "connection",
                                                         "content-encoding",
                                                         "content-length",
                                                         "cookie",
                                                         "dpop",
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

// A certificate that ends sooner is told of.
constexpr std::chrono::hours kRenewal{14 * 24};

void limits(ConfigLoad& in, const Section& section) {
  net::HttpLimits& http = in.config.gate.http;
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
  in.config.gate.max_connections = section.number<size_t>("connections");
  in.config.gate.max_connections_per_address = section.number<size_t>("connections_per_address");
  in.config.gate.drain = section.duration("drain");
  gateway::RequestLimits& request = in.config.settings.limits;
  request.json.depth = section.number<size_t>("json_depth");
  request.json.members = section.number<size_t>("json_members");
  request.requests_per_minute_per_key = section.number<uint32_t>("requests_per_minute_per_key");
  request.burst_per_key = section.number<uint32_t>("burst_per_key");
  request.decoded_ratio = section.number<size_t>("decoded_ratio");
  request.decoded_bytes = section.number<size_t>("decoded");
  request.sse_event_bytes = section.number<size_t>("sse_event");
  if (http.target_bytes > http.head_bytes) {
    in.problem(section.place("target"), "`gate.limits.target` is above `gate.limits.head`",
               "the target is part of the head");
  }
}

void check_validity(ConfigLoad& in, Place place, std::string_view pem) {
  const auto facts = crypto::read_certificate(pem);
  if (!facts.ok()) {
    return;  // told when the context is made
  }
  const crypto::Validity& validity = facts->validity;
  WallTime& ends = in.config.gate.certificate_ends;  // of the first that does
  ends = ends == WallTime{} ? validity.ends : std::min(ends, validity.ends);
  if (in.context.now >= validity.ends) {
    in.problem(
        place, fmt::format("the certificate expired at {}", format_time(validity.ends)),
        "renew it; for one that `sallyport init` made: remove gate.crt and gate.key, and run "
        "it again");
  } else if (in.context.now < validity.begins) {
    in.problem(place, fmt::format("the certificate begins at {}", format_time(validity.begins)),
               "is this machine's clock right?");
  } else if (in.context.now + kRenewal >= validity.ends) {
    in.problems.warn(place,
                     fmt::format("the certificate expires at {}", format_time(validity.ends)),
                     "renew it");
  }
}

// What the section `name` (`gate.tls`) says; null where it cannot be, which is told.
std::shared_ptr<const crypto::TlsServerContext> server_tls(ConfigLoad& in, const Section& tls,
                                                           std::string_view name) {
  const std::string chain = in.material(tls, "certificate");
  const auto key = in.secret(tls, "key");
  const std::string client_ca = in.material(tls, "client_ca");
  const bool required = tls.flag("require_client");
  const auto& domains = in.config.gate.client_trust;
  if (required && !tls.has("client_ca") && in.top.section("identity").named("spiffe").empty()) {
    in.problem(tls.place("require_client"),
               fmt::format("`{}.require_client` without `client_ca`", name),
               "say who may issue client certificates: client_ca: {file: PATH}");
    return nullptr;
  }
  if (chain.empty() || !key || (tls.has("client_ca") && client_ca.empty())) {
    return nullptr;
  }
  check_validity(in, tls.place("certificate"), chain);
  auto context = crypto::TlsServerContext::create(
      {.certificate_chain_pem = chain,
       .private_key_pem = *key,
       .client_certificates = client_ca.empty() && domains == nullptr
                                  ? crypto::ClientCertificates::kNotAsked
                              : required ? crypto::ClientCertificates::kRequired
                                         : crypto::ClientCertificates::kRequested,
       .client_ca_pem = client_ca,
       .client_domains = domains,
       .least =
           tls.text("minimum") == "1.3" ? crypto::TlsVersion::kTls13 : crypto::TlsVersion::kTls12,
       .http2 = true,
       .ticket_keys = in.context.ticket_keys});
  if (!context.ok()) {
    in.problem(tls.place("certificate"), name, context.error());
    return nullptr;
  }
  return *std::move(context);
}

}  // namespace

void read_gate(ConfigLoad& in) {
  const Section gate = in.top.section("gate");
  GateConfig& out = in.config.gate;
  for (const PlacedText& text : gate.texts("listen")) {
    if (auto parsed = in.address(text.text, text.place)) {
      out.listen.push_back(*std::move(parsed));
    }
  }
  out.workers = gate.number<unsigned>("workers");
  out.pin_workers = gate.flag("pin_workers");
  if (gate.has("tls")) {
    out.tls = server_tls(in, gate.section("tls"), "gate.tls");
  }
  limits(in, gate.section("limits"));
}

void read_places(ConfigLoad& in) {
  if (in.top.has("metrics")) {
    const Section metrics = in.top.section("metrics");
    in.config.metrics = in.address(metrics.text("listen"), metrics.place("listen"));
  }
  const Section admin = in.top.section("admin");
  in.config.admin_socket = in.references.resolve(admin.text("socket"));
  if (in.config.admin_socket.size() > 107) {
    in.problem(admin.place("socket"),
               fmt::format("`admin.socket`: the path has {} bytes; a unix socket's has at most 107",
                           in.config.admin_socket.size()));
  }
  if (admin.has("tls")) {
    in.config.admin_tls = server_tls(in, admin.section("tls"), "admin.tls");
  }
  if (admin.has("listen")) {
    in.config.admin_listen = in.address(admin.text("listen"), admin.place("listen"));
    const auto& address = in.config.admin_listen;
    if (address && !admin.has("tls") && !is_local(address->host)) {
      in.problem(admin.place("listen"), "`admin.listen` is open to others without `admin.tls`",
                 "credentials would travel in the clear: set `admin.tls`, or listen on 127.0.0.1");
    }
  }

  constexpr std::string_view kSqlite = "sqlite:";
  const std::string state = in.top.text("state");
  if (state.starts_with(kSqlite) && state.size() > kSqlite.size()) {
    in.config.state_url =
        fmt::format("{}{}", kSqlite, in.references.resolve(state.substr(kSqlite.size())));
  } else {
    in.problem(in.top.place("state"), fmt::format("`state` is `{}`", printable(state)),
               "write sqlite:PATH");
  }
  if (in.context.reading == Reading::kKeys || in.context.reading == Reading::kAll) {
    in.config.pepper = in.key(in.top, "pepper");
  }
}

void read_log(ConfigLoad& in) {
  const Section section = in.top.section("log");
  const std::string format = section.text("format");
  in.config.log.style = format == "json"   ? LogStyle::kJson
                        : format == "text" ? LogStyle::kText
                                           : LogStyle::kAuto;
  const std::string level = section.text("level");
  in.config.log.level = level == "debug"   ? LogLevel::kDebug
                        : level == "warn"  ? LogLevel::kWarn
                        : level == "error" ? LogLevel::kError
                                           : LogLevel::kInfo;
}

void read_forward(ConfigLoad& in) {
  const Section section = in.top.section("forward");
  auto fields = [&](std::string_view key) {
    std::vector<std::string> out;
    for (const PlacedText& field : section.texts(key)) {
      if (!is_field_name(field.text)) {
        in.problem(field.place,
                   fmt::format("`forward.{}`: `{}` is no field", key, printable(field.text)),
                   "the name of a field in lower case");
      } else if (std::ranges::binary_search(kOwnFields, field.text)) {
        in.problem(field.place, fmt::format("`forward.{}`: `{}` never passes", key, field.text),
                   "the gate sets or consumes it itself");
      } else {
        out.push_back(field.text);
      }
    }
    return out;
  };
  in.config.settings.extra_request_fields = fields("request_fields");
  in.config.settings.extra_response_fields = fields("response_fields");
}

}  // namespace sally::app
