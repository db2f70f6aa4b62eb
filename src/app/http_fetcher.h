// HttpFetcher: the Fetcher of the gate, on a loop and a thread of its own, so that nobody else's
// server holds up a thread that serves.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "core/fetcher.h"
#include "crypto/tls.h"
#include "net/loop.h"
#include "net/pool.h"

namespace sally::app {

// By the operator's name for a server, how its certificate is verified.
using TrustedServers = std::map<std::string, std::shared_ptr<const crypto::TlsClientContext>>;

class HttpFetcher final : public Fetcher {
 public:
  static constexpr size_t kMostAtOnce = 256;

  // `clock` and `logger` outlive it.
  static Result<std::unique_ptr<HttpFetcher>> create(const Clock& clock, Logger& logger);
  // Stops first.
  ~HttpFetcher() override;

  // For requests from now on. From any thread.
  void trust(TrustedServers servers);
  void fetch(FetchRequest request, Done done) override;
  // Whoever still waits is not called any more. What a `done` refers to must live until then.
  void stop();

 private:
  HttpFetcher(const Clock& clock) : clock_(clock) {}
  Task<Result<>> serve(FetchRequest request, Done done);
  Task<Result<FetchAnswer>> ask(const FetchRequest& request);

  const Clock& clock_;
  std::shared_ptr<const crypto::TlsClientContext> system_;
  std::shared_ptr<const TrustedServers> servers_;  // the loop's
  size_t serving_ = 0;                             // the same
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::ClientPool> pool_;
  std::thread thread_;
};

// The `max-age` of a `Cache-Control` field; zero where it says `no-store` or `no-cache`.
[[nodiscard]] std::optional<std::chrono::seconds> max_age_of(std::string_view cache_control);

}  // namespace sally::app
