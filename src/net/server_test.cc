#include "net/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto/tls.h"
#include "net/connection.h"
#include "net/loop.h"
#include "support/temp_folder.h"

namespace sally::net {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A handler that does what the path asks for, and notes what it saw.
class Script final : public Handler {
 public:
  explicit Script(Loop& loop) : loop_(loop) {}

  Task<void> serve(ServerExchange& exchange) override {
    ++served;
    const std::string path(exchange.head().path);
    const Result<> done = co_await answer(exchange, path);
    if (!done.ok()) {
      notes.push_back(std::string(row_of(done.error().kind()).name) + ": " +
                      done.error().message());
    }
  }

  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override {
    notes.push_back("malformed " + std::to_string(refusal.status));
    return {"text/plain", refusal.error.message()};
  }

  int served = 0;
  std::vector<std::string> notes;
  ServerExchange* held = nullptr;

 private:
  struct NoteGone final : ServerExchange::GoneWatcher {
    explicit NoteGone(std::vector<std::string>& list) : notes(list) {}
    void on_client_gone() override { notes.emplace_back("gone"); }
    std::vector<std::string>& notes;
  };

  static Task<Result<std::string>> body_of(ServerExchange& exchange) {
    std::string body;
    if (const std::optional<ByteView> whole = exchange.whole_body()) {
      body = as_text(*whole);
      co_return body;
    }
    for (;;) {
      CO_TRY(const ByteView piece, co_await exchange.next_body());
      if (piece.empty()) {
        co_return body;
      }
      body += as_text(piece);
    }
  }

