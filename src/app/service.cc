#include "app/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <set>
#include <tuple>
#include <utility>

#include "app/changes.h"
#include "app/metrics_of_parts.h"
#include "app/processors.h"
#include "base/encoding.h"
#include "base/text.h"
#include "content/guard/guard_model.h"
#include "content/privacy/privacy_rewriter.h"
#include "content/secrets/secret_inspector.h"
#include "content/service/content_service.h"
#include "identity/exchange/token_exchange.h"
#include "identity/granted.h"
#include "identity/revocable.h"
#include "identity/revocation_service.h"
#include "store/cached_vault.h"
#include "store/sqlite_vault.h"
#include "telemetry/metrics.h"
#include "tlog/prover.h"

namespace sally::app {
namespace {

// How often the keys are compared with the state, and how old they may grow when it cannot be read.
constexpr Millis kKeepHouseEvery{200};
constexpr Millis kKeysMaxAge{30'000};
constexpr int kFlushUsesEvery = 300;     // times kKeepHouseEvery: a minute
constexpr int kSweepVaultEvery = 1'500;  // times kKeepHouseEvery: five minutes
constexpr int kSecond = 5;               // times kKeepHouseEvery
constexpr int kRetryPolicies = 5 * kSecond;
constexpr int kPruneEvery = 3'600 * kSecond;
constexpr int kForgetEvery = 3'600 * kSecond;
constexpr size_t kMostAdminBody = size_t{64} * 1024;
constexpr size_t kMostAdminConnections = 64;
constexpr size_t kMostWorkWaiting = 256;  // large bodies to be parsed

std::string show(const net::ListenAddress& address, uint16_t port) {
  if (!address.unix_path.empty()) {
    return "unix:" + address.unix_path;
  }
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", address.host, v6 ? "]" : "", port);
}

// What a reload of `privacy` may change is everything but the vault.
bool same_vault(const std::optional<PrivacyConfig>& a, const std::optional<PrivacyConfig>& b) {
  return a.has_value() == b.has_value() &&
         (!a ||
          (a->vault == b->vault && a->key == b->key && a->limits.lifetime == b->limits.lifetime &&
           a->limits.values_per_scope == b->limits.values_per_scope));
}

bool same_capture(const std::optional<CaptureConfig>& a, const std::optional<CaptureConfig>& b) {
  return a.has_value() == b.has_value() && (!a || (a->settings == b->settings && a->key == b->key));
}

// But for certificates, which are not read again.
bool same_telemetry(const std::optional<TelemetryConfig>& a,
                    const std::optional<TelemetryConfig>& b) {
  if (!a || !b) {
    return a.has_value() == b.has_value();
  }
  const auto values = [](const TelemetryConfig& c) {
    return std::tie(c.endpoint, c.headers, c.traces, c.metrics, c.logs, c.sample, c.interval,
                    c.timeout, c.queue_bytes, c.resource);
  };
  return values(*a) == values(*b);
}

bool same_witness(const WitnessTarget& a, const WitnessTarget& b) {
  return a.authority == b.authority && a.base_path == b.base_path &&
         (a.origin.tls == nullptr) == (b.origin.tls == nullptr) && a.key.vkey() == b.key.vkey();
}

// A key of this process alone.
Secret fresh_key(Random& random) {
  std::string bytes(32, '\0');
  random.fill(MutableBytes(reinterpret_cast<std::byte*>(bytes.data()), bytes.size()));
  return Secret::take(std::move(bytes));
}

// The keys of a configuration that a reload cannot change.
std::string needs_restart(const Config& from, const Config& to) {
  std::string out;
  const auto note = [&](bool changed, std::string_view key) {
    if (changed) {
      out += (out.empty() ? "" : ", ") + std::string(key);
    }
  };
  const auto same_address = [](const net::ListenAddress& a, const net::ListenAddress& b) {
    return a.host == b.host && a.port == b.port && a.unix_path == b.unix_path;
  };
  note(!std::ranges::equal(from.gate.listen, to.gate.listen, same_address), "gate.listen");
  note((from.gate.tls == nullptr) != (to.gate.tls == nullptr), "gate.tls");
  note(from.gate.workers != to.gate.workers, "gate.workers");
  note(from.gate.pin_workers != to.gate.pin_workers, "gate.pin_workers");
  note(from.metrics.has_value() != to.metrics.has_value() ||
           (from.metrics && !same_address(*from.metrics, *to.metrics)),
       "metrics.listen");
  note(!same_telemetry(from.telemetry, to.telemetry), "telemetry");
  note(from.admin_socket != to.admin_socket, "admin.socket");
  note(from.admin_listen.has_value() != to.admin_listen.has_value() ||
           (from.admin_listen && !same_address(*from.admin_listen, *to.admin_listen)),
       "admin.listen");
  note((from.admin_tls == nullptr) != (to.admin_tls == nullptr), "admin.tls");
  note(from.state_url != to.state_url, "state");
  note(!(from.sessions == to.sessions), "sessions");
  note(!(from.pepper == to.pepper), "pepper");
  note(from.ledger.folder != to.ledger.folder || from.ledger.origin != to.ledger.origin ||
           !(from.ledger.key == to.ledger.key) || from.ledger.durability != to.ledger.durability ||
           from.ledger.interval != to.ledger.interval ||
           from.ledger.checkpoint_every != to.ledger.checkpoint_every ||
           from.ledger.when_unwritable != to.ledger.when_unwritable ||
           from.ledger.ring_bytes != to.ledger.ring_bytes ||
           from.ledger.live_index != to.ledger.live_index ||
           !std::ranges::equal(from.ledger.witnesses, to.ledger.witnesses, same_witness) ||
           from.ledger.retention != to.ledger.retention,
       "ledger");
  note(!same_capture(from.capture, to.capture), "capture");
  note(!same_vault(from.privacy, to.privacy), "privacy (its vault, key and limits)");
  note(from.log.level != to.log.level || from.log.style != to.log.style, "log");
  return out;
}

// Who looks at the answers of which route.
Result<std::map<RouteId, std::shared_ptr<const ExchangeInspector>>> outflow_inspectors(
    const Config& config, const std::vector<content::Canary>& canaries) {
  std::map<RouteId, std::shared_ptr<const ExchangeInspector>> out;
  content::OutflowParts parts;
  std::vector<content::Canary> hidden;
  std::vector<std::string> sensitive;
  for (const content::Canary& canary : canaries) {
    sensitive.emplace_back(canary.value.reveal());
    // One that is mostly signs is looked for as it stands alone.
    std::vector<content::Canary> one;
    one.push_back({canary.name, canary.value.clone()});
    if (content::HiddenCanary::create(one).ok()) {
      parts.longest_canary = std::max(parts.longest_canary, canary.value.size());
      hidden.push_back(std::move(one.front()));
    }
  }
  if (!hidden.empty()) {
    TRY(content::HiddenCanary finder, content::HiddenCanary::create(hidden));
    parts.canaries = std::make_shared<const content::HiddenCanary>(std::move(finder));
  }
  parts.sensitive = std::make_shared<const std::vector<std::string>>(std::move(sensitive));
  parts.prompts = std::make_shared<content::PromptCache>();
  for (const auto& [route, wanted] : config.outflow) {
    content::OutflowSettings settings = wanted;
    if (parts.canaries == nullptr) {
      settings.canaries = content::OnOutflow::kOff;
    }
    if (!settings.anything()) {
      continue;
    }
    if (settings.code != content::OnOutflow::kOff && parts.code == nullptr) {
      TRY(content::CodeDanger code, content::CodeDanger::create());
      parts.code = std::make_shared<const content::CodeDanger>(std::move(code));
    }
    TRY(out[route], content::OutflowInspector::create(std::move(settings), parts));
  }
  return out;
}

// The gate's own credentials are canaries too: an upstream that gives back what it was sent must
// not hand them to a client. Only those that stand for themselves: long, and unlike any word.
void watch_for_credentials(const gateway::Settings& settings,
                           std::vector<content::Canary>& canaries) {
  constexpr size_t kLeast = 16;
  constexpr size_t kDistinct = 8;
  std::set<std::string> seen;
  const auto fold = [](std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
  };
  for (const content::Canary& canary : canaries) {
    seen.insert(fold(canary.value.reveal()));
  }
  for (const gateway::UpstreamSettings& upstream : settings.upstreams) {
    if (!upstream.credential) {
      continue;
    }
    std::string_view value = upstream.credential->value.reveal();
    value.remove_prefix(value.rfind(' ') +
                        1);  // after `Bearer `; the whole where there is no space
    std::string folded = fold(value);
    const bool telling = value.size() >= kLeast &&
                         value.size() <= content::SecretInspector::kMaxCanary &&
                         std::set<char>(folded.begin(), folded.end()).size() >= kDistinct;
    if (telling && seen.insert(std::move(folded)).second) {
      canaries.push_back({"upstream:" + upstream.id.str(), Secret(value)});
    }
  }
}

}  // namespace

std::shared_ptr<const crypto::TlsServerContext> Service::CurrentTls::current() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

void Service::CurrentTls::set(std::shared_ptr<const crypto::TlsServerContext> context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

Service::LoopWaker::LoopWaker(net::Loop& loop) : state_(std::make_shared<State>()) {
  state_->loop = &loop;
}

Service::LoopWaker::~LoopWaker() {
  const std::lock_guard lock(state_->mutex);
  state_->loop = nullptr;
}

std::function<void()> Service::LoopWaker::function() const {
  return [state = state_] {
    const std::lock_guard lock(state->mutex);
    if (state->loop != nullptr) {
      state->loop->post([] {});
    }
  };
}

Result<std::unique_ptr<Service>> Service::start(ConfigPtr config, ConfigContext context,
                                                const Clock& clock, Logger& logger) {
  std::unique_ptr<Service> service(new Service(std::move(context), clock, logger));
  TRY_OK(service->open(std::move(config)));
  return service;
}

Result<> Service::open(ConfigPtr config) {
  if (config->telemetry) {
    TRY(telemetry_export_, TelemetryExport::create({config, &*config->telemetry}, clock_, logger_));
  }
  TRY(state_, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY(auto pepper, identity::Pepper::bind(config->pepper, *state_));
  pepper_ = std::make_unique<identity::Pepper>(std::move(pepper));
  TRY(identifier_, identity::ApiKeyIdentifier::open(*state_, *pepper_, kKeysMaxAge, clock_.now()));
  logger_.write(LogEvent::kKeysLoaded, {{"keys", identifier_->keys()}});
  TRY(fetcher_, HttpFetcher::create(clock_, logger_));
  dpop_key_ = fresh_key(random_);
  sessions_ = std::make_shared<identity::MemorySessions>(config->sessions);
  dpop_proofs_ = std::make_unique<store::MemoryCounters>(random_);
  TRY(grants_,
      GrantKeeper::open(
          {.state = *state_,
           .clock = clock_,
           .log = logger_,
           .notice = [this](Notice what, std::string detail) { notice(what, std::move(detail)); },
           // What could not be brought there is tried again every second.
           .deliver = [this] { [[maybe_unused]] const auto delivered = log_keeper_->deliver(); },
           .max_age = kKeysMaxAge}));
  TRY(revocations_, identity::Revocations::open(*state_, kKeysMaxAge, clock_.now()));
  logger_.write(LogEvent::kRevocationsLoaded, {{"revocations", revocations_->size()}});
  policies_.emplace(*state_);
  tool_pins_ = std::make_shared<policy::PinnedTools>();
  TRY_OK(tool_pins_->keep_house(*state_, clock_.now()));
  counters_ = std::make_unique<store::MemoryCounters>(random_);
  limiter_ = std::make_unique<perimeter::CountedRateLimiter>(*counters_);
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(config->ledger.key));
  auto opened = ledger::Ledger::open(config->ledger.settings(), std::move(key), clock_, logger_);
  if (!opened.ok()) {
    const Error& error = opened.error();
    // That another process writes it is no answer here: it could not be done.
    return error.kind() == ErrorKind::kConflict
               ? Error(ErrorKind::kUnavailable, error.message(), error.hint())
               : error;
  }
  ledger_ = *std::move(opened);
  if (config->ledger.live_index) {
    index_ = std::make_unique<ledger::LiveIndex>(config->ledger.folder, logger_);
  }
  if (config->capture) {
    TRY(recorder_,
        capture::Recorder::open(config->capture->settings, config->capture->key, clock_, logger_));
  }
  if (config->privacy) {
    TRY(auto vault, store::open_sqlite_vault(config->privacy->vault, store::IfMissing::kCreate,
                                             config->privacy->key, config->privacy->limits,
                                             std::make_unique<SystemRandom>()));
    vault_ =
        std::make_shared<store::CachedVault>(std::move(vault), store::VaultCacheLimits{}, random_);
  }
  log_keeper_.emplace(LogKeeper::Parts{.ledger = *ledger_,
                                       .state = *state_,
                                       .folder = config->ledger.folder,
                                       .retention = config->ledger.retention,
                                       .clock = clock_,
                                       .log = logger_});
  const std::vector<int> processors = allowed_processors();
  const unsigned count =
      config->gate.workers == 0 ? static_cast<unsigned>(processors.size()) : config->gate.workers;
  metrics_ = std::make_unique<gateway::Metrics>(count);
  applied_.emplace(count);
  work_ = std::make_unique<net::WorkPool>(count, kMostWorkWaiting);
  for (unsigned i = 0; i < count; ++i) {
    Worker worker;
    worker.random = std::make_unique<SystemRandom>();
    if (telemetry_export_ != nullptr) {
      worker.tracer = telemetry_export_->lane(*worker.random);
    }
    TRY(worker.loop, net::Loop::create(clock_, logger_));
    worker.waker = std::make_unique<LoopWaker>(*worker.loop);
    TRY(worker.sink, ledger_->lane(worker.waker->function()));
    worker.loop->at_turn_end([sink = worker.sink.get()] { sink->commit(); });
    worker.pool = std::make_unique<net::ClientPool>(*worker.loop);
    worker.gate = std::make_unique<gateway::Gate>(
        gateway::Gate::Ports{*worker.loop, *worker.pool, *worker.sink, *limiter_, *work_,
                             *worker.random, metrics_->shard(i), worker.tracer.get()});
    worker.loop->spawn("gate.recheck", worker.gate->keep_rechecking());
    applied_->note(i, revocations_->epoch(), clock_.now());
    workers_.push_back(std::move(worker));
  }
  health_ = std::make_unique<gateway::HealthChecker>(*workers_[0].loop, *workers_[0].pool);
  TRY_OK(put_in_force(config));
  keeper_ = std::make_unique<Housekeeper>(kKeepHouseEvery, [this] { keep_house(); });
  TRY_OK(open_servers(*config));
  ask_witnesses(*config);
  // Two loops on one processor, while others are for something else, hold each other up for whole
  // time slices.
  bool pinned = config->gate.pin_workers && processors.size() == workers_.size();
  for (size_t i = 0; i < workers_.size(); ++i) {
    workers_[i].thread = std::thread([loop = workers_[i].loop.get()] { loop->run(); });
    pinned = pinned && keep_on(workers_[i].thread, processors[i]);
  }
  if (telemetry_export_ != nullptr) {
    telemetry_export_->start([this] { return collect_metrics(); });
  }
  {
    const std::lock_guard lock(reloading_);  // the housekeeper is at work already
    config_ = config;
  }
  started_ = true;
  for (const std::string& address : addresses_) {
    logger_.write(LogEvent::kGateStarted, {{"listen", address},
                                           {"tls", config->gate.tls != nullptr},
                                           {"workers", workers_.size()},
                                           {"pinned", pinned}});
  }
  return ok();
}

// From now on every checkpoint goes to the witnesses. A log that one of them contradicts signs
// nothing more.
void Service::ask_witnesses(const Config& config) {
  if (config.ledger.witnesses.empty()) {
    return;
  }
  const std::filesystem::path folder = config.ledger.folder;
  witnesses_ = std::make_unique<WitnessClient>(
      *workers_[0].loop, *workers_[0].pool, *keeper_, config.ledger.witnesses,
      WitnessedLog{
          .root =
              [folder](uint64_t size, uint64_t of) {
                tlog::FolderTiles tiles(folder);
                return tlog::Prover(tiles, of).root_of(size);
              },
          .prove =
              [folder](uint64_t from, uint64_t to) {
                tlog::FolderTiles tiles(folder);
                return tlog::Prover(tiles, to).consistency(from);
              },
          .add_cosignature = [this](std::string_view line,
                                    uint64_t size) { return ledger_->add_cosignature(line, size); },
          .contradicted = [this](const std::string& why) { ledger_->stop_signing(why); }});
  ledger_->on_checkpoint(
      [client = witnesses_.get()](std::string_view note) { client->publish(std::string(note)); });
}

Result<> Service::open_servers(const Config& config) {
  std::vector<net::ServerWorker> workers;
  for (const Worker& worker : workers_) {
    workers.push_back({worker.loop.get(), worker.gate.get()});
  }
  for (const net::ListenAddress& address : config.gate.listen) {
    TRY(auto server,
        net::Server::open({.address = address,
                           .tls = config.gate.tls == nullptr ? nullptr : &tls_,
                           .limits = config.gate.http,
                           .max_connections = config.gate.max_connections,
                           .max_connections_per_address = config.gate.max_connections_per_address},
                          workers));
    addresses_.push_back(show(address, server->port()));
    gates_.push_back(std::move(server));
  }
  net::Loop& first = *workers_[0].loop;
  if (config.metrics) {
    telemetry_ = std::make_unique<gateway::Telemetry>(gateway::Telemetry::Sources{
        [this] { return telemetry::render_prometheus(collect_metrics()); },
        [this] { return not_ready(); }});
    TRY(auto server, net::Server::open({.address = *config.metrics, .max_connections = 64},
                                       {{&first, telemetry_.get()}}));
    logger_.write(LogEvent::kGateStarted, {{"telemetry", show(*config.metrics, server->port())}});
    side_servers_.push_back(std::move(server));
  }
  return open_admin(config);
}

Result<> Service::open_admin(const Config& config) {
  net::Loop& first = *workers_[0].loop;
  admin_parts_.emplace(AdminParts{
      .state = *state_,
      .pepper = *pepper_,
      .revocations = *revocations_,
      .applied = *applied_,
      .event_issuer = [this](std::string_view iss) -> std::optional<identity::EventIssuer> {
        const auto signing = issuers()->signing(iss, clock_.now());
        if (!signing || signing->issuer->events_audience.empty()) {
          return std::nullopt;
        }
        const identity::NumberedKeysPtr& keys = signing->keys;
        return identity::EventIssuer{
            signing->issuer->name, signing->issuer->events_audience,
            signing->issuer->rules.algorithms,
            keys == nullptr ? nullptr : std::shared_ptr<const identity::JwkSet>(keys, &keys->keys)};
      },
      .clock = clock_,
      .random = house_random_,
      .refresh = [this] { return refresh_keys(); },
      .reload = [this](const Author& author) { return reload(author.who, author.from); },
      .deliver_outbox = [this]() -> Result<std::string> {
        TRY(const size_t delivered, log_keeper_->deliver());
        return fmt::format("{} changes brought to the ledger", delivered);
      },
      .status =
          [this] {
            return fmt::format("{} connections{}", connections(), draining_ ? ", draining" : "");
          },
      .roles =
          [this] {
            const std::lock_guard lock(reloading_);
            return config_->roles;
          }});
  const AdminApi::Deciders deciders{
      [this] {
        const std::lock_guard lock(snapshot_mutex_);
        return snapshot_->parts().identifier;
      },
      [this] { return authorizer(); },
      [this](std::string_view token, WallTime now, std::function<void()> done) {
        issuers()->ask(token, now, std::move(done));
      }};
  const net::HttpLimits limits{.body_bytes = kMostAdminBody};
  if (!config.admin_socket.empty()) {
    admin_ = std::make_unique<AdminApi>(first, *keeper_, *admin_parts_,
                                        AdminApi::Trust::kWhoeverConnects, deciders);
    TRY(auto server, net::Server::open({.address = {.unix_path = config.admin_socket},
                                        .limits = limits,
                                        .max_connections = kMostAdminConnections},
                                       {{&first, admin_.get()}}));
    side_servers_.push_back(std::move(server));
  }
  if (config.admin_listen) {
    guarded_admin_ = std::make_unique<AdminApi>(first, *keeper_, *admin_parts_,
                                                AdminApi::Trust::kNobody, deciders);
    TRY(auto server, net::Server::open({.address = *config.admin_listen,
                                        .tls = config.admin_tls == nullptr ? nullptr : &admin_tls_,
                                        .limits = limits,
                                        .max_connections = kMostAdminConnections},
                                       {{&first, guarded_admin_.get()}}));
    logger_.write(LogEvent::kGateStarted, {{"admin", show(*config.admin_listen, server->port())}});
    side_servers_.push_back(std::move(server));
  }
  return ok();
}

Result<gateway::Parts> Service::parts_of(const Config& config) {
  gateway::Parts parts;
  fetcher_->trust(config.identity.servers);
  auto issuers = std::make_shared<const identity::Issuers>(config.identity.issuers, *fetcher_,
                                                           logger_, this->issuers().get());
  TRY(auto dpop, identity::Dpop::create(config.identity.dpop, dpop_key_, *dpop_proofs_, clock_));
  std::set<std::string, std::less<>> trust_domains;
  for (const TrustDomain& domain : config.trust_domains) {
    trust_domains.insert(domain.name);
  }
  const auto callers = std::make_shared<const identity::Callers>(identity::Callers::Parts{
      .keys = identifier_,
      .issuers = issuers,
      .workloads = std::make_shared<const identity::Workloads>(std::move(trust_domains)),
      .dpop = std::make_shared<const identity::Dpop>(std::move(dpop))});
  if (exchanged_ != config.exchanges) {
    // Tokens at hand outlive a change of policies.
    exchanged_ = config.exchanges;
    exchange_ = exchanged_.empty() ? nullptr
                                   : identity::TokenExchange::create(exchanged_, *fetcher_, clock_);
  }
  parts.upstream_tokens = exchange_;
  parts.identifier = std::make_shared<const identity::RevocableIdentifier>(
      std::make_shared<const identity::Granted>(callers, grants_->grants()), revocations_);
  TRY(auto authorizer, policies_->read(config));
  parts.authorizer = authorizer;
  parts.sessions = sessions_;
  std::vector<content::Canary> canaries;
  for (const Canary& canary : config.canaries) {
    canaries.push_back({canary.name, canary.value.clone()});
  }
  TRY(parts.exchange_inspectors, outflow_inspectors(config, canaries));
  watch_for_credentials(config.settings, canaries);
  TRY(auto inspector, content::SecretInspector::create(canaries));
  parts.inspectors.push_back(std::move(inspector));
  const bool scores = !config.attacks.empty() || config.privacy;
  if (scores && attacks_ == nullptr) {
    TRY(auto made, content::AttackDetector::create());
    attacks_ = std::make_shared<const content::AttackDetector>(std::move(made));
  }
  const auto attacks = config.known_attacks.empty() || attacks_ == nullptr
                           ? attacks_
                           : std::make_shared<const content::AttackDetector>(
                                 attacks_->knowing(config.known_attacks));
  for (const auto& [route, settings] : config.attacks) {
    parts.route_inspectors[route].push_back(
        std::make_shared<const content::AttackInspector>(attacks, settings));
  }
  if (config.guard != nullptr) {
    parts.second_opinion = std::make_shared<const content::GuardModel>(config.guard, *fetcher_);
  }
  if (config.privacy && vault_ != nullptr) {
    const auto& finder = config.privacy->finder;
    parts.texts = std::make_shared<const content::ContentService>(finder, attacks,
                                                                  config.privacy->key.clone());
    parts.rewriter = std::make_shared<const content::PrivacyRewriter>(
        config.privacy->settings, finder, vault_, config.privacy->key.clone());
  }
  parts.tool_pins = tool_pins_;
  parts.recorder = recorder_;
  const policy::ActiveSet& enforced = authorizer->enforced();
  logger_.write(
      LogEvent::kPoliciesLoaded,
      {{"version", enforced.id().version},
       {"policies", enforced.policies().policies().size()},
       {"shadow", authorizer->shadow() == nullptr ? 0 : authorizer->shadow()->id().version}});
  const std::lock_guard lock(authorizer_mutex_);
  authorizer_ = std::move(authorizer);
  issuers_ = std::move(issuers);
  return parts;
}

std::shared_ptr<const identity::Issuers> Service::issuers() const {
  const std::lock_guard lock(authorizer_mutex_);
  return issuers_;
}

std::shared_ptr<const policy::CedarAuthorizer> Service::authorizer() const {
  const std::lock_guard lock(authorizer_mutex_);
  return authorizer_;
}

Result<> Service::put_in_force(const ConfigPtr& config) {
  TRY(auto parts, parts_of(*config));
  gateway::SnapshotPtr previous;
  {
    const std::lock_guard lock(snapshot_mutex_);
    previous = snapshot_;
  }
  TRY(auto snapshot,
      gateway::Snapshot::build(std::shared_ptr<const gateway::Settings>(config, &config->settings),
                               std::move(parts), previous.get()));
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_ = snapshot;
  }
  trust_.follow(config);
  tls_.set(trust_.context());
  admin_tls_.set(config->admin_tls);
  certificate_ends_ = config->gate.certificate_ends;
  for (const auto& server : gates_) {
    server->set_limits(config->gate.http);
  }
  // In force means: for every request from here on.
  on_every_worker([&](size_t i) {
    workers_[i].gate->put_in_force(snapshot);
    if (i == 0) {
      health_->put_in_force(snapshot);
    }
  });
  return ok();
}

void Service::on_every_worker(const std::function<void(size_t)>& work) {
  std::vector<std::future<void>> applied;
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (!workers_[i].thread.joinable()) {
      work(i);
      continue;
    }
    const auto done = std::make_shared<std::promise<void>>();
    applied.push_back(done->get_future());
    workers_[i].loop->post([&work, i, done] {
      work(i);
      done->set_value();
    });
  }
  // A loop that is gone breaks its promise, which ends the wait too.
  for (const std::future<void>& one : applied) {
    one.wait();
  }
}

