// ConfigLoad: what the parts that read a configuration share. Each part reads its sections (one
// file each: config_gate, config_identity, config_record, config_routing, config_policy,
// config_access, config_inspection, config_outflow); what holds between sections is looked at in
// config_checks. config.cc calls them in their order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/config_reader.h"
#include "app/references.h"

namespace sally::app {

// Used by one load, and gone with it.
struct ConfigLoad {
  // `root`, `context` and `problems` outlive it. `path`: of the file, absolute.
  ConfigLoad(const YamlNode& root, const std::string& path, const ConfigContext& context,
             Problems& problems);

  void problem(Place place, std::string message, std::string hint = {});
  void problem(Place place, std::string_view what, const Error& error);

  // Whether `name` is one of `known`; a problem where it is not.
  bool refer(Place place, std::string_view what, std::string_view name,
             const std::vector<std::string>& known);
  // Nothing, and a problem, where it is no address.
  std::optional<net::ListenAddress> address(const std::string& text, Place place);
  // What a reference names; nothing (and a problem) where it cannot be read. Also nothing, and no
  // problem, where this reading does not ask for it.
  std::optional<Secret> secret(const Section& section, std::string_view key);
  std::string material(const Section& section, std::string_view key);
  // `secret` of the section behind its `prefix`, as the value of a field of HTTP.
  std::optional<Secret> field_secret(const Section& section, std::string_view prefix,
                                     const std::string& shown);
  // 32 bytes; a problem, and empty, where they cannot be read.
  Secret key(const Section& section, std::string_view name);
  // The section's `tls`, for connections to others. `wanted`: the URL says https.
  void client_tls(const Section& section, const std::string& shown, bool wanted,
                  net::Origin& origin);

  Section top;
  const ConfigContext& context;
  References references;
  Problems& problems;
  Config config;
  std::vector<std::string> upstream_names;
  std::vector<std::string> model_names;
  std::vector<std::string> route_names;
  std::vector<Place> route_places;  // of those in `config`, in their order
};

// Names of upstreams, routes and canaries stand in logs, metrics and commands: letters, digits,
// `-`,
// `_` and `.`, at most 64.
inline constexpr std::string_view kPlainName = "letters, digits, `-`, `_` and `.`, at most 64";
[[nodiscard]] bool is_plain_name(std::string_view name);
// Whether a credential may be sent in this field: it frames no message.
[[nodiscard]] bool may_hold_credential(std::string_view field);
[[nodiscard]] bool is_local(std::string_view host);
[[nodiscard]] std::vector<std::string> plain(const std::vector<PlacedText>& texts);

// config_gate.cc: listeners and limits; admin, metrics, state and pepper; log; what is forwarded.
void read_gate(ConfigLoad& in);
void read_places(ConfigLoad& in);
void read_log(ConfigLoad& in);
void read_forward(ConfigLoad& in);
// config_identity.cc: who may call. read_proofs: what a route asks for, its issuers being known.
void read_identity(ConfigLoad& in);
std::vector<std::vector<std::string>> read_proofs(ConfigLoad& in, const Section& section,
                                                  const std::string& shown);
// What the route tells of itself as a resource of OAuth, and whom its tokens must be for.
void describe_resource(ConfigLoad& in, const Section& section, gateway::RouteSettings& route);
// config_exchange.cc: the `exchange` of the upstream `name`, which says `shown` of itself.
void read_exchange(ConfigLoad& in, const std::string& name, const Section& upstream,
                   const std::string& shown);
// config_spiffe.cc: trust domains; before the gate, whose TLS trusts them.
void read_trust_domains(ConfigLoad& in);
// config_record.cc: what is kept, and who is told.
void read_ledger(ConfigLoad& in);
void read_capture(ConfigLoad& in);
void read_telemetry(ConfigLoad& in);
// config_routing.cc
void read_upstreams(ConfigLoad& in);
void read_models(ConfigLoad& in);
void read_routes(ConfigLoad& in);
// config_policy.cc: who may.
void read_policy(ConfigLoad& in);
// config_access.cc: roles for a time.
void read_access(ConfigLoad& in);
// config_inspection.cc: what is looked for.
void read_inspection(ConfigLoad& in);
// config_outflow.cc: what answers must not carry out; after the routes.
void read_outflow(ConfigLoad& in);
// config_attacks.cc: what is done about attacks on models.
void read_attacks(ConfigLoad& in);
// config_privacy.cc: what stands in the place of personal data.
void read_privacy(ConfigLoad& in);
// config_checks.cc: each after what it looks at was read.
void check_fallbacks(ConfigLoad& in);
void check_routes(ConfigLoad& in);
void check_exposure(ConfigLoad& in);

}  // namespace sally::app