  Task<Result<>> answer(ServerExchange& exchange, std::string path) {
    ResponseHead head;
    head.fields.add("content-type", "text/plain");
    if (path == "/echo") {
      Result<std::string> body = co_await body_of(exchange);
      if (!body.ok()) {
        head.status = row_of(body.error().kind()).http_status;
        CO_TRY_OK(co_await exchange.respond(head, as_bytes(body.error().message())));
        co_return std::move(body).error();
      }
      co_return co_await exchange.respond(head, as_bytes(*body));
    }
    if (path == "/unread") {
      head.status = 403;
      co_return co_await exchange.respond(head, as_bytes("no"));
    }
    if (path == "/stream") {
      CO_TRY_OK(co_await exchange.start(head));
      for (const std::string_view piece : {"one ", "two ", "three"}) {
        CO_TRY_OK(co_await exchange.write(as_bytes(piece)));
      }
      Fields trailers;
      trailers.add("x-sum", "3");
      co_return co_await exchange.finish(trailers);
    }
    if (path == "/declared") {
      head.content_length = 5;
      CO_TRY_OK(co_await exchange.start(head));
      CO_TRY_OK(co_await exchange.write(as_bytes("12345")));
      co_return co_await exchange.finish({});
    }
    if (path == "/short") {
      head.content_length = 5;
      CO_TRY_OK(co_await exchange.start(head));
      CO_TRY_OK(co_await exchange.write(as_bytes("123")));
      co_return co_await exchange.finish({});
    }
    if (path == "/long") {
      head.content_length = 2;
      CO_TRY_OK(co_await exchange.start(head));
      const Result<> written = co_await exchange.write(as_bytes("123"));
      exchange.abort();
      co_return written;
    }
    if (path == "/abort") {
      CO_TRY_OK(co_await exchange.start(head));
      CO_TRY_OK(co_await exchange.write(as_bytes("begun")));
      co_await loop_.sleep(Millis{10});
      exchange.abort();
      co_return ok();
    }
    if (path == "/silent") {
      co_return ok();
    }
    if (path == "/twice") {
      CO_TRY_OK(co_await exchange.respond(head, as_bytes("first")));
      co_return co_await exchange.respond(head, as_bytes("second"));
    }
    if (path == "/injected") {
      head.fields.add("x-evil", "a\r\nset-cookie: b");
      co_return co_await exchange.respond(head, {});
    }
    if (path == "/empty") {
      head.status = 204;
      co_return co_await exchange.respond(head, {});
    }
    if (path == "/big") {
      const std::string body(8'000'000, 'b');
      co_return co_await exchange.respond(head, as_bytes(body));
    }
    if (path == "/wait") {
      NoteGone watcher(notes);
      exchange.watch(&watcher);
      co_await loop_.sleep(Millis{1'000});
      exchange.watch(nullptr);
      co_return co_await exchange.respond(head, as_bytes("waited"));
    }
    if (path == "/stop") {
      exchange.stop_reading();
      const Result<ByteView> piece = co_await exchange.next_body();
      notes.emplace_back(piece.ok() ? "read" : row_of(piece.error().kind()).name);
      co_return co_await exchange.respond(head, as_bytes("stopped"));
    }
    if (path == "/tunnel") {
      CO_TRY_OK(co_await exchange.switch_protocols({}));
      for (;;) {
        CO_TRY(const ByteView piece, co_await exchange.next_body());
        if (piece.empty()) {
          co_return co_await exchange.finish({});
        }
        const std::string shout = "<" + std::string(as_text(piece)) + ">";
        CO_TRY_OK(co_await exchange.write(as_bytes(shout)));
      }
    }
    if (path == "/who") {
      const Peer& peer = exchange.peer();
      const std::string who = peer.address + (peer.tls ? " " + peer.tls_version : "") +
                              (peer.client_certificate.empty() ? "" : " certified") + " " +
                              std::string(exchange.head().scheme);
      co_return co_await exchange.respond(head, as_bytes(who));
    }
    head.status = 404;
    co_return co_await exchange.respond(head, {});
  }

  Loop& loop_;
};

std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/tls/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct FixedTls final : TlsSource {
  std::shared_ptr<const crypto::TlsServerContext> context;
  std::shared_ptr<const crypto::TlsServerContext> current() const override { return context; }
};

struct ServerTest : testing::Test {
  FakeClock clock{*parse_time("2026-11-20T10:04:11.000Z")};
  Logger logger{STDERR_FILENO, LogFormat::kText, LogLevel::kError, clock};
  std::unique_ptr<Loop> loop = *Loop::create(clock, logger);
  Script handler{*loop};
  ServerOptions options;
  std::unique_ptr<Server> server;

  ServerTest() { options.address.host = "127.0.0.1"; }
  void open() {
    auto opened = Server::open(options, {{loop.get(), &handler}});
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    server = std::move(*opened);
  }
  UniqueFd dial() const {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const int on = 1;  // what is said arrives before the next turn
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
  }
  // Runs what is ready, and what that makes ready.
  void settle() const {
    for (int i = 0; i < 6; ++i) {
      loop->turn(Millis{0});
    }
  }
  void pass(Millis time) {
    clock.advance(time);
    settle();
  }
  static void say(const UniqueFd& socket, std::string_view text) {
    ASSERT_EQ(send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What has arrived; `[closed]` behind it when the server ended the connection.
  std::string hear(const UniqueFd& socket) const {
    std::string text;
    std::array<char, 65536> buffer;
    settle();
    for (;;) {
      const ssize_t got = recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) {
        text.append(buffer.data(), static_cast<size_t>(got));
        settle();
      } else {
        return got == 0 ? text + "[closed]" : errno == ECONNRESET ? text + "[reset]" : text;
      }
    }
  }
  std::string ask(const UniqueFd& socket, std::string_view text) const {
    say(socket, text);
    return hear(socket);
  }
};

std::string get(std::string_view path, std::string_view fields = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: gate.test\r\n" + std::string(fields) +
         "\r\n";
}
std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: gate.test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}
std::string with(std::string_view framing, std::string_view body) {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: Fri, 20 Nov 2026 10:04:11 GMT\r\n" +
         std::string(framing) + "\r\n\r\n" + std::string(body);
}

TEST_F(ServerTest, AnswersInItsOwnCanonicalFraming) {
  open();
  const UniqueFd client = dial();
  EXPECT_EQ(ask(client, post("/echo", "hello")), with("content-length: 5", "hello"));
  EXPECT_EQ(ask(client, get("/stream")), with("transfer-encoding: chunked",
                                              "4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"));
  EXPECT_EQ(ask(client, get("/declared")), with("content-length: 5", "12345"));
  EXPECT_EQ(handler.served, 3);
}

TEST_F(ServerTest, StreamedPiecesOfOneTurnLeaveTogether) {
  open();
  const UniqueFd client = dial();
  say(client, get("/stream"));
  settle();
  std::array<char, 4096> buffer;
  const ssize_t got = recv(client.get(), buffer.data(), buffer.size(), 0);
  EXPECT_THAT(std::string(buffer.data(), static_cast<size_t>(got)), EndsWith("0\r\n\r\n"));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  open();
  const UniqueFd client = dial();
  const std::string heard = ask(
      client, post("/echo", "1") + get("/stream") + post("/echo", "3", "Connection: close\r\n"));
  const size_t first = heard.find("\r\n\r\n1HTTP/1.1 200");
  const size_t second = heard.find("0\r\n\r\nHTTP/1.1 200");
  EXPECT_NE(first, std::string::npos);
  EXPECT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_THAT(heard, EndsWith("connection: close\r\n\r\n3[closed]"));
}

TEST_F(ServerTest, ServesEveryPipelinedRequestBeyondTheRoundItLimits) {
  options.limits.pipelined = 3;
  open();
  const UniqueFd client = dial();
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    requests += get("/empty");
  }
  ask(client, requests);
  settle();
  settle();
  EXPECT_EQ(handler.served, 20);
}

TEST_F(ServerTest, ReadsBodiesThatComeInPieces) {
  open();
  const UniqueFd client = dial();
  const std::string request = post("/echo", "hello world");
  for (const char byte : request) {
    say(client, std::string_view(&byte, 1));
    settle();
  }
  EXPECT_THAT(hear(client), EndsWith("\r\n\r\nhello world"));
  EXPECT_THAT(
      ask(client, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
      "");
  EXPECT_THAT(ask(client, "llo\r\n0\r\n\r\n"), EndsWith("\r\n\r\nhello"));
}

TEST_F(ServerTest, ReadsABodyLargerThanItsBuffers) {
  open();
  const UniqueFd client = dial();
  const std::string body(1'000'000, 'x');
  std::string request = post("/echo", body);
  std::string_view left = request;
  std::string heard;
  while (!left.empty()) {
    const ssize_t sent = send(client.get(), left.data(), left.size(), MSG_DONTWAIT);
    left.remove_prefix(sent > 0 ? static_cast<size_t>(sent) : 0);
    settle();
  }
  for (int i = 0; i < 100 && heard.size() < body.size(); ++i) {
    heard += hear(client);
  }
  EXPECT_THAT(heard, EndsWith("\r\n\r\n" + body));
}

TEST_F(ServerTest, WritesAnAnswerLargerThanTheSocketTakes) {
  open();
  const UniqueFd client = dial();
  say(client, get("/big"));
  size_t size = 0;
  for (int i = 0; i < 1'000 && size < 8'000'000; ++i) {
    size += hear(client).size();
  }
  EXPECT_GT(size, 8'000'000U);
}

TEST_F(ServerTest, AsksForABodyThatWaitsToBeAskedFor) {
  open();
  const UniqueFd client = dial();
  const std::string request = post("/echo", "", "Expect: 100-continue\r\n");
  std::string head = request;
  head.replace(head.find("Content-Length: 0"), 17, "Content-Length: 2");
  EXPECT_EQ(ask(client, head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_THAT(ask(client, "{}"), EndsWith("\r\n\r\n{}"));
  // A refusal comes without the body being asked for, and ends the connection.
  head.replace(head.find("/echo"), 5, "/unread");
  EXPECT_THAT(ask(client, head), AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("connection: close"),
                                       EndsWith("no[closed]")));
}

TEST_F(ServerTest, RefusalReachesAClientThatIsStillSending) {
  open();
  const UniqueFd client = dial();
  std::string request = post("/unread", std::string(50'000, 'x'));
  EXPECT_THAT(ask(client, request.substr(0, 20'000)),
              AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("connection: close")));
  // Had the server closed at once, this would be answered with a reset.
  say(client, request.substr(20'000));
  settle();
  say(client, "x");
  EXPECT_EQ(hear(client), "[closed]");
}

TEST_F(ServerTest, UnreadBodyThatIsAlreadyHereKeepsTheConnection) {
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(ask(client, post("/unread", "hello")),
              AllOf(StartsWith("HTTP/1.1 403"), Not(HasSubstr("connection: close"))));
  EXPECT_THAT(ask(client, post("/echo", "again")), EndsWith("again"));
}

TEST_F(ServerTest, MalformedRequestIsRefusedByTheHandlerAndEndsTheConnection) {
  open();
  const UniqueFd client = dial();
  EXPECT_EQ(
      ask(client, "GET /\r\n\r\n"),
      "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ndate: Fri, 20 Nov 2026 "
      "10:04:11 GMT\r\ncontent-length: 48\r\nconnection: close\r\n\r\nthe request line is not "
      "`METHOD target HTTP/1.1`[closed]");
  EXPECT_EQ(handler.notes, std::vector<std::string>{"malformed 400"});
  EXPECT_EQ(handler.served, 0);
}

TEST_F(ServerTest, BodyThatIsMalformedIsToldToTheHandler) {
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(
      ask(client, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
      AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("connection: close"), EndsWith("[closed]")));
}

TEST_F(ServerTest, BodyThatIsTooLargeIsToldToTheHandler) {
  options.limits.body_bytes = 10;
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(ask(client, post("/echo", "hello world")), StartsWith("HTTP/1.1 413"));
}

TEST_F(ServerTest, HeadAnswersHaveNoBody) {
  open();
  const UniqueFd client = dial();
  EXPECT_EQ(ask(client, "HEAD /declared HTTP/1.1\r\nHost: a\r\n\r\n"),
            with("content-length: 5", ""));
  EXPECT_EQ(ask(client, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n"),
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: Fri, 20 Nov 2026 10:04:11 "
            "GMT\r\n\r\n");
  EXPECT_THAT(ask(client, get("/empty")),
              AllOf(StartsWith("HTTP/1.1 204 No Content"), Not(HasSubstr("content-length"))));
}

TEST_F(ServerTest, Http10IsAnsweredWithoutChunksAndCloses) {
  open();
  EXPECT_THAT(ask(dial(), "GET /stream HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("connection: close"), Not(HasSubstr("chunked")),
                    EndsWith("one two three[closed]")));
  const UniqueFd kept = dial();
  EXPECT_THAT(ask(kept, "GET /declared HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              AllOf(HasSubstr("connection: keep-alive"), EndsWith("12345")));
}

TEST_F(ServerTest, IncompleteAnswersEndTheConnectionVisibly) {
  open();
  EXPECT_THAT(ask(dial(), get("/short")), AnyOf("[closed]", "[reset]"));
  EXPECT_THAT(ask(dial(), get("/long")), AnyOf("[closed]", "[reset]"));
  const UniqueFd client = dial();
  EXPECT_THAT(ask(client, get("/abort")), EndsWith("5\r\nbegun\r\n"));
  pass(Millis{20});
  EXPECT_THAT(hear(client), AnyOf("[closed]", "[reset]"));
}

TEST_F(ServerTest, HandlerThatSaysNothingIsAnsweredFor) {
  open();
  EXPECT_THAT(ask(dial(), get("/silent")), StartsWith("HTTP/1.1 500 "));
}

TEST_F(ServerTest, SecondAnswerIsRefused) {
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(ask(client, get("/twice")), EndsWith("first"));
  EXPECT_THAT(handler.notes.at(0), HasSubstr("answered twice"));
}

TEST_F(ServerTest, FieldThatWouldBreakTheFramingIsNotWritten) {
  open();
  EXPECT_THAT(ask(dial(), get("/injected")),
              AllOf(StartsWith("HTTP/1.1 500"), Not(HasSubstr("set-cookie"))));
}

// ---- deadlines ----

TEST_F(ServerTest, HeadThatTricklesInIsRefusedAtItsDeadline) {
  open();
  const UniqueFd client = dial();
  say(client, "GET / HT");
  settle();
  for (int i = 0; i < 9; ++i) {
    pass(Millis{1'000});
    say(client, "T");
  }
  EXPECT_EQ(hear(client), "");
  pass(Millis{1'100});
  EXPECT_THAT(hear(client), AllOf(StartsWith("HTTP/1.1 408"), EndsWith("[closed]")));
}

TEST_F(ServerTest, IdleConnectionIsClosedInSilence) {
  open();
  const UniqueFd client = dial();
  ask(client, get("/empty"));
  pass(options.limits.idle_timeout - Millis{100});
  EXPECT_EQ(hear(client), "");
  pass(Millis{200});
  EXPECT_EQ(hear(client), "[closed]");
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(ServerTest, BodyThatStopsIsRefusedAtItsDeadline) {
  open();
  const UniqueFd client = dial();
  say(client, post("/echo", "hello world").substr(0, 60));
  settle();
  pass(options.limits.body_timeout + Millis{100});
  EXPECT_THAT(hear(client), AllOf(StartsWith("HTTP/1.1 408"), EndsWith("in time[closed]")));
}

TEST_F(ServerTest, BodyThatTricklesInIsRefused) {
  open();
  const UniqueFd client = dial();
  say(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  settle();
  for (int i = 0; i < 4; ++i) {
    pass(Millis{10'000});
    say(client, std::string(100, 'x'));
    settle();
  }
  EXPECT_THAT(hear(client), AllOf(StartsWith("HTTP/1.1 408"), HasSubstr("too slowly")));
}

TEST_F(ServerTest, BodyAboveTheLeastRateIsNotRefusedForItsLength) {
  open();
  const UniqueFd client = dial();
  say(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    pass(Millis{10'000});
    say(client, std::string(5'000, 'x'));
    settle();
  }
  EXPECT_THAT(hear(client), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, ClientThatTakesNothingIsDroppedAtTheWriteDeadline) {
  open();
  const UniqueFd client = dial();
  say(client, get("/big"));
  settle();
  EXPECT_EQ(server->connections(), 1U);
  pass(options.limits.write_timeout + Millis{100});
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_THAT(handler.notes.at(0), StartsWith("timeout"));
}

TEST_F(ServerTest, PrefaceThatTricklesInIsGivenUpAtTheHeadsDeadline) {
  open();
  const UniqueFd client = dial();
  say(client, "P");
  settle();
  for (const std::string_view byte : {"R", "I", " ", "*", " ", "H", "T", "T", "P"}) {
    pass(Millis{1'000});
    say(client, byte);
  }
  settle();
  EXPECT_EQ(server->connections(), 1U);
  pass(Millis{1'100});
  EXPECT_EQ(server->connections(), 0U);
}

// ---- clients that leave ----

TEST_F(ServerTest, WatcherIsToldWhenTheClientLeaves) {
  open();
  UniqueFd client = dial();
  say(client, get("/wait"));
  settle();
  EXPECT_TRUE(handler.notes.empty());
  client = UniqueFd();
  settle();
  EXPECT_EQ(handler.notes, std::vector<std::string>{"gone"});
}

TEST_F(ServerTest, WatcherIsNotToldOfTheNextRequest) {
  open();
  const UniqueFd client = dial();
  say(client, get("/wait") + get("/empty"));
  settle();
  EXPECT_TRUE(handler.notes.empty());
  pass(Millis{1'100});
  EXPECT_THAT(hear(client), AllOf(HasSubstr("waited"), HasSubstr("204 No Content")));
}

TEST_F(ServerTest, StopReadingEndsTheBodyForTheHandler) {
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(ask(client, post("/stop", "hello").substr(0, 70)),
              AllOf(HasSubstr("connection: close"), HasSubstr("stopped")));
  EXPECT_EQ(handler.notes, std::vector<std::string>{"cancelled"});
}

TEST_F(ServerTest, ServerThatGoesAwayTakesRunningExchangesAlong) {
  open();
  const UniqueFd client = dial();
  say(client, get("/wait"));
  settle();
  server.reset();  // the address sanitizer would report what is left
  EXPECT_THAT(hear(client), AnyOf("[closed]", "[reset]"));
}

// ---- tunnels ----

constexpr std::string_view kHandshake =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST_F(ServerTest, TunnelCarriesRawBytesAfterA101) {
  open();
  const UniqueFd client = dial();
  EXPECT_THAT(
      ask(client, get("/tunnel", kHandshake) + "early"),
      AllOf(StartsWith("HTTP/1.1 101 Switching Protocols\r\n"),
            HasSubstr("connection: upgrade\r\nupgrade: websocket\r\n\r\n"), EndsWith("<early>")));
  EXPECT_EQ(ask(client, "GET / HTTP/1.1"), "<GET / HTTP/1.1>");
  shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(hear(client), "[closed]");
}

TEST_F(ServerTest, TunnelIsOpenedOnlyForAClientThatAsked) {
  open();
  EXPECT_THAT(ask(dial(), get("/tunnel")), StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(handler.notes.at(0), HasSubstr("did not ask"));
}

// ---- admission and draining ----

TEST_F(ServerTest, ConnectionsBeyondTheLimitOfAnAddressAreClosed) {
  options.max_connections_per_address = 2;
  open();
  const UniqueFd first = dial();
  const UniqueFd second = dial();
  settle();
  EXPECT_THAT(hear(dial()), AnyOf("[closed]", "[reset]"));
  EXPECT_EQ(server->connections(), 2U);
  EXPECT_THAT(ask(second, get("/empty")), StartsWith("HTTP/1.1 204"));
}

TEST_F(ServerTest, ConnectionsBeyondTheLimitOfAllAreClosed) {
  options.max_connections = 1;
  open();
  UniqueFd first = dial();
  settle();
  EXPECT_THAT(hear(dial()), AnyOf("[closed]", "[reset]"));
  first = UniqueFd();
  settle();
  EXPECT_THAT(ask(dial(), get("/empty")), StartsWith("HTTP/1.1 204"));
}

TEST_F(ServerTest, DrainingEndsIdleConnectionsAndLetsExchangesFinish) {
  open();
  const UniqueFd idle = dial();
  ask(idle, get("/empty"));
  const UniqueFd busy = dial();
  say(busy, get("/wait"));
  settle();
  bool drained = false;
  server->drain([&] { drained = true; });
  settle();
  EXPECT_EQ(hear(idle), "[closed]");
  EXPECT_FALSE(drained);
  pass(Millis{1'100});
  EXPECT_THAT(hear(busy), AllOf(HasSubstr("connection: close"), HasSubstr("waited")));
  pass(Millis{2'100});
  EXPECT_TRUE(drained);
}

TEST_F(ServerTest, DrainingEndsConnectionsThatHaveSaidNothing) {
  open();
  const UniqueFd client = dial();
  settle();
  bool drained = false;
  server->drain([&] { drained = true; });
  settle();
  EXPECT_TRUE(drained);
  EXPECT_EQ(hear(client), "[closed]");
}

TEST_F(ServerTest, ClientIsTurnedAwayWhenThereAreNoDescriptorsLeft) {
  open();
  const UniqueFd client = dial();
  ask(client, get("/empty"));
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  few.rlim_cur = 64;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<UniqueFd> taken;
  for (UniqueFd one(dup(STDERR_FILENO)); one; one = UniqueFd(dup(STDERR_FILENO))) {
    taken.push_back(std::move(one));
  }
  taken.pop_back();  // for the client's own end
  const UniqueFd late = dial();
  EXPECT_THAT(hear(late), AnyOf("[closed]", "[reset]"));
  EXPECT_THAT(ask(client, get("/empty")), StartsWith("HTTP/1.1 204"));
  taken.clear();
  EXPECT_THAT(ask(dial(), get("/empty")), StartsWith("HTTP/1.1 204"));
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(ServerTest, NewLimitsHoldForOpenConnectionsToo) {
  open();
  const UniqueFd client = dial();
  ask(client, get("/empty"));
  HttpLimits limits;
  limits.target_bytes = 3;
  server->set_limits(limits);
  settle();
  EXPECT_THAT(ask(client, get("/empty")), StartsWith("HTTP/1.1 414"));
}

TEST_F(ServerTest, ConnectionsGoToTheWorkerWithTheFewest) {
  const auto second_loop = *Loop::create(clock, logger);
  Script second_handler(*second_loop);
  server = *Server::open(options, {{loop.get(), &handler}, {second_loop.get(), &second_handler}});
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(dial());
    say(clients.back(), get("/empty"));
    for (int turn = 0; turn < 6; ++turn) {
      loop->turn(Millis{0});
      second_loop->turn(Millis{0});
    }
  }
  EXPECT_EQ(handler.served, 10);
  EXPECT_EQ(second_handler.served, 10);
  server.reset();
}

// ---- other sockets ----

TEST_F(ServerTest, UnixSocketIsForItsOwnerAlone) {
  const test::TempFolder folder;
  options.address = {};
  options.address.unix_path = folder.file("gate.sock");
  open();
  struct stat found{};
  ASSERT_EQ(lstat(options.address.unix_path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  const UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::strcpy(to.sun_path, options.address.unix_path.c_str());
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  EXPECT_THAT(ask(client, get("/who")), EndsWith("\r\n\r\nunix http"));
  const auto second = Server::open(options, {{loop.get(), &handler}});
  EXPECT_FALSE(second.ok());
  server.reset();
  EXPECT_NE(lstat(options.address.unix_path.c_str(), &found), 0);
}

TEST(ListenAddress, IsAnAddressAndAPortOrAUnixPath) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8443")->port, 8443);
  EXPECT_EQ(parse_listen_address("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen_address("unix:/run/gate.sock")->unix_path, "/run/gate.sock");
  for (const std::string_view wrong :
       {"", "8443", "localhost:80", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1", "::1:80",
        "[::1]", "unix:gate.sock", "127.0.0.1:80x"}) {
    EXPECT_FALSE(parse_listen_address(wrong).ok()) << wrong;
  }
}

// ---- TLS, with a client of our own ----

struct TlsServerTest : ServerTest {
  FixedTls tls;
  TlsServerTest() {
    const Secret key(file("server.key"));
    tls.context = *crypto::TlsServerContext::create(
        {.certificate_chain_pem = file("server.pem"),
         .private_key_pem = key,
         .client_certificates = crypto::ClientCertificates::kRequested,
         .client_ca_pem = file("ca.pem"),
         .ticket_keys = nullptr});
    options.tls = &tls;
  }
  std::unique_ptr<Connection> connect_tls(crypto::TlsClientSettings settings = {}) {
    UniqueFd socket = dial();
    const int flags = fcntl(socket.get(), F_GETFL);
    fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK);
    auto connection = *Connection::adopt(*loop, std::move(socket));
    settings.ca_pem = file("ca.pem");
    EXPECT_TRUE(
        connection->start_tls(*crypto::TlsClientContext::create(settings), "gate.test").ok());
    return connection;
  }
  static Task<Result<>> converse(Connection& connection, std::string request, std::string& heard) {
    CO_TRY_OK(co_await connection.handshake(Millis{1'000}));
    CO_TRY_OK(co_await connection.write(as_bytes(request), Millis{1'000}));
    std::array<std::byte, 4096> buffer;
    for (;;) {
      CO_TRY(const size_t got, co_await connection.read(buffer, Millis{1'000}));
      if (got == 0) {
        heard += "[closed]";
        co_return ok();
      }
      heard += as_text(ByteView(buffer).first(got));
    }
  }
};

TEST_F(TlsServerTest, ServesOverTlsAndSaysGoodbye) {
  open();
  const auto client = connect_tls();
  std::string heard;
  loop->spawn("test.client", converse(*client, get("/who", "Connection: close\r\n"), heard));
  settle();
  settle();
  EXPECT_THAT(heard, EndsWith("\r\n\r\n127.0.0.1 TLSv1.3 https[closed]"));
}

TEST_F(TlsServerTest, CountsAConnectionThatEndsInTheHandshake) {
  open();
  const UniqueFd client = dial();
  ASSERT_GT(send(client.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 0);
  settle();
  settle();
  EXPECT_EQ(server->failed_handshakes(), 1U);
}

TEST_F(TlsServerTest, HandsOverAClientCertificateThatVerified) {
  open();
  const Secret key(file("client.key"));
  crypto::TlsClientSettings settings;
  settings.certificate_chain_pem = file("client.pem");
  settings.private_key_pem = &key;
  settings.most = crypto::TlsVersion::kTls12;
  const auto client = connect_tls(settings);
  std::string heard;
  loop->spawn("test.client", converse(*client, get("/who", "Connection: close\r\n"), heard));
  settle();
  settle();
  EXPECT_THAT(heard, HasSubstr("127.0.0.1 TLSv1.2 certified https"));
}

TEST_F(TlsServerTest, LargeAnswersCrossRecords) {
  open();
  const auto client = connect_tls();
  std::string heard;
  loop->spawn("test.client", converse(*client, get("/big", "Connection: close\r\n"), heard));
  for (int i = 0; i < 2'000 && !heard.ends_with("[closed]"); ++i) {
    settle();
  }
  EXPECT_GT(heard.size(), 8'000'000U);
}

TEST_F(TlsServerTest, WatcherIsToldOfAGoodbye) {
  open();
  auto client = connect_tls();
  std::string heard;
  loop->spawn("test.client", converse(*client, get("/wait"), heard));
  settle();
  settle();
  EXPECT_TRUE(handler.notes.empty());
  client->shutdown_write();
  settle();
  EXPECT_EQ(handler.notes, std::vector<std::string>{"gone"});
  client->abort();
  settle();
}

TEST_F(TlsServerTest, HandshakeThatDoesNotComeIsGivenUp) {
  open();
  const UniqueFd client = dial();
  settle();
  EXPECT_EQ(server->connections(), 1U);
  pass(options.limits.head_timeout + Millis{100});
  EXPECT_EQ(server->connections(), 0U);
}

}  // namespace
}  // namespace sally::net
