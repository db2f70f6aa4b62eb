// Service: the running gate. Builds the graph of rooms by hand, and takes it down again.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/admin/api.h"
#include "app/applied.h"
#include "app/config.h"
#include "app/grant_keeper.h"
#include "app/housekeeper.h"
#include "app/http_fetcher.h"
#include "app/log_keeper.h"
#include "app/policy_keeper.h"
#include "app/telemetry_export.h"
#include "app/trust_keeper.h"
#include "app/witness_client.h"
#include "base/log.h"
#include "base/random.h"
#include "capture/recorder.h"
#include "content/attack/attack_detector.h"
#include "core/change_event.h"
#include "gateway/gate.h"
#include "gateway/health.h"
#include "gateway/telemetry.h"
#include "identity/callers.h"
#include "identity/identifier.h"
#include "identity/pepper.h"
#include "identity/revocations.h"
#include "identity/sessions.h"
#include "ledger/ledger.h"
#include "ledger/live_index.h"
#include "net/pool.h"
#include "net/server.h"
#include "perimeter/rate_limiter.h"
#include "policy/pinned_tools.h"
#include "store/memory_counters.h"
#include "store/state.h"
#include "store/vault.h"

namespace sally::app {

class Service {
 public:
  // Opens everything and starts serving. `clock` and `logger` outlive the service. Belongs to the
  // thread that made it.
  static Result<std::unique_ptr<Service>> start(ConfigPtr config, ConfigContext context,
                                                const Clock& clock, Logger& logger);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  // Stops at once, where it was not drained.
  ~Service();

  // Reads the configuration again and puts it in force for new requests; open streams go on with
  // the one they began with. The running one stays when the new one is refused. From any thread.
  // Returns what takes effect only after a restart, or nothing. `who` asked for it, and `from`
  // where: for the event.
  Result<std::string> reload(std::string_view who, std::string_view from);
  // Reads the keys and what was revoked again now; every worker has it in force when this returns.
  // From any thread but a loop's.
  Result<std::string> refresh_keys();

  // No new connections; what is open may finish. Returns when the last one is closed or `deadline`
  // has passed: how many were still open.
  size_t drain(Millis deadline);

  // Where the gate listens, with the ports that were bound.
  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] size_t connections() const;

 private:
  // The certificate in force; swapped by a reload.
  class CurrentTls final : public net::TlsSource {
   public:
    std::shared_ptr<const crypto::TlsServerContext> current() const override;
    void set(std::shared_ptr<const crypto::TlsServerContext> context);

   private:
    mutable std::mutex mutex_;
    std::shared_ptr<const crypto::TlsServerContext> context_;
  };

  // Makes a loop turn, from any thread, as long as there is one.
  class LoopWaker {
   public:
    explicit LoopWaker(net::Loop& loop);
    LoopWaker(const LoopWaker&) = delete;
    LoopWaker& operator=(const LoopWaker&) = delete;
    // Whoever kept the function may call it all the same: it does nothing any more.
    ~LoopWaker();
    [[nodiscard]] std::function<void()> function() const;

   private:
    struct State {
      std::mutex mutex;
      net::Loop* loop;
    };
    std::shared_ptr<State> state_;
  };

  // What one loop thread owns. Destroyed from the last member to the first.
  struct Worker {
    std::unique_ptr<SystemRandom> random;
    std::unique_ptr<EventSink> sink;
    std::unique_ptr<Tracer> tracer;       // null: no traces
    std::unique_ptr<gateway::Gate> gate;  // outlives its calls, which belong to the loop
    std::unique_ptr<net::Loop> loop;
    std::unique_ptr<LoopWaker> waker;
    std::unique_ptr<net::ClientPool> pool;
    std::thread thread;
  };

  Service(ConfigContext context, const Clock& clock, Logger& logger)
      : context_(std::move(context)),
        clock_(clock),
        logger_(logger),
        began_(clock.now()),
        trust_(context_.outside, logger) {}
  Result<> open(ConfigPtr config);
  Result<> open_servers(const Config& config);
  Result<> open_admin(const Config& config);
  // The features in force, from a configuration.
  [[nodiscard]] Result<gateway::Parts> parts_of(const Config& config);
  [[nodiscard]] std::shared_ptr<const policy::CedarAuthorizer> authorizer() const;
  [[nodiscard]] std::shared_ptr<const identity::Issuers> issuers() const;
  Result<> put_in_force(const ConfigPtr& config);
  // Calls `work` with each worker's number on its loop, and returns when all have done it.
  void on_every_worker(const std::function<void(size_t)>& work);
  // Where other policies were activated, puts them in force; those in force stay where they cannot.
  void keep_policies();
  // Where the bundle of a trust domain changed, puts it in force.
  void keep_trust();
  // Notes grants that ended, and tells of broken glass.
  void keep_grants();
  // Tells of forbids that fail: when one begins to, and then once a minute.
  void tell_failing_policies();
  void notice(Notice what, std::string detail);
  // Brings tools that were listed to the state, and tells of those that are new or changed.
  void keep_tools();
  [[nodiscard]] std::string not_ready() const;
  [[nodiscard]] MetricFamilies collect_metrics() const;
  void ask_witnesses(const Config& config);
  void record(const ChangeEvent& change);
  void keep_house();
  void keep_log();
  void stop();

