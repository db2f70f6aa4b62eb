#include "net/http2/server_connection.h"

namespace sally::net::http2 {

ServerConnection::ServerConnection(Connection& connection, Handler& handler,
                                   const HttpLimits& limits, const Peer& peer)
    : link_(connection, limits.write_timeout), session_(link_, handler, limits, peer) {
  link_.attach(session_);
}

void ServerConnection::already_read(ByteView bytes) {
  session_.receive(bytes);
}

Task<void> ServerConnection::run() {
  co_await link_.run();
  co_await session_.wait_until_quiet();
}

void ServerConnection::drain() {
  session_.drain();
}

}  // namespace sally::net::http2
