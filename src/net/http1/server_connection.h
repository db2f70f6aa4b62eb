// ServerConnection: the server's end of one HTTP/1.1 connection: its requests, one after the other.
#pragma once

#include <memory>

#include "net/connection.h"
#include "net/http.h"
#include "net/http1/input.h"
#include "net/http1/writer.h"

namespace sally::net::http1 {

class ServerConnection final : public ServerExchange, private Connection::HangupWatcher {
 public:
  // All of them outlive the connection. `limits` may change between two requests.
  ServerConnection(Connection& connection, Handler& handler, const HttpLimits& limits,
                   const Peer& peer);

  // Bytes that were read before it was known that they are HTTP/1.1. At most Buffer::kRead of them.
  void already_read(ByteView bytes);
  // Serves until the connection is over. The caller then destroys the connection.
  Task<void> run();
  // No further request is taken: an idle connection ends now, one in an exchange after it.
  void drain();

  [[nodiscard]] const RequestHead& head() const override { return request_.head; }
  [[nodiscard]] const Peer& peer() const override { return peer_; }
  [[nodiscard]] std::optional<ByteView> whole_body() override;
  Task<Result<ByteView>> next_body() override;
  void stop_reading() override;
  Task<Result<>> respond(const ResponseHead& head, ByteView body) override;
  Task<Result<>> start(const ResponseHead& head) override;
  Task<Result<>> write(ByteView bytes) override;
  Task<Result<>> finish(const Fields& trailers) override;
  void abort() override;
  [[nodiscard]] bool response_started() const override { return answer_ != Answer::kNone; }
  void watch(GoneWatcher* watcher) override;
  Task<Result<>> switch_protocols(const ResponseHead& head) override;

 private:
  enum class Arrival : uint8_t { kRequest, kOver };
  enum class Answer : uint8_t { kNone, kStarted, kFinished };
  // How the client learns where the answer ends.
  enum class Coding : uint8_t { kNone, kLength, kChunked, kUntilClose, kTunnel };

  void on_hangup() override;
  Task<Arrival> receive_head();
  Task<Result<>> receive_more(Millis timeout, bool& ended);
  Task<void> refuse(Refusal refusal);
  Task<void> serve_one();
  Task<void> linger();
  Task<Result<ByteView>> next_raw();
  Task<Result<>> send_continue();
  Result<> begin_answer(const ResponseHead& head, Coding coding, uint64_t length);
  void skip_rest_of_body();

  Connection& connection_;
  Handler& handler_;
  const HttpLimits& limits_;
  const Peer& peer_;

  Input input_;
  ParsedRequest request_;
  GoneWatcher* watcher_ = nullptr;

  bool keep_alive_ = true;
  bool draining_ = false;
  bool waiting_for_head_ = false;
  bool aborted_ = false;
  bool broken_body_ = false;
  bool continue_sent_ = false;
  bool reading_stopped_ = false;
  Answer answer_ = Answer::kNone;
  Coding coding_ = Coding::kNone;
  uint64_t answer_left_ = 0;  // with Coding::kLength
  // What the client's pace is judged by: only the time that was spent waiting for it.
  Nanos body_waited_{};
  uint64_t body_received_ = 0;
};

}  // namespace sally::net::http1
