// `witness`: a witness of logs as a process of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <future>
#include <thread>

#include "app/commands.h"
#include "app/witness_server.h"
#include "base/text.h"
#include "crypto/keyfile.h"
#include "net/server.h"
#include "witness/witness.h"

namespace sally::app {
namespace {

constexpr size_t kMaxConnections = 256;
constexpr size_t kMaxWaiting = 64;  // requests that wait for the disk
constexpr Millis kDrain{5'000};

// The key in `path`, made where there is none.
Result<crypto::Ed25519PrivateKey> key_of(const World& world, const std::string& path) {
  auto seed = crypto::read_key_file(path);
  if (!seed.ok() && seed.error().kind() == ErrorKind::kNotFound) {
    seed = crypto::create_key_file(path, world.random);
  }
  if (!seed.ok()) {
    return seed.error();
  }
  return crypto::Ed25519PrivateKey::from_seed(*seed);
}

sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

}  // namespace

Result<int> witness_command(const World& world, const WitnessOptions& options) {
  TRY(crypto::Ed25519PrivateKey key, key_of(world, options.key));
  if (options.print_key) {
    TRY(const verifier::VerifierKey public_key,
        verifier::VerifierKey::make(options.name, verifier::KeyType::kCosignature,
                                    key.public_key()));
    world.console.out(public_key.vkey() + "\n");
    return kFine;
  }
  witness::WitnessSettings settings{.name = options.name, .folder = options.state};
  for (const std::string& text : options.logs) {
    TRY(verifier::VerifierKey log, verifier::VerifierKey::parse(text));
    settings.logs.push_back(std::move(log));
  }
  TRY(const net::ListenAddress address, net::parse_listen_address(options.listen));
  const sigset_t signals = block_signals();
  Logger logger(STDERR_FILENO, ::isatty(STDERR_FILENO) != 0 ? LogFormat::kText : LogFormat::kJson,
                LogLevel::kInfo, world.clock);
  TRY(const auto witness, witness::Witness::open(std::move(settings), std::move(key), world.clock));
  TRY(const auto loop, net::Loop::create(world.clock, logger));
  net::WorkPool work(1, kMaxWaiting);
  WitnessServer handler(*loop, work, *witness);
  net::ServerOptions server_options{.address = address, .max_connections = kMaxConnections};
  server_options.limits.body_bytes = witness::kMaxRequest;
  TRY(const auto server, net::Server::open(server_options, {{loop.get(), &handler}}));
  for (const auto& [origin, size] : witness->latest()) {
    logger.write(LogEvent::kWitnessRemembers, {{"log", origin}, {"size", size}});
  }
  logger.write(
      LogEvent::kWitnessStarted,
      {{"listen", options.listen}, {"port", server->port()}, {"key", witness->key().vkey()}});
  std::thread thread([&loop] { loop->run(); });
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
  const auto drained = std::make_shared<std::promise<void>>();
  loop->post([&server, drained] { server->drain([drained] { drained->set_value(); }); });
  drained->get_future().wait_for(kDrain);
  loop->stop();
  thread.join();
  return kFine;
}

}  // namespace sally::app
