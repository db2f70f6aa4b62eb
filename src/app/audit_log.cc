#include "app/audit_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "app/gate_client.h"
#include "crypto/ed25519.h"
#include "ledger/ledger.h"
#include "ledger/log_reader.h"
#include "verifier/log_verifier.h"

namespace sally::app {

Result<LogPlace> log_place(const Config& config) {
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(config.ledger.key));
  TRY(const tlog::NoteSigner signer, tlog::NoteSigner::make(config.ledger.origin, std::move(key)));
  return LogPlace{config.ledger.folder, signer.verifier_key().to_string()};
}

Result<ledger::Holds> verified_holds(const LogPlace& place) {
  TRY(auto reader, ledger::LogReader::open(place.folder));
  verifier::VerifyOptions asked{.folder = place.folder};
  TRY(asked.policy.log, verifier::VerifierKey::parse(place.key));
  asked.minimum_index = reader.first();
  TRY(const verifier::LogReport report, verifier::verify_log(asked));
  if (!report.good()) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("the log does not verify: {}: {}", report.problems.front().file,
                             report.problems.front().what),
                 "sallyport audit verify tells more; nothing is destroyed until it verifies");
  }
  ledger::Holds holds(asked.policy.log->name());
  TRY_OK(reader.read(reader.first(), UINT64_MAX, [&](uint64_t seq, std::string_view entry) {
    holds.take(seq, entry);
    return ledger::Visit::kContinue;
  }));
  return holds;
}

Result<> bring_to_log(const World& world, const Config& config, store::State& state) {
  TRY(const auto told, ask_gate(config.admin_socket, "/v1/outbox/deliver"));
  if (told) {
    return ok();
  }
  TRY(auto key, crypto::Ed25519PrivateKey::from_seed(config.ledger.key));
  Logger log(STDERR_FILENO, LogFormat::kText, LogLevel::kError, world.clock);
  TRY(const auto ledger,
      ledger::Ledger::open(config.ledger.settings(), std::move(key), world.clock, log));
  const std::filesystem::path folder = config.ledger.folder;
  TRY_OK(ledger::deliver_outbox(state, ledger::outbox_target(*ledger, folder)));
  return ok();
}

void bring_or_warn(const World& world, const Config& config, store::State& state) {
  if (const auto brought = bring_to_log(world, config, state); !brought) {
    world.console.err(fmt::format("the event waits in the state until the log takes it: {}\n",
                                  brought.error().message()));
  }
}

}  // namespace sally::app