Result<std::string> Service::reload(std::string_view who, std::string_view from) {
  const std::lock_guard lock(reloading_);
  ChangeEvent event = change_by_program(clock_, random_, "config.reload", config_->path);
  event.who = who;
  event.from = from;
  ConfigContext context = context_;
  context.now = clock_.now();
  std::vector<Problem> problems;
  auto loaded = load_config(config_->path, context, &problems);
  const Result<> applied = loaded ? put_in_force(*loaded) : Result<>(loaded.error());
  if (!applied) {
    logger_.write(LogEvent::kConfigRefused,
                  {{"path", config_->path}, {"error", applied.error().message()}});
    event.failure = applied.error().message();
    record(event);
    return applied.error();
  }
  ConfigDifference difference = config_difference(config_->effective, (*loaded)->effective);
  event.before = std::move(difference.before);
  event.after = std::move(difference.after);
  record(event);
  const std::string restart = needs_restart(*config_, **loaded);
  config_ = *std::move(loaded);
  logger_.write(LogEvent::kConfigLoaded, {{"path", config_->path}, {"needs_restart", restart}});
  return restart.empty() ? std::string("in force")
                         : "in force; these take effect after a restart: " + restart;
}

void Service::record(const ChangeEvent& change) {
  // It waits in the state until the log has it; what cannot be put even there is in the log of the
  // process at least.
  if (const auto recorded = record_change(*state_, change); !recorded) {
    logger_.write(LogEvent::kChangeNotRecorded,
                  {{"change", change.what}, {"error", recorded.error().message()}});
  }
}

