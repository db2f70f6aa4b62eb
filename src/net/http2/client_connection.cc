#include "net/http2/client_connection.h"

#include <utility>

namespace sally::net::http2 {

ClientConnection::ClientConnection(std::unique_ptr<Connection> connection,
                                   const ClientSession::Timeouts& timeouts)
    : connection_(std::move(connection)),
      link_(*connection_, timeouts.write),
      session_(link_, timeouts) {
  link_.attach(session_);
}

std::shared_ptr<ClientConnection> ClientConnection::start(std::unique_ptr<Connection> connection,
                                                          const ClientSession::Timeouts& timeouts) {
  const std::shared_ptr<ClientConnection> started(
      new ClientConnection(std::move(connection), timeouts));
  started->reader_.start(started->link_.run());
  return started;
}

}  // namespace sally::net::http2
