// Config: everything an operator decided, read from one YAML file, checked, and ready for use.
// Immutable once loaded; a reload makes a new one.
//
// docs/configuration.md describes the file; app/config_table.h holds its keys.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/problem.h"
#include "app/references.h"
#include "app/witness_client.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "capture/recorder.h"
#include "content/attack_inspector.h"
#include "content/guard/guard_api.h"
#include "content/outflow/outflow_inspector.h"
#include "content/privacy/privacy_rewriter.h"
#include "crypto/tls.h"
#include "gateway/settings.h"
#include "identity/exchange/exchange_form.h"
#include "identity/grants/rules.h"
#include "identity/oidc/issuer.h"
#include "identity/proof/dpop.h"
#include "identity/sessions.h"
#include "ledger/ledger.h"
#include "net/http.h"
#include "net/server.h"
#include "policy/authorizer.h"
#include "store/vault.h"
#include "tlog/note.h"

namespace sally::app {

struct GateConfig {
  std::vector<net::ListenAddress> listen;
  // Null: plain HTTP.
  std::shared_ptr<const crypto::TlsServerContext> tls;
  // Whose workloads `tls` trusts, as it was read; null: there are no trust domains.
  std::shared_ptr<const crypto::ClientTrust> client_trust;
  WallTime certificate_ends{};  // of `tls`; zero: not known
  unsigned workers = 0;         // 0: one for each core
  bool pin_workers = true;
  net::HttpLimits http;
  size_t max_connections = 0;
  size_t max_connections_per_address = 0;
  Millis drain{0};
};

struct IdentityConfig {
  std::vector<identity::IssuerSettings> issuers;
  // By the name of an issuer: how the certificate of its server is verified.
  std::map<std::string, std::shared_ptr<const crypto::TlsClientContext>> servers;
  identity::DpopRules dpop;
  std::string resource;  // `https://gate.example`; empty: no metadata is told
};

struct LedgerConfig {
  std::string folder;
  std::string origin;
  Secret key;  // the seed; empty unless it was read
  ledger::Durability durability = ledger::Durability::kInterval;
  Millis interval{0};
  Millis checkpoint_every{0};
  ledger::WhenUnwritable when_unwritable = ledger::WhenUnwritable::kRefuse;
  size_t ring_bytes = 0;
  bool live_index = false;  // the gate keeps the index up to date
  std::vector<WitnessTarget> witnesses;
  size_t witness_quorum = 0;  // at most as many as there are witnesses
  Millis retention{0};        // zero: nothing is pruned

  // For Ledger::open.
  [[nodiscard]] ledger::LedgerSettings settings() const;
};

struct CaptureConfig {
  capture::RecorderSettings settings;
  Secret key;  // 32 bytes; empty unless it was read
};

// A field that goes with every export.
struct TelemetryHeader {
  std::string name;
  Secret value;  // the whole field value
  friend bool operator==(const TelemetryHeader&, const TelemetryHeader&) = default;
};

struct TelemetryConfig {
  std::string endpoint;  // as it was written
  net::Origin origin;
  std::string authority;
  std::string base_path;  // without a slash at its end
  std::vector<TelemetryHeader> headers;
  bool traces = false;
  bool metrics = false;
  bool logs = false;
  double sample = 0;
  Millis interval{0};
  Millis timeout{0};
  size_t queue_bytes = 0;
  std::vector<std::pair<std::string, std::string>> resource;
};

struct PolicyConfig {
  std::string folder;                      // as they are written
  std::string bundles;                     // as they are in force
  std::string key_file;                    // of the private key
  std::vector<tlog::VerifierKey> trusted;  // empty: nothing is permitted
  policy::OnForbidError on_forbid_error = policy::OnForbidError::kDeny;
};

// A trust domain of SPIFFE.
struct TrustDomain {
  std::string name;    // `example.org`
  std::string path;    // of its bundle
  std::string bundle;  // PEM or JSON, as it was read
};

enum class LogStyle : uint8_t { kAuto, kJson, kText };
struct LogConfig {
  LogStyle style = LogStyle::kAuto;
  LogLevel level = LogLevel::kInfo;
};

struct Canary {
  std::string name;
  Secret value;
};

// Personal data and secrets in texts.
struct PrivacyConfig {
  content::PrivacySettings settings;
  std::vector<content::CustomRecognizer> recognizers;
  std::shared_ptr<const content::TextFinder> finder;  // null with Reading::kPaths
  std::string vault;
  Secret key;  // 32 octets; empty with Reading::kPaths
  store::VaultLimits limits;
};

// Paths are absolute.
struct Config {
  std::string path;    // of the file itself
  YamlNode effective;  // what is in force, defaults included; secrets are references
  GateConfig gate;
  std::optional<net::ListenAddress> metrics;
  std::optional<TelemetryConfig> telemetry;
  std::string admin_socket;
  std::optional<net::ListenAddress> admin_listen;             // nothing: the socket alone
  std::shared_ptr<const crypto::TlsServerContext> admin_tls;  // null: plain
  std::string state_url;                                      // for store::open_state
  Secret pepper;  // 32 bytes, for identity::Pepper; empty with Reading::kPaths
  IdentityConfig identity;
  identity::SessionRules sessions;
  LedgerConfig ledger;
  std::optional<CaptureConfig> capture;
  LogConfig log;
  PolicyConfig policy;
  std::vector<TrustDomain> trust_domains;
  std::vector<identity::ExchangeSettingsPtr> exchanges;
  identity::Roles roles;
  std::vector<Canary> canaries;
  // By route; of one that is not there, nobody looks at answers but for secrets.
  std::map<RouteId, content::OutflowSettings> outflow;
  std::optional<PrivacyConfig> privacy;
  std::vector<content::KnownText> known_attacks;        // the house's list
  std::map<RouteId, content::AttackSettings> attacks;   // of routes where anybody looks
  std::shared_ptr<const content::GuardSettings> guard;  // null: nobody else is asked
  gateway::Settings settings;
};
using ConfigPtr = std::shared_ptr<const Config>;

// How much of what the file refers to is read. A command that only looks at the ledger must work
// where the provider's credential is not set.
enum class Reading : uint8_t {
  kPaths,     // nothing: for `explain`, `audit`, `watch`
  kTexts,     // what texts are compared with: for `inspect`
  kKeys,      // the pepper: for `key`
  kEvidence,  // the keys of the ledger and of what was captured: for commands that keep or destroy
              // evidence
  kAll,       // everything: for `serve` and `config check`
};

struct ConfigContext {
  Outside outside = system_outside();
  Reading reading = Reading::kAll;
  WallTime now;
  // Shared by every configuration of a process, so that a reload does not end TLS sessions. Null:
  // sessions are not resumed.
  std::shared_ptr<const crypto::TlsTicketKeys> ticket_keys;
};

// Reads the file at `path`. On failure (kUsage) the error tells the first problem and how many
// there are. `problems`, where given, gets all of them (at most Problems::kMost), and the warnings
// of a file that is accepted.
Result<ConfigPtr> load_config(const std::string& path, const ConfigContext& context,
                              std::vector<Problem>* problems = nullptr);

// The same of a text that stands at `path`.
Result<ConfigPtr> parse_config(std::string_view text, const std::string& path,
                               const ConfigContext& context,
                               std::vector<Problem>* problems = nullptr);

// `sallyport.yaml:12:5: unknown key `limts`; did you mean `limits`?` and its hint on a second line.
std::string show_problem(std::string_view path, const Problem& problem);

}  // namespace sally::app