Result<std::string> Service::refresh_keys() {
  TRY(const bool changed, identifier_->refresh(clock_.now()));
  if (changed) {
    unapplied_ = true;
    logger_.write(LogEvent::kKeysLoaded, {{"keys", identifier_->keys()}});
  }
  TRY(const bool revoked, revocations_->refresh(clock_.now()));
  if (revoked) {
    unapplied_ = true;
    logger_.write(LogEvent::kRevocationsLoaded, {{"revocations", revocations_->size()}});
    applied_->forget_before(revocations_->oldest_epoch());
  }
  // While the gate starts, no worker has a call yet; the next turn does it.
  if (started_ && unapplied_.exchange(false)) {
    on_every_worker([this](size_t i) {
      workers_[i].gate->recheck();
      applied_->note(i, revocations_->epoch(), clock_.now());
    });
  }
  // Last: it brings changes to the ledger first, and what is revoked does not wait for a disk.
  TRY_OK(grants_->refresh());
  return fmt::format("{} keys in force", identifier_->keys());
}

void Service::keep_policies() {
  const std::unique_lock lock(reloading_, std::try_to_lock);
  if (!lock || config_ == nullptr) {
    return;  // whoever holds it reads the policies
  }
  // What was refused is tried again, for a disk may have been full; but not five times a second.
  if (!policies_refused_.empty() && house_turns_ % kRetryPolicies != 0) {
    return;
  }
  const auto changed = policies_->changed(config_->policy);
  if (changed && !*changed) {
    policies_refused_.clear();
    return;
  }
  const Result<> done = changed ? put_in_force(config_) : Result<>(changed.error());
  const std::string why = done ? std::string() : done.error().message();
  if (std::exchange(policies_refused_, why) != why && !done) {
    logger_.write(LogEvent::kPoliciesRefused, {{"error", why}});
    notice(Notice::kPoliciesRefused, why);
  }
}

