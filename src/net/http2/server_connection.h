// ServerConnection: drives a ServerSession over a Connection: reads, gathers the frames of a turn
// into one write, keeps the deadlines, ends the connection.
#pragma once

#include "base/task.h"
#include "net/buffer.h"
#include "net/connection.h"
#include "net/http.h"
#include "net/http2/link.h"
#include "net/http2/server_session.h"

namespace sally::net::http2 {

class ServerConnection final {
 public:
  // All outlive the connection; the limits are copied.
  ServerConnection(Connection& connection, Handler& handler, const HttpLimits& limits,
                   const Peer& peer);
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // Bytes that were read before it was known that they are HTTP/2.
  void already_read(ByteView bytes);
  // Serves until the connection is over and no handler runs. The caller then destroys the
  // connection.
  Task<void> run();
  // Takes no further streams and ends after those at hand.
  void drain();

 private:
  Link<ServerSession> link_;
  ServerSession session_;
};

}  // namespace sally::net::http2