  ConfigContext context_;
  const Clock& clock_;
  Logger& logger_;
  const WallTime began_;
  SystemRandom house_random_;  // the housekeeper's
  SystemRandom random_;  // while starting, on the thread that starts; then guarded by reloading_
  std::vector<std::string> addresses_;

  std::mutex reloading_;
  ConfigPtr config_;  // guarded by reloading_
  mutable std::mutex snapshot_mutex_;
  gateway::SnapshotPtr snapshot_;  // guarded by snapshot_mutex_
  std::atomic<bool> draining_{false};
  std::atomic<bool> started_{false};  // every worker has its thread
  std::atomic<bool> unapplied_{
      false};  // keys or revocations that not every worker has rechecked by
  std::atomic<WallTime> certificate_ends_{};  // zero: there is none
  std::atomic<bool> keys_stale_{false};
  int house_turns_ = 0;     // the housekeeper's alone
  bool prunes_ = false;     // the same: more of the log is to be pruned
  bool log_waits_ = false;  // the same: changes could not be brought to the ledger

  std::unique_ptr<TelemetryExport> telemetry_export_;  // null: nothing is sent
  std::unique_ptr<store::State> state_;
  std::unique_ptr<identity::Pepper> pepper_;
  std::shared_ptr<identity::ApiKeyIdentifier> identifier_;
  std::unique_ptr<HttpFetcher> fetcher_;
  std::shared_ptr<identity::MemorySessions> sessions_;
  std::unique_ptr<GrantKeeper> grants_;
  Secret dpop_key_;                               // of the nonces of this process
  std::unique_ptr<store::Counters> dpop_proofs_;  // that were used
  std::shared_ptr<identity::Revocations> revocations_;
  std::optional<Applied> applied_;        // revocations, by the workers
  std::optional<PolicyKeeper> policies_;  // guarded by reloading_
  TrustKeeper trust_;                     // the same
  // The same: the tokens of callers for upstreams, and by what they are exchanged.
  std::vector<identity::ExchangeSettingsPtr> exchanged_;
  std::shared_ptr<const UpstreamTokens> exchange_;  // null: nothing is exchanged
  mutable std::mutex authorizer_mutex_;
  std::shared_ptr<const policy::CedarAuthorizer> authorizer_;  // guarded by authorizer_mutex_
  std::shared_ptr<const identity::Issuers> issuers_;           // the same
  std::string policies_refused_;             // the housekeeper's: why, as it was told last
  std::map<std::string, uint64_t> failing_;  // the housekeeper's: how often, as it was told last
  std::unique_ptr<store::Counters> counters_;
  std::unique_ptr<perimeter::CountedRateLimiter> limiter_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::LiveIndex> index_;  // null: commands do it
  std::shared_ptr<policy::PinnedTools> tool_pins_;
  std::shared_ptr<capture::Recorder> recorder_;             // null: nothing is kept of bodies
  std::shared_ptr<const content::AttackDetector> attacks_;  // null until somebody asks for it
  std::shared_ptr<store::Vault> vault_;                     // null: nobody looks for personal data
  std::optional<LogKeeper> log_keeper_;                     // the housekeeper's
  std::unique_ptr<gateway::Metrics> metrics_;
  std::unique_ptr<net::WorkPool> work_;
  CurrentTls tls_;
  CurrentTls admin_tls_;
  std::vector<Worker> workers_;
  std::unique_ptr<gateway::HealthChecker> health_;
  std::unique_ptr<Housekeeper> keeper_;
  std::unique_ptr<WitnessClient> witnesses_;  // null: there are none
  std::unique_ptr<gateway::Telemetry> telemetry_;
  std::optional<AdminParts> admin_parts_;
  std::unique_ptr<AdminApi> admin_;          // on the gate's own socket
  std::unique_ptr<AdminApi> guarded_admin_;  // on the network; null: nowhere
  std::vector<std::unique_ptr<net::Server>> gates_;
  std::vector<std::unique_ptr<net::Server>> side_servers_;  // telemetry, admin
  bool stopped_ = false;
};

}  // namespace sally::app