void Service::keep_trust() {
  const std::unique_lock lock(reloading_, std::try_to_lock);
  if (lock && config_ != nullptr && trust_.look()) {
    tls_.set(trust_.context());
  }
}

void Service::keep_grants() {
  const std::unique_lock lock(reloading_, std::try_to_lock);
  if (lock && config_ != nullptr) {
    // What could not be noted is tried again; it gives nothing meanwhile.
    [[maybe_unused]] const auto settled = grants_->settle(config_->roles);
  }
}

void Service::tell_failing_policies() {
  const auto authorizer = this->authorizer();
  const bool again = house_turns_ % kFlushUsesEvery == 0;
  std::map<std::string, uint64_t> told;
  for (const auto& [policy, times] : authorizer->failed_forbids()) {
    const auto last = failing_.find(policy);
    const uint64_t before = last == failing_.end() || last->second > times ? 0 : last->second;
    const bool tells = times > before && (before == 0 || again);
    told.emplace(policy, tells ? times : before);
    if (tells) {
      const std::string detail = fmt::format("`{}` of version {}, {} times", printable(policy),
                                             authorizer->enforced().id().version, times - before);
      logger_.write(LogEvent::kPolicyFailed, {{"policy", detail}});
      notice(Notice::kForbidFailed, detail);
    }
  }
  failing_ = std::move(told);
}

