// ClientPool: connections to upstreams, one pool per loop. No lock: an object belongs to its loop.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "net/http.h"
#include "net/loop.h"

namespace sally::crypto {
class TlsClientContext;
}

namespace sally::net {

enum class UpstreamHttp : uint8_t {
  kHttp1,  // HTTP/1.1
  kHttp2,  // HTTP/2: by ALPN with TLS, with prior knowledge without
  kAuto,   // ALPN chooses; HTTP/1.1 without TLS
};

// Where an upstream lives. Immutable; part of the configuration's snapshot.
struct Origin {
  std::string host;  // name or address literal
  uint16_t port = 0;
  UpstreamHttp http = UpstreamHttp::kAuto;
  // Null: no TLS. Verifies the server's certificate for `host`.
  std::shared_ptr<const crypto::TlsClientContext> tls;
  Millis connect_timeout{5'000};
  Millis write_timeout{30'000};
  Millis idle_timeout{60'000};  // an idle pooled connection is closed after
  size_t max_idle = 64;
  size_t max_connections = 1024;  // per loop; beyond it kUnavailable
};

enum class Reuse : uint8_t { kAllowed, kFreshOnly };

class ClientPool {
 public:
  // `loop` outlives the pool.
  explicit ClientPool(Loop& loop);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  // A ready exchange: pooled or newly connected (name resolved off the loop, addresses tried in
  // turn). `origin` outlives the exchange (callers hold its snapshot). kUnavailable or kTimeout.
  Task<Result<std::unique_ptr<ClientExchange>>> open(const Origin& origin,
                                                     Reuse reuse = Reuse::kAllowed);

  struct Counts {
    size_t open = 0;
    size_t idle = 0;
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct State;  // NOLINT(cppcoreguidelines-virtual-class-destructor): it is final
  std::shared_ptr<State> state_;
};

}  // namespace sally::net
