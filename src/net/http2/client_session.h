// ClientSession: the client's end of one HTTP/2 connection, shared by many exchanges. Sans-IO: see
// session_host.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/http.h"
#include "net/http2/session.h"

namespace sally::net::http2 {

class ClientStream;

class ClientSession final : private Session {
 public:
  struct Timeouts {
    Millis write{30'000};  // the upstream takes nothing of a body
    Millis idle{60'000};   // no exchange
    // While exchanges wait and nothing arrives at all, the connection is asked whether it lives,
    // and given up when it does not answer.
    Millis silence{30'000};
    Millis pong{10'000};
  };

  // `host` outlives the session.
  ClientSession(SessionHost& host, const Timeouts& timeouts);
  // No exchange may be left: each keeps what `keep_alive` holds.
  ~ClientSession();

  using Session::check;
  using Session::connection_lost;
  using Session::finished;
  using Session::going_away;
  using Session::take_output;
  void receive(ByteView bytes);

  // Whether another exchange may be opened: the connection is sound and the peer allows one more.
  [[nodiscard]] bool can_open() const;
  // A new exchange. can_open() holds. `keep_alive` owns this session, by whatever way.
  std::unique_ptr<ClientExchange> open(std::shared_ptr<void> keep_alive);
  [[nodiscard]] size_t exchanges() const { return streams_.size(); }

 private:
  friend class ClientStream;

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

  static ClientStream& of(Stream& stream);
  Result<> submit(ClientStream& stream, const RequestHead& head,
                  std::optional<uint64_t> content_length, EndStream end);
  void give_up(ClientStream& stream);

  const Timeouts timeouts_;
  std::vector<nghttp2_nv> scratch_;
  std::string path_;
  std::string why_broken_;
  bool used_ = false;  // an exchange was opened
  MonoTime heard_at_;
  MonoTime idle_since_;
  MonoTime pong_due_ = kNever;
};

}  // namespace sally::net::http2