void Service::notice(Notice what, std::string detail) {
  SystemRandom random;
  const WallTime now = clock_.now();
  const auto written = ledger_->append(NoticeEvent{
      .id = Ulid::make(now, random), .time = now, .notice = what, .detail = std::move(detail)});
  if (!written) {
    logger_.write(LogEvent::kChangeNotRecorded,
                  {{"change", row_of(what).name}, {"error", written.error().message()}});
  }
}

void Service::keep_tools() {
  const auto names_of = [](const std::string& route, const std::vector<std::string>& tools) {
    constexpr size_t kShown = 10;
    std::string out = fmt::format("route `{}`:", printable(route));
    for (size_t i = 0; i < tools.size() && i < kShown; ++i) {
      out += fmt::format("{} `{}`", i == 0 ? "" : ",", printable(tools[i]));
    }
    return tools.size() <= kShown ? out : out + fmt::format(" and {} more", tools.size() - kShown);
  };
  const auto news = tool_pins_->keep_house(*state_, clock_.now());
  if (!news) {
    return;  // tried again with the next turn; the keys tell of a state that cannot be read
  }
  for (const policy::PinnedTools::News& one : *news) {
    if (!one.pinned.empty()) {
      notice(Notice::kToolPinned, names_of(one.route, one.pinned));
    }
    if (!one.changed.empty()) {
      notice(Notice::kToolChanged, names_of(one.route, one.changed));
    }
  }
}

