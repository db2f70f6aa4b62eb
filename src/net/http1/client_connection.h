// The client's end of HTTP/1.1: a connection that a pool keeps, and one exchange on it.
#pragma once

#include <memory>

#include "net/connection.h"
#include "net/http.h"
#include "net/http1/input.h"
#include "net/http1/parser.h"

namespace sally::net::http1 {

// A connection to an upstream and what outlives its exchanges.
struct ClientConnection {
  ClientConnection(std::unique_ptr<Connection> to, Millis timeout)
      : connection(std::move(to)), write_timeout(timeout) {}
  std::unique_ptr<Connection> connection;
  Millis write_timeout;
  Input input;
  ParsedResponse response;  // its storage is used again
  bool used = false;        // it has served an exchange
};

// Who takes a connection back when its exchange is over. Told in every case; `clean` says whether
// it can serve another: both messages complete, nothing left over, the peer silent.
class ClientConnectionOwner {
 public:
  enum class Condition : uint8_t { kClean, kSpent };
  virtual void give_back(std::unique_ptr<ClientConnection> connection, Condition condition) = 0;

 protected:
  ~ClientConnectionOwner() = default;
};

class Exchange final : public ClientExchange {
 public:
  Exchange(std::unique_ptr<ClientConnection> connection,
           std::shared_ptr<ClientConnectionOwner> owner);
  ~Exchange() override;

  Task<Result<>> send(const RequestHead& head, ByteView body) override;
  Task<Result<>> start(const RequestHead& head) override;
  Task<Result<>> write(ByteView bytes) override;
  Task<Result<>> finish(const Fields& trailers) override;
  Task<Result<const ResponseHead*>> receive_head(Millis timeout) override;
  Task<Result<ByteView>> next_body(Millis timeout) override;
  [[nodiscard]] std::optional<ByteView> whole_body() override;
  // Trailer fields are dropped: nothing that arrives so late may change what was decided on.
  [[nodiscard]] const Fields& trailers() const override { return trailers_; }
  [[nodiscard]] bool answer_begun() const override { return answer_begun_; }
  [[nodiscard]] bool reused() const override { return reused_; }
  void cancel() override;
  void become_tunnel() override { tunnel_ = true; }

 private:
  enum class Request : uint8_t { kNone, kStarted, kFinished };
  enum class Coding : uint8_t { kNone, kLength, kChunked };

  Result<> begin(const RequestHead& head, Coding coding, uint64_t length);
  Task<Result<>> receive_more(Millis timeout, bool& ended);
  [[nodiscard]] bool is_clean() const;
  Connection& socket() { return *connection_->connection; }

  std::unique_ptr<ClientConnection> connection_;
  std::shared_ptr<ClientConnectionOwner> owner_;
  Fields trailers_;
  Method method_ = Method::kGet;
  Request request_ = Request::kNone;
  Coding coding_ = Coding::kNone;
  uint64_t request_left_ = 0;  // with Coding::kLength
  bool asked_for_websocket_ = false;
  bool answer_begun_ = false;
  bool head_received_ = false;
  bool reused_ = false;
  bool cancelled_ = false;
  bool tunnel_ = false;
};

}  // namespace sally::net::http1
