// ServerSession: the server's end of one HTTP/2 connection. Every stream is a ServerExchange that
// the handler serves as a coroutine. Sans-IO: see session_host.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/http2/session.h"
#include "net/task_group.h"

namespace sally::net::http2 {

class ServerStream;

class ServerSession final : private Session {
 public:
  // All but the limits outlive the session.
  ServerSession(SessionHost& host, Handler& handler, const HttpLimits& limits, const Peer& peer);
  // Destroys the handlers that still run.
  ~ServerSession();

  using Session::check;
  using Session::connection_lost;
  using Session::finished;
  using Session::receive;
  using Session::take_output;

  // Announces that no more streams are taken (GOAWAY) and finishes those at hand.
  void drain();
  // No handler runs.
  [[nodiscard]] bool quiet() const { return running_.size() == 0; }
  // Completes when the last handler has returned. Of use once the connection is lost.
  Task<void> wait_until_quiet();
  // Streams that are open or still handled.
  [[nodiscard]] size_t streams() const { return streams_.size(); }

 private:
  friend class ServerStream;

  Stream* open_stream(int32_t id) override;
  void on_head(Stream& stream, EndStream end) override;
  void on_trailers(Stream& stream) override;
  void on_malformed_head(Stream& stream, const Error& why) override;
  void on_stream_closed(Stream& stream, uint32_t code) override;
  void on_output_done(Stream& stream) override;
  void on_connection_error(const Error& why) override;
  void on_ping_ack() override;
  void settle() override;
  MonoTime check_more(MonoTime now) override;

  static ServerStream& of(Stream& stream);
  // Answers a request that will not reach the handler.
  void refuse(ServerStream& stream, const HeadRefusal& why);
  Task<void> run(ServerStream& stream);
  // Submits head and, unless the answer ends with it, the stream's body.
  Result<> submit_head(ServerStream& stream, const ResponseHead& head, EndStream end);
  void submit_continue(ServerStream& stream);
  // Lets go of `stream` when neither nghttp2 nor a handler holds it.
  void release_if_done(ServerStream& stream);
  void begin_goaway();

  Handler& handler_;
  const HttpLimits http_limits_;
  const Peer& peer_;
  std::vector<ServerStream*> ready_;                  // heads that arrived
  std::vector<ServerStream*> gone_;                   // whose client went away
  std::vector<std::unique_ptr<ServerStream>> owned_;  // parallel to streams_
  std::vector<std::unique_ptr<ServerStream>> spare_;
  std::vector<nghttp2_nv> scratch_;

  MonoTime opened_at_;
  MonoTime idle_since_;
  enum class Drain : uint8_t { kNo, kAnnounced, kFinal };
  Drain drain_ = Drain::kNo;
  MonoTime drain_due_ = kNever;
  Waiter quiet_;
  TaskGroup running_;  // the first to go
};

}  // namespace sally::net::http2