void Service::keep_house() {
  const auto refreshed = refresh_keys();
  const bool stale = identifier_->stale(clock_.now()) || revocations_->stale(clock_.now());
  if (stale && !keys_stale_.exchange(true)) {
    logger_.write(LogEvent::kKeysStale,
                  {{"error", refreshed ? std::string() : refreshed.error().message()}});
  } else if (!stale) {
    keys_stale_ = false;
  }
  keep_policies();
  keep_tools();
  keep_grants();
  ++house_turns_;
  if (house_turns_ % kSecond == 0) {
    tell_failing_policies();
    issuers()->keep_fresh(clock_.now());
    sessions_->forget(clock_.now());
    keep_trust();
    grants_->tell_uses(*authorizer());
    if (vault_ != nullptr && house_turns_ % kSweepVaultEvery == 0) {
      if (const auto swept = vault_->sweep(clock_.now()); !swept) {
        logger_.write(LogEvent::kVaultFailed, {{"error", swept.error().message()}});
      }
    }
    if (recorder_ != nullptr) {
      recorder_->keep_house();
    }
    keep_log();
    if (recorder_ != nullptr && (recorder_->overfull() || house_turns_ % kFlushUsesEvery == 0)) {
      recorder_->prune(log_keeper_->is_held());
    }
  }
  if (house_turns_ % kFlushUsesEvery == 0) {
    // What could not be written is written by the next flush.
    [[maybe_unused]] const auto flushed = identifier_->last_use().flush(*state_);
  }
  if (house_turns_ % kForgetEvery == 0) {
    // The same.
    [[maybe_unused]] const auto forgot = identity::RevocationService::forget(*state_, clock_.now());
  }
}

