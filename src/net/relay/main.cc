// net_relay: server, pool and client of net with nothing between them. The floor that the gate is
// measured against (docs/performance.md), and the target that the smuggling cases are replayed at.
//
//   net_relay LISTEN UPSTREAM_HOST UPSTREAM_PORT WORKERS [CERTIFICATE_PEM KEY_PEM]
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "crypto/tls.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/pool.h"
#include "net/server.h"

namespace sally::net {
namespace {

constexpr Millis kPatience{60'000};
constexpr std::string_view kPassedOn[] = {"accept", "authorization", "content-type", "date"};

void pass_on(const Fields& from, Fields& to) {
  for (const Field& field : from) {
    for (const std::string_view name : kPassedOn) {
      if (field.name == name) {
        to.add(field.name, field.value);
      }
    }
  }
}

class Relay final : public Handler {
 public:
  Relay(Loop& loop, const Origin& origin)
      : pool_(loop), origin_(origin), authority_(origin.host + ":" + std::to_string(origin.port)) {}

  Task<void> serve(ServerExchange& exchange) override {
    const Result<> done = co_await relay(exchange);
    if (done.ok()) {
      co_return;
    }
    if (exchange.response_started()) {
      exchange.abort();
      co_return;
    }
    ResponseHead head;
    head.status = row_of(done.error().kind()).http_status;
    head.fields.add("content-type", "text/plain");
    const std::string text = done.error().message() + "\n";
    // The client may be gone: the connection knows.
    [[maybe_unused]] const Result<> told = co_await exchange.respond(head, as_bytes(text));
  }

  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override {
    return {"text/plain", refusal.error.message() + "\n"};
  }

 private:
  // Repeats a request once when a pooled connection turned out to be dead.
  Task<Result<>> relay(ServerExchange& exchange) {
    const std::optional<ByteView> body = exchange.whole_body();
    std::unique_ptr<ClientExchange> upstream;
    const ResponseHead* answer = nullptr;
    for (Reuse reuse = Reuse::kAllowed; answer == nullptr; reuse = Reuse::kFreshOnly) {
      CO_TRY(upstream, co_await pool_.open(origin_, reuse));
      Result<> sent = co_await send(exchange, *upstream, body);
      Result<const ResponseHead*> head = sent.ok() ? co_await upstream->receive_head(kPatience)
                                                   : Result<const ResponseHead*>(sent.error());
      if (head.ok()) {
        answer = *head;
      } else if (!upstream->reused() || upstream->answer_begun() || !body) {
        co_return std::move(head).error();
      }
    }
    ResponseHead head;
    head.status = answer->status;
    pass_on(answer->fields, head.fields);
    if (const std::optional<ByteView> whole = upstream->whole_body()) {
      co_return co_await exchange.respond(head, *whole);
    }
    head.content_length = answer->content_length;
    CO_TRY_OK(co_await exchange.start(head));
    for (;;) {
      CO_TRY(const ByteView piece, co_await upstream->next_body(kPatience));
      if (piece.empty()) {
        break;
      }
      CO_TRY_OK(co_await exchange.write(piece));
    }
    co_return co_await exchange.finish({});
  }

  Task<Result<>> send(ServerExchange& exchange, ClientExchange& upstream,
                      std::optional<ByteView> body) {
    RequestHead head;
    head.method = exchange.head().method;
    head.authority = authority_;
    head.path = exchange.head().path;
    head.query = exchange.head().query;
    pass_on(exchange.head().fields, head.fields);
    head.fields.add("x-relayed", "1");
    if (body) {
      co_return co_await upstream.send(head, *body);
    }
    head.has_body = true;
    head.content_length = exchange.head().content_length;
    CO_TRY_OK(co_await upstream.start(head));
    for (;;) {
      CO_TRY(const ByteView piece, co_await exchange.next_body());
      if (piece.empty()) {
        break;
      }
      CO_TRY_OK(co_await upstream.write(piece));
    }
    co_return co_await upstream.finish({});
  }

  ClientPool pool_;
  const Origin& origin_;
  std::string authority_;
};

class FixedTls final : public TlsSource {
 public:
  std::shared_ptr<const crypto::TlsServerContext> context;
  std::shared_ptr<const crypto::TlsServerContext> current() const override { return context; }
};

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<> run(const std::vector<const char*>& arguments) {
  const auto number = [](const char* text) {
    unsigned value = 0;
    std::from_chars(text, text + std::string_view(text).size(), value);
    return value;
  };
  SystemClock clock;
  Logger logger(STDERR_FILENO, LogFormat::kText, LogLevel::kInfo, clock);
  ServerOptions options;
  TRY(options.address, parse_listen_address(arguments[1]));
  options.max_connections_per_address = options.max_connections;  // all of them are the bench
  FixedTls tls;
  if (arguments.size() == 7) {
    const Secret key(read_file(arguments[6]));
    crypto::TlsServerSettings settings{.certificate_chain_pem = read_file(arguments[5]),
                                       .private_key_pem = key,
                                       .client_ca_pem = {},
                                       .http2 = false,
                                       .ticket_keys = std::make_shared<const crypto::TlsTicketKeys>(
                                           clock, std::make_unique<SystemRandom>())};
    TRY(tls.context, crypto::TlsServerContext::create(settings));
    options.tls = &tls;
  }
  Origin origin;
  origin.host = arguments[2];
  origin.port = static_cast<uint16_t>(number(arguments[3]));
  origin.max_connections = options.max_connections;

  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<Relay>> relays;
  std::vector<ServerWorker> workers;
  for (unsigned i = 0; i < number(arguments[4]); ++i) {
    TRY(std::unique_ptr<Loop> loop, Loop::create(clock, logger));
    loops.push_back(std::move(loop));
    relays.push_back(std::make_unique<Relay>(*loops.back(), origin));
    workers.push_back({loops.back().get(), relays.back().get()});
  }
  TRY(const std::unique_ptr<Server> server, Server::open(options, workers));
  std::printf("listening on port %u\n", server->port());
  std::fflush(stdout);

  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGINT);
  sigaddset(&stopping, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stopping, nullptr);
  std::vector<std::thread> threads;
  threads.reserve(loops.size());
  for (const std::unique_ptr<Loop>& loop : loops) {
    threads.emplace_back([&loop = *loop] { loop.run(); });
  }
  int signal = 0;
  sigwait(&stopping, &signal);
  for (const std::unique_ptr<Loop>& loop : loops) {
    loop->stop();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return ok();
}

}  // namespace
}  // namespace sally::net

int main(int argc, char** argv) {
  const std::vector<const char*> arguments(argv, argv + argc);
  if (arguments.size() != 5 && arguments.size() != 7) {
    std::fputs("usage: net_relay LISTEN UPSTREAM_HOST UPSTREAM_PORT WORKERS [CERT KEY]\n", stderr);
    return 2;
  }
  const sally::Result<> done = sally::net::run(arguments);
  if (!done.ok()) {
    std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
    return row_of(done.error().kind()).exit_status;
  }
  return 0;
}
