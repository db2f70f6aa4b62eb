// Server: listeners and the connections they accept, over every loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/loop.h"

namespace sally::crypto {
class TlsServerContext;
}

namespace sally::net {

// Where to listen: `127.0.0.1:8443`, `[::1]:8443`, `0.0.0.0:0`, `unix:/path`.
struct ListenAddress {
  std::string host;  // empty for a unix socket
  uint16_t port = 0;
  std::string unix_path;
};
Result<ListenAddress> parse_listen_address(std::string_view text);

// A TLS context that can be swapped while listening (certificate rotation).
class TlsSource {
 public:
  virtual std::shared_ptr<const crypto::TlsServerContext> current() const = 0;

 protected:
  ~TlsSource() = default;
};

struct ServerOptions {
  ListenAddress address;
  const TlsSource* tls = nullptr;  // null: plain. Outlives the server.
  HttpLimits limits;
  size_t max_connections = 20'000;
  size_t max_connections_per_address = 1'024;
  bool http2 = true;  // ALPN h2; without TLS, prior knowledge (the preface)
};

// One loop and the handler that serves on it.
struct ServerWorker {
  Loop* loop;
  Handler* handler;
};

// Opens one listening socket per worker with SO_REUSEPORT (a unix socket: one) and hands each
// accepted connection to the worker that has the fewest.
class Server {
 public:
  // The workers' loops and handlers outlive the server. Call before the loops run.
  static Result<std::unique_ptr<Server>> open(const ServerOptions& options,
                                              const std::vector<ServerWorker>& workers);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  // The port bound (of use with port 0).
  [[nodiscard]] uint16_t port() const;
  [[nodiscard]] size_t connections() const;
  // Connections that ended in the TLS handshake.
  [[nodiscard]] uint64_t failed_handshakes() const;
  // Puts new limits in force for new connections and requests. From any thread.
  void set_limits(const HttpLimits& limits);
  // Stops accepting; idle connections close, those in an exchange finish it (HTTP/2: GOAWAY).
  // `done` runs on the first worker's loop when none is left.
  void drain(std::function<void()> done);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sally::net