void Service::keep_log() {
  const auto delivered = log_keeper_->deliver();
  Result<> done = delivered ? ok() : Result<>(delivered.error());
  if (done) {
    done = log_keeper_->learn_holds();
  }
  if (done && (prunes_ || house_turns_ % kPruneEvery == 0)) {
    const auto more = log_keeper_->prune();
    prunes_ = more && *more;
    done = more ? ok() : Result<>(more.error());
  }
  if (done) {
    log_waits_ = false;
  } else if (!std::exchange(log_waits_, true)) {
    logger_.write(LogEvent::kChangeNotRecorded,
                  {{"change", "those that wait"}, {"error", done.error().message()}});
  }
}

std::string Service::not_ready() const {
  std::string out;
  if (draining_) {
    out += "draining\n";
  }
  if (!ledger_->healthy()) {
    out += "the ledger cannot be written\n";
  }
  if (identifier_->stale(clock_.now()) || revocations_->stale(clock_.now())) {
    out += "the keys cannot be read\n";
  }
  return out;
}

MetricFamilies Service::collect_metrics() const {
  gateway::SnapshotPtr snapshot;
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot = snapshot_;
  }
  uint64_t failed_handshakes = 0;
  for (const auto& server : gates_) {
    failed_handshakes += server->failed_handshakes();
  }
  MetricFamilies out =
      metrics_->collect(*snapshot, {connections(), failed_handshakes}, clock_.monotonic());
  append_ledger_metrics(out, ledger_->status(), began_, clock_.now());
  append_policy_metrics(out, *authorizer());
  append_issuer_metrics(out, *issuers(), clock_.now());
  append_grant_metrics(out, grants_->grants()->count(clock_.now()));
  if (const WallTime ends = certificate_ends_; ends != WallTime{}) {
    append_certificate_metrics(out, ends);
  }
  if (recorder_ != nullptr) {
    append_capture_metrics(out, recorder_->dropped());
  }
  if (telemetry_export_ != nullptr) {
    std::ranges::move(telemetry_export_->numbers(), std::back_inserter(out));
  }
  if (witnesses_ != nullptr) {
    std::ranges::move(witnesses_->numbers(), std::back_inserter(out));
  }
  return out;
}

