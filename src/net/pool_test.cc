#include "net/pool.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "crypto/tls.h"
#include "net/connection.h"
#include "net/loop.h"

namespace sally::net {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// What one exchange came to.
struct Outcome {
  bool over = false;
  bool reused = false;
  bool answer_begun = false;
  bool whole = false;
  std::string text;  // `200 body`, or `kind: message`
};

// An upstream that the test speaks for, and a pool that calls it.
struct PoolTest : testing::Test {
  FakeClock clock{WallTime{}};
  Logger logger{STDERR_FILENO, LogFormat::kText, LogLevel::kError, clock};
  std::unique_ptr<Loop> loop = *Loop::create(clock, logger);
  std::unique_ptr<ClientPool> pool = std::make_unique<ClientPool>(*loop);
  UniqueFd listener{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  Origin origin;

  PoolTest() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener.get(), 16), 0);
    socklen_t size = sizeof at;
    getsockname(listener.get(), reinterpret_cast<sockaddr*>(&at), &size);
    origin.host = "127.0.0.1";
    origin.port = ntohs(at.sin_port);
  }
  ~PoolTest() override { pool.reset(); }

  void settle() const {
    for (int i = 0; i < 6; ++i) {
      loop->turn(Millis{0});
    }
  }
  void pass(Millis time) {
    clock.advance(time);
    settle();
  }
  UniqueFd answer_call() const {
    settle();
    UniqueFd socket(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(static_cast<bool>(socket)) << "nobody called";
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    settle();
    return socket;
  }
  [[nodiscard]] bool nobody_calls() const {
    settle();
    return accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC) < 0 && errno == EAGAIN;
  }
  std::string hear(const UniqueFd& socket) const {
    settle();
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
      const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        return got == 0 || errno == ECONNRESET ? text + "[closed]" : text;
      }
      text.append(buffer.data(), static_cast<size_t>(got));
    }
  }
  void say(const UniqueFd& socket, std::string_view text) const {
    EXPECT_EQ(send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    settle();
  }

  static RequestHead head_of(Method method) {
    RequestHead head;
    head.method = method;
    head.authority = "model.test";
    head.path = "/v1/x";
    head.query = "a=b";
    head.fields.add("accept", "*/*");
    return head;
  }

  Task<Result<>> converse(Outcome& outcome, Reuse reuse, std::string body) {
    Result<std::string> text = co_await ask(outcome, reuse, std::move(body));
    outcome.text =
        text.ok() ? *text
                  : std::string(row_of(text.error().kind()).name) + ": " + text.error().message();
    outcome.over = true;
    co_return ok();
  }
  Task<Result<std::string>> ask(Outcome& outcome, Reuse reuse, std::string body) {
    CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool->open(origin, reuse));
    outcome.reused = exchange->reused();
    Result<const ResponseHead*> head = Error(ErrorKind::kInternal, "");
    Result<> sent = co_await exchange->send(head_of(Method::kPost), as_bytes(body));
    if (sent.ok()) {
      head = co_await exchange->receive_head(Millis{1'000});
    } else {
      head = std::move(sent).error();
    }
    outcome.answer_begun = exchange->answer_begun();
    CO_TRY(const ResponseHead* const answer, std::move(head));
    std::string text = std::to_string(answer->status) + " ";
    if (const std::optional<ByteView> whole = exchange->whole_body()) {
      outcome.whole = true;
      co_return text + std::string(as_text(*whole));
    }
    for (;;) {
      CO_TRY(const ByteView piece, co_await exchange->next_body(Millis{1'000}));
      if (piece.empty()) {
        co_return text;
      }
      text += as_text(piece);
    }
  }
  void call(Outcome& outcome, std::string body = "{}", Reuse reuse = Reuse::kAllowed) {
    loop->spawn("test.call", converse(outcome, reuse, std::move(body)));
  }
  // One whole exchange over `socket`, or over a new connection.
  void exchange(UniqueFd& socket, std::string_view answer, Outcome& outcome) {
    call(outcome);
    if (!socket) {
      socket = answer_call();
    }
    hear(socket);
    say(socket, answer);
  }
};

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

TEST_F(PoolTest, SendsACanonicalRequestAndReadsTheAnswer) {
  Outcome outcome;
  call(outcome, "hello");
  const UniqueFd upstream = answer_call();
  EXPECT_EQ(hear(upstream),
            "POST /v1/x?a=b HTTP/1.1\r\nhost: model.test\r\naccept: */*\r\ncontent-length: "
            "5\r\n\r\nhello");
  say(upstream, kAnswer);
  EXPECT_EQ(outcome.text, "200 {}");
  EXPECT_TRUE(outcome.whole);
  EXPECT_FALSE(outcome.reused);
}

TEST_F(PoolTest, ConnectionIsUsedAgainAfterACleanExchange) {
  UniqueFd upstream;
  Outcome first;
  exchange(upstream, kAnswer, first);
  EXPECT_EQ(pool->counts().idle, 1U);
  Outcome second;
  exchange(upstream,
           "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
           second);
  EXPECT_EQ(second.text, "201 yes");
  EXPECT_TRUE(second.reused);
  EXPECT_TRUE(nobody_calls());
  EXPECT_EQ(pool->counts().open, 1U);
}

TEST_F(PoolTest, FreshConnectionIsMadeWhereOneIsAskedFor) {
  UniqueFd upstream;
  Outcome first;
  exchange(upstream, kAnswer, first);
  Outcome second;
  call(second, "{}", Reuse::kFreshOnly);
  const UniqueFd other = answer_call();
  hear(other);
  say(other, kAnswer);
  EXPECT_FALSE(second.reused);
  EXPECT_EQ(pool->counts().idle, 2U);
}

TEST_F(PoolTest, StreamedAnswerArrivesInPieces) {
  Outcome outcome;
  call(outcome);
  const UniqueFd upstream = answer_call();
  say(upstream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  say(upstream, "3\r\none\r\n");
  pass(Millis{900});
  say(upstream, "3\r\ntwo\r\n");
  pass(Millis{900});
  EXPECT_FALSE(outcome.over);
  say(upstream, "0\r\n\r\n");
  EXPECT_EQ(outcome.text, "200 onetwo");
  EXPECT_FALSE(outcome.whole);
  EXPECT_EQ(pool->counts().idle, 1U);
}

TEST_F(PoolTest, ConnectionThatTheUpstreamClosesWhileIdleIsForgotten) {
  UniqueFd upstream;
  Outcome first;
  exchange(upstream, kAnswer, first);
  upstream = UniqueFd();
  settle();
  EXPECT_EQ(pool->counts().idle, 0U);
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(PoolTest, ConnectionOnWhichAnAnswerComesUnaskedIsNeverUsed) {
  UniqueFd upstream;
  Outcome first;
  exchange(upstream, kAnswer, first);
  say(upstream, kAnswer);
  Outcome second;
  call(second);
  const UniqueFd fresh = answer_call();
  EXPECT_THAT(hear(upstream), EndsWith("[closed]"));
  hear(fresh);
  say(fresh, kAnswer);
  EXPECT_EQ(second.text, "200 {}");
  EXPECT_FALSE(second.reused);
}

TEST_F(PoolTest, ConnectionWithBytesLeftOverIsNotKept) {
  UniqueFd upstream;
  Outcome outcome;
  exchange(upstream, std::string(kAnswer) + "HTTP/1.1 200 OK\r\n", outcome);
  EXPECT_EQ(outcome.text, "200 {}");
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(PoolTest, ConnectionThatIsToCloseIsNotKept) {
  UniqueFd upstream;
  Outcome outcome;
  exchange(upstream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
           outcome);
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(PoolTest, AnswerWithoutFramingEndsWithTheConnection) {
  UniqueFd upstream;
  Outcome outcome;
  exchange(upstream, "HTTP/1.1 200 OK\r\n\r\nall of it", outcome);
  EXPECT_FALSE(outcome.over);
  upstream = UniqueFd();
  settle();
  EXPECT_EQ(outcome.text, "200 all of it");
}

TEST_F(PoolTest, InterimAnswersArePassedOver) {
  UniqueFd upstream;
  Outcome outcome;
  exchange(upstream,
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + std::string(kAnswer),
           outcome);
  EXPECT_EQ(outcome.text, "200 {}");
}

TEST_F(PoolTest, FailuresAreToldApart) {
  struct Case {
    std::string_view answer;
    bool closes;
    std::string_view outcome;
  };
  const Case cases[] = {
      {"", true, "unavailable: the upstream closed the connection before its answer"},
      {"HTTP/1.1 200", true, "unavailable: the upstream closed the connection before its answer"},
      {"SSH-2.0-OpenSSH\r\n\r\n", false, "upstream: the answer does not begin with a status line"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", false,
       "upstream: the answer has both"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
       false, "upstream: the upstream switched protocols"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", true,
       "unavailable: the upstream closed the connection before the end"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false,
       "upstream: the answer's body is malformed"},
  };
  for (const Case& one : cases) {
    UniqueFd upstream;
    Outcome outcome;
    exchange(upstream, one.answer, outcome);
    if (one.closes) {
      upstream = UniqueFd();
      settle();
    }
    EXPECT_THAT(outcome.text, StartsWith(one.outcome)) << one.answer;
    EXPECT_EQ(outcome.answer_begun, !one.answer.empty()) << one.answer;
    EXPECT_EQ(pool->counts().open, 0U) << one.answer;
  }
}

TEST_F(PoolTest, InterimAnswersWithoutEndAreRefused) {
  UniqueFd upstream;
  Outcome outcome;
  std::string endless;
  for (int i = 0; i < 100; ++i) {
    endless += "HTTP/1.1 103 Early Hints\r\n\r\n";
  }
  exchange(upstream, endless, outcome);
  EXPECT_THAT(outcome.text, HasSubstr("without end"));
}

TEST_F(PoolTest, AnswerThatDoesNotComeTimesOut) {
  Outcome outcome;
  call(outcome);
  const UniqueFd upstream = answer_call();
  pass(Millis{500});
  say(upstream, "HTTP/1.1 200 OK\r\n");
  pass(Millis{510});
  EXPECT_THAT(outcome.text, StartsWith("timeout"));
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(PoolTest, IdleConnectionIsClosedAfterItsTime) {
  UniqueFd upstream;
  Outcome outcome;
  exchange(upstream, kAnswer, outcome);
  pass(origin.idle_timeout - Millis{2'000});
  EXPECT_EQ(pool->counts().idle, 1U);
  pass(Millis{2'000});
  pass(Millis{2'000});
  EXPECT_EQ(pool->counts().open, 0U);
  EXPECT_EQ(hear(upstream), "[closed]");
}

TEST_F(PoolTest, NoMoreIdleConnectionsAreKeptThanAllowed) {
  origin.max_idle = 1;
  std::array<Outcome, 2> outcomes;
  std::array<UniqueFd, 2> upstreams;
  for (size_t i = 0; i < 2; ++i) {
    call(outcomes[i]);
    upstreams[i] = answer_call();
  }
  for (const UniqueFd& upstream : upstreams) {
    say(upstream, kAnswer);
  }
  EXPECT_EQ(pool->counts().open, 1U);
  EXPECT_EQ(pool->counts().idle, 1U);
}

TEST_F(PoolTest, NoMoreConnectionsAreMadeThanAllowed) {
  origin.max_connections = 1;
  Outcome first;
  call(first);
  const UniqueFd upstream = answer_call();
  Outcome second;
  call(second);
  EXPECT_THAT(second.text, AllOf(StartsWith("unavailable"), HasSubstr("in use")));
  say(upstream, kAnswer);
  EXPECT_EQ(first.text, "200 {}");
}

TEST_F(PoolTest, RefusedConnectionIsUnavailable) {
  listener = UniqueFd();
  Outcome outcome;
  call(outcome);
  settle();
  EXPECT_THAT(outcome.text, AllOf(StartsWith("unavailable: cannot reach `127.0.0.1:"),
                                  HasSubstr("Connection refused")));
}

TEST_F(PoolTest, NamesAreResolvedOffTheLoop) {
  origin.host = "localhost";
  Outcome outcome;
  call(outcome);
  EXPECT_FALSE(outcome.over);
  UniqueFd upstream;
  while (!upstream) {
    loop->turn(Millis{1'000});  // until the resolver's thread has answered
    upstream = UniqueFd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  }
  hear(upstream);
  say(upstream, kAnswer);
  EXPECT_EQ(outcome.text, "200 {}");
}

TEST_F(PoolTest, NameThatDoesNotExistIsUnavailable) {
  origin.host = "no.such.name.invalid";
  origin.connect_timeout = Millis{1'000'000};  // of the clock that is held: it never comes
  Outcome outcome;
  call(outcome);
  while (!outcome.over) {
    loop->turn(Millis{1'000});
  }
  EXPECT_THAT(outcome.text, AllOf(StartsWith("unavailable"), HasSubstr("cannot be resolved")));
}

Task<Result<>> cancelled(ClientPool& pool, const Origin& origin,
                         std::unique_ptr<ClientExchange>& exchange, std::string& seen) {
  CO_TRY(exchange, co_await pool.open(origin));
  CO_TRY_OK(co_await exchange->send(PoolTest::head_of(Method::kGet), {}));
  const Result<const ResponseHead*> head = co_await exchange->receive_head(Millis{1'000});
  seen = head.ok() ? "answered" : row_of(head.error().kind()).name;
  co_return ok();
}

TEST_F(PoolTest, CancelEndsAWaitingCallAndClosesTheConnection) {
  std::unique_ptr<ClientExchange> exchange;
  std::string seen;
  loop->spawn("test.cancel", cancelled(*pool, origin, exchange, seen));
  const UniqueFd upstream = answer_call();
  EXPECT_EQ(hear(upstream), "GET /v1/x?a=b HTTP/1.1\r\nhost: model.test\r\naccept: */*\r\n\r\n");
  exchange->cancel();
  EXPECT_EQ(seen, "");
  settle();
  EXPECT_EQ(seen, "cancelled");
  exchange.reset();
  EXPECT_EQ(hear(upstream), "[closed]");
  EXPECT_EQ(pool->counts().open, 0U);
}

TEST_F(PoolTest, ExchangeMayOutliveItsPool) {
  std::unique_ptr<ClientExchange> exchange;
  std::string seen;
  loop->spawn("test.cancel", cancelled(*pool, origin, exchange, seen));
  const UniqueFd upstream = answer_call();
  pool.reset();
  say(upstream, kAnswer);
  EXPECT_EQ(seen, "answered");
  exchange.reset();
  EXPECT_THAT(hear(upstream), EndsWith("[closed]"));
}

Task<Result<>> upload(ClientPool& pool, const Origin& origin, std::optional<uint64_t> length,
                      std::string& seen) {
  CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool.open(origin));
  RequestHead head = PoolTest::head_of(Method::kPost);
  head.has_body = true;
  head.content_length = length;
  CO_TRY_OK(co_await exchange->start(head));
  for (const std::string_view piece : {"one ", "two"}) {
    CO_TRY_OK(co_await exchange->write(as_bytes(piece)));
  }
  const Result<> finished = co_await exchange->finish({});
  seen = finished.ok() ? "finished" : finished.error().message();
  CO_TRY(const ResponseHead* const answer, co_await exchange->receive_head(Millis{1'000}));
  seen += " " + std::to_string(answer->status);
  co_return ok();
}

TEST_F(PoolTest, RequestInPiecesIsChunkedOrAsLongAsDeclared) {
  std::string seen;
  loop->spawn("test.upload", upload(*pool, origin, std::nullopt, seen));
  UniqueFd upstream = answer_call();
  EXPECT_THAT(hear(upstream),
              EndsWith("transfer-encoding: chunked\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"));
  say(upstream, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(seen, "finished 204");
  loop->spawn("test.upload", upload(*pool, origin, 7, seen));
  EXPECT_THAT(hear(upstream), EndsWith("content-length: 7\r\n\r\none two"));
  say(upstream, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(seen, "finished 204");
}

// ---- tunnels ----

Task<Result<>> tunnel(ClientPool& pool, const Origin& origin, std::string& heard) {
  CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool.open(origin));
  RequestHead head = PoolTest::head_of(Method::kGet);
  head.wants_upgrade_websocket = true;
  CO_TRY_OK(co_await exchange->send(head, {}));
  CO_TRY(const ResponseHead* const answer, co_await exchange->receive_head(Millis{1'000}));
  heard = std::to_string(answer->status) + " ";
  exchange->become_tunnel();
  CO_TRY_OK(co_await exchange->write(as_bytes("ping")));
  for (;;) {
    CO_TRY(const ByteView piece, co_await exchange->next_body(Millis{1'000}));
    if (piece.empty()) {
      heard += "[closed]";
      co_return co_await exchange->finish({});
    }
    heard += as_text(piece);
  }
}

TEST_F(PoolTest, TunnelCarriesRawBytesAfterA101) {
  std::string heard;
  loop->spawn("test.tunnel", tunnel(*pool, origin, heard));
  const UniqueFd upstream = answer_call();
  EXPECT_THAT(hear(upstream), EndsWith("connection: upgrade\r\nupgrade: websocket\r\n\r\n"));
  say(upstream,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: x\r\n\r\nearly");
  EXPECT_EQ(heard, "101 early");
  EXPECT_EQ(hear(upstream), "ping");
  say(upstream, " pong");
  EXPECT_EQ(heard, "101 early pong");
  shutdown(upstream.get(), SHUT_WR);
  EXPECT_EQ(hear(upstream), "[closed]");
  EXPECT_EQ(pool->counts().open, 0U);
}

// ---- TLS ----

std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/tls/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct TlsPoolTest : PoolTest {
  std::shared_ptr<const crypto::TlsServerContext> server;
  std::string served;

  TlsPoolTest() {
    const Secret key(file("server.key"));
    server = *crypto::TlsServerContext::create(
        {.certificate_chain_pem = file("server.pem"),
         .private_key_pem = key,
         .client_ca_pem = {},
         .ticket_keys = std::make_shared<const crypto::TlsTicketKeys>(
             clock, std::make_unique<SeededRandom>(7))});
    crypto::TlsClientSettings settings;
    settings.ca_pem = file("ca.pem");
    settings.alpn = {"http/1.1"};
    origin.tls = *crypto::TlsClientContext::create(settings);
  }
  Task<Result<>> serve(std::unique_ptr<Connection> connection) {
    CO_TRY_OK(connection->start_tls(server));
    CO_TRY_OK(co_await connection->handshake(Millis{1'000}));
    served += connection->tls()->resumed() ? "resumed " : "full ";
    std::array<std::byte, 4096> buffer;
    for (;;) {
      CO_TRY(const size_t got, co_await connection->read(buffer, Millis{100'000}));
      if (got == 0) {
        co_return ok();
      }
      CO_TRY_OK(co_await connection->write(as_bytes(kAnswer), Millis{1'000}));
    }
  }
  void take_call() { loop->spawn("test.serve", serve(*Connection::adopt(*loop, answer_call()))); }
};

TEST_F(TlsPoolTest, VerifiesReusesAndResumes) {
  Outcome first;
  call(first);
  take_call();
  settle();
  settle();
  EXPECT_EQ(first.text, "200 {}");
  // The ticket that came behind the handshake is no answer: the connection is used again.
  Outcome second;
  call(second);
  settle();
  EXPECT_EQ(second.text, "200 {}");
  EXPECT_TRUE(second.reused);
  Outcome third;
  call(third, "{}", Reuse::kFreshOnly);
  take_call();
  settle();
  settle();
  EXPECT_EQ(third.text, "200 {}");
  EXPECT_EQ(served, "full resumed ");
}

TEST_F(TlsPoolTest, UpstreamWhoseCertificateDoesNotVerifyIsUnavailable) {
  const Secret key(file("expired.key"));
  server = *crypto::TlsServerContext::create({.certificate_chain_pem = file("expired.pem"),
                                              .private_key_pem = key,
                                              .client_ca_pem = {},
                                              .ticket_keys = nullptr});
  Outcome outcome;
  call(outcome);
  const UniqueFd upstream = answer_call();
  auto connection = *Connection::adopt(*loop, UniqueFd(dup(upstream.get())));
  ASSERT_TRUE(connection->start_tls(server).ok());
  while (!outcome.over) {
    [[maybe_unused]] const bool done = connection->handshake(Millis{1'000}).await_ready();
    settle();
  }
  EXPECT_THAT(outcome.text,
              AllOf(StartsWith("unavailable: cannot reach"), HasSubstr("certificate has expired")));
}

TEST_F(TlsPoolTest, HandshakeThatDoesNotComeTimesOut) {
  Outcome outcome;
  call(outcome);
  const UniqueFd upstream = answer_call();
  pass(origin.connect_timeout + Millis{100});
  EXPECT_THAT(outcome.text, AllOf(StartsWith("timeout: cannot reach"), HasSubstr("handshake")));
  EXPECT_EQ(pool->counts().open, 0U);
}

}  // namespace
}  // namespace sally::net
