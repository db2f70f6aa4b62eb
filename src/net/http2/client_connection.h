// ClientConnection: one HTTP/2 connection to an upstream, shared by many exchanges of a loop.
#pragma once

#include <memory>

#include "net/connection.h"
#include "net/http.h"
#include "net/http2/client_session.h"
#include "net/http2/link.h"
#include "net/task_group.h"

namespace sally::net::http2 {

class ClientConnection final : public std::enable_shared_from_this<ClientConnection> {
 public:
  // Takes over a connection that is ready for the preface. Exchanges keep the object alive.
  static std::shared_ptr<ClientConnection> start(std::unique_ptr<Connection> connection,
                                                 const ClientSession::Timeouts& timeouts);
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Whether it takes one more exchange now.
  [[nodiscard]] bool can_open() const { return connection_->usable() && session_.can_open(); }
  // Whether it will never take another: broken, or told to go away.
  [[nodiscard]] bool is_over() const { return !connection_->usable() || session_.going_away(); }
  [[nodiscard]] size_t exchanges() const { return session_.exchanges(); }
  // can_open() holds.
  std::unique_ptr<ClientExchange> open() { return session_.open(shared_from_this()); }

 private:
  ClientConnection(std::unique_ptr<Connection> connection, const ClientSession::Timeouts& timeouts);

  std::unique_ptr<Connection> connection_;
  Link<ClientSession> link_;
  ClientSession session_;
  TaskGroup reader_;  // the first to go
};

}  // namespace sally::net::http2