size_t Service::connections() const {
  size_t total = 0;
  for (const auto& server : gates_) {
    total += server->connections();
  }
  return total;
}

size_t Service::drain(Millis deadline) {
  draining_ = true;
  logger_.write(LogEvent::kGateDraining, {{"connections", connections()}});
  std::mutex mutex;
  std::condition_variable changed;
  size_t left = gates_.size();
  for (const auto& server : gates_) {
    server->drain([&] {
      const std::lock_guard lock(mutex);
      --left;
      changed.notify_all();
    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, deadline, [&] { return left == 0; });
  }
  const size_t open = connections();
  stop();
  logger_.write(LogEvent::kGateStopped, {{"cut_off", open}});
  return open;
}

void Service::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  if (ledger_ != nullptr) {
    ledger_->on_checkpoint({});
  }
  if (keeper_ != nullptr) {
    keeper_->stop();
  }
  if (fetcher_ != nullptr) {
    fetcher_->stop();
  }
  for (Worker& worker : workers_) {
    if (worker.thread.joinable()) {
      worker.loop->stop();
      worker.thread.join();
    }
  }
  if (telemetry_export_ != nullptr) {
    telemetry_export_->stop();
  }
  if (identifier_ != nullptr) {
    [[maybe_unused]] const auto flushed = identifier_->last_use().flush(*state_);
  }
  if (log_keeper_) {
    // What cannot be delivered now waits for the next gate.
    [[maybe_unused]] const auto delivered = log_keeper_->deliver();
  }
}

Service::~Service() {
  stop();
  // The loops own suspended requests, which refer to gates, pools and sinks: servers first, then
  // loops with what is left on them, then the rest.
  gates_.clear();
  side_servers_.clear();
  work_.reset();  // its threads post to loops
  health_.reset();
  witnesses_.reset();
  for (Worker& worker : workers_) {
    worker.pool.reset();
  }
  workers_.clear();
}

}  // namespace sally::app
