// HTTP/2 over real sockets: our server against the frame-level checks, and our pool against our
// server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/secret.h"
#include "crypto/tls.h"
#include "net/pool.h"
#include "net/server.h"
#include "support/h2check/checks.h"
#include "support/h2check/rig.h"

namespace sally::net::http2 {
namespace {

std::string file(const std::string& name) {
  std::ifstream in("tests/vectors/tls/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct FixedTls final : TlsSource {
  std::shared_ptr<const crypto::TlsServerContext> context;
  std::shared_ptr<const crypto::TlsServerContext> current() const override { return context; }
};

// A server on a thread of its own.
class LoopbackTest : public testing::Test {
 protected:
  void serve(const HttpLimits& limits = {}, const TlsSource* tls = nullptr) {
    Result<std::unique_ptr<Loop>> made = Loop::create(clock, logger);
    ASSERT_TRUE(made.ok());
    server_loop = *std::move(made);
    ServerOptions options;
    options.address.host = "127.0.0.1";
    options.limits = limits;
    options.tls = tls;
    Result<std::unique_ptr<Server>> opened = Server::open(options, {{server_loop.get(), &handler}});
    ASSERT_TRUE(opened.ok());
    server = *std::move(opened);
    thread = std::thread([this] { server_loop->run(); });
  }
  ~LoopbackTest() override {
    if (thread.joinable()) {
      server_loop->stop();
      thread.join();
    }
    server.reset();
  }

  SystemClock clock;
  Logger logger{STDERR_FILENO, LogFormat::kText, LogLevel::kError, clock};
  RigHandler handler;
  std::unique_ptr<Loop> server_loop;
  std::unique_ptr<Server> server;
  std::thread thread;
};

class ConformanceTest : public LoopbackTest, public testing::WithParamInterface<bool> {};

TEST_P(ConformanceTest, PassesEveryCheckOfRfc9113AndRfc7541) {
  HttpLimits limits;
  limits.write_timeout = Millis{500};
  FixedTls tls;
  if (GetParam()) {
    const Secret key(file("server.key"));
    tls.context = *crypto::TlsServerContext::create({.certificate_chain_pem = file("server.pem"),
                                                     .private_key_pem = key,
                                                     .ticket_keys = nullptr});
  }
  serve(limits, GetParam() ? &tls : nullptr);
  h2check::Target target;
  target.port = server->port();
  target.tls = GetParam();
  target.authority = "gw.test";
  size_t checks = 0;
  h2check::run_checks(target, [&](const h2check::Verdict& verdict) {
    ++checks;
    EXPECT_TRUE(verdict.passed) << verdict.section << " " << verdict.sentence << ": "
                                << verdict.why;
  });
  EXPECT_GE(checks, 146U);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithout, ConformanceTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

// A client's side on the test's own thread.
class PoolOverHttp2Test : public LoopbackTest {
 protected:
  PoolOverHttp2Test() {
    Result<std::unique_ptr<Loop>> made = Loop::create(clock, logger);
    EXPECT_TRUE(made.ok());
    loop = *std::move(made);
    pool = std::make_unique<ClientPool>(*loop);
  }

  // Runs `task` to its end on the client's loop.
  void run(Task<Result<>> task) {
    loop->spawn("test", finish(std::move(task)));
    loop->run();
  }
  Task<Result<>> finish(Task<Result<>> task) {
    const Result<> done = co_await std::move(task);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message());
    loop->stop();
    co_return ok();
  }

  Origin origin() {
    Origin origin;
    origin.host = "127.0.0.1";
    origin.port = server->port();
    origin.http = UpstreamHttp::kHttp2;
    return origin;
  }
  static RequestHead head_of(Method method, std::string_view path) {
    RequestHead head;
    head.method = method;
    head.scheme = "http";
    head.authority = "up.test";
    head.path = path;
    return head;
  }

  std::unique_ptr<Loop> loop;
  std::unique_ptr<ClientPool> pool;
};

Task<Result<std::string>> read_all(ClientExchange& exchange) {
  std::string body;
  for (;;) {
    CO_TRY(const ByteView piece, co_await exchange.next_body(Millis{5'000}));
    if (piece.empty()) {
      co_return body;
    }
    body += as_text(piece);
  }
}

TEST_F(PoolOverHttp2Test, SharesOneConnectionAmongExchanges) {
  struct Steps {
    static Task<Result<>> run(ClientPool& pool, const Origin& origin) {
      CO_TRY(const std::unique_ptr<ClientExchange> one, co_await pool.open(origin));
      CO_TRY(const std::unique_ptr<ClientExchange> two, co_await pool.open(origin));
      EXPECT_FALSE(one->reused());
      EXPECT_TRUE(two->reused());
      EXPECT_EQ(pool.counts().open, 1U);
      const std::string large(300'000, 'x');
      CO_TRY_OK(co_await one->start(head_of(Method::kPost, "/echo")));
      CO_TRY_OK(co_await two->send(head_of(Method::kGet, "/big"), {}));
      CO_TRY(const ResponseHead* answer, co_await two->receive_head(Millis{5'000}));
      EXPECT_EQ(answer->status, 200);
      CO_TRY(const std::string big, co_await read_all(*two));
      EXPECT_EQ(big.size(), 200'000U);
      CO_TRY_OK(co_await one->write(as_bytes("ping")));
      CO_TRY(const ByteView back, co_await one->next_body(Millis{5'000}));
      EXPECT_EQ(as_text(back), "ping");
      CO_TRY_OK(co_await one->finish({}));
      CO_TRY(const std::string rest, co_await read_all(*one));
      EXPECT_EQ(rest, "");
      EXPECT_EQ(one->trailers().find("x-end"), "yes");
      co_return ok();
    }
  };
  serve();
  const Origin to = origin();
  run(Steps::run(*pool, to));
  EXPECT_EQ(pool->counts().idle, 1U);
}

TEST_F(PoolOverHttp2Test, SendsALargeBodyAndReadsItBack) {
  struct Steps {
    static Task<Result<>> write(ClientExchange& exchange, const std::string& body) {
      CO_TRY_OK(co_await exchange.write(as_bytes(body)));
      co_return co_await exchange.finish({});
    }
    static Task<Result<>> run(Loop& loop, ClientPool& pool, const Origin& origin) {
      std::string body;
      for (int i = 0; i < 300'000; ++i) {
        body += static_cast<char>('a' + i % 23);
      }
      CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool.open(origin));
      CO_TRY_OK(co_await exchange->start(head_of(Method::kPost, "/echo")));
      loop.spawn("write", write(*exchange, body));
      CO_TRY(const std::string back, co_await read_all(*exchange));
      EXPECT_EQ(back, body);
      co_return ok();
    }
  };
  serve();
  const Origin to = origin();
  run(Steps::run(*loop, *pool, to));
}

TEST_F(PoolOverHttp2Test, TellsTheServerWhenItGivesUp) {
  struct Steps {
    static Task<Result<>> run(Loop& loop, ClientPool& pool, const Origin& origin,
                              const RigHandler& handler) {
      {
        CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool.open(origin));
        CO_TRY_OK(co_await exchange->start(head_of(Method::kPost, "/wait")));
        CO_TRY(const ResponseHead* answer, co_await exchange->receive_head(Millis{5'000}));
        EXPECT_EQ(answer->status, 200);
      }
      while (handler.gone == 0) {
        co_await loop.sleep(Millis{10});
      }
      EXPECT_EQ(pool.counts().open, 1U);
      co_return ok();
    }
  };
  serve();
  const Origin to = origin();
  run(Steps::run(*loop, *pool, to, handler));
}

TEST_F(PoolOverHttp2Test, OpensAnotherConnectionAfterADrain) {
  struct Steps {
    static Task<Result<>> run(ClientPool& pool, const Origin& origin, Server& server, Loop& loop) {
      CO_TRY(const std::unique_ptr<ClientExchange> exchange, co_await pool.open(origin));
      CO_TRY_OK(co_await exchange->start(head_of(Method::kPost, "/echo")));
      CO_TRY(const ResponseHead* answer, co_await exchange->receive_head(Millis{5'000}));
      EXPECT_EQ(answer->status, 200);
      server.drain([] {});
      // The exchange at hand is finished; a new one finds nobody.
      CO_TRY_OK(co_await exchange->write(as_bytes("last")));
      CO_TRY_OK(co_await exchange->finish({}));
      CO_TRY(const std::string body, co_await read_all(*exchange));
      EXPECT_EQ(body, "last");
      while (server.connections() > 0) {
        co_await loop.sleep(Millis{10});
      }
      EXPECT_FALSE((co_await pool.open(origin)).ok());
      co_return ok();
    }
  };
  serve();
  const Origin to = origin();
  run(Steps::run(*pool, to, *server, *loop));
}

}  // namespace
}  // namespace sally::net::http2
