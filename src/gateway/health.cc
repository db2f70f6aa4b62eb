#include "gateway/health.h"

#include <utility>

namespace sally::gateway {
namespace {

// One request to the health path; fine is an answer of 2xx that is complete.
Task<Result<>> ask(net::ClientPool& pool, const UpstreamSettings& upstream) {
  CO_TRY(auto exchange, co_await pool.open(upstream.origin));
  net::RequestHead head;
  head.method = net::Method::kGet;
  head.scheme = upstream.origin.tls != nullptr ? "https" : "http";
  head.authority = upstream.authority;
  head.path = upstream.health.path;
  if (upstream.credential) {
    head.fields.add(upstream.credential->header, upstream.credential->value.reveal());
  }
  CO_TRY_OK(co_await exchange->send(head, {}));
  CO_TRY(const auto* answer, co_await exchange->receive_head(upstream.health.timeout));
  if (answer->status < 200 || answer->status > 299) {
    co_return Error(ErrorKind::kUpstream,
                    "the health check answered " + std::to_string(answer->status));
  }
  size_t total = 0;
  for (;;) {
    CO_TRY(const ByteView piece, co_await exchange->next_body(upstream.health.timeout));
    total += piece.size();
    if (piece.empty() || total > 1024 * 1024) {
      co_return ok();
    }
  }
}

}  // namespace

Task<Result<>> HealthChecker::watch(net::Loop& loop, net::ClientPool& pool,
                                    std::shared_ptr<const Upstream> upstream,
                                    std::shared_ptr<Round> round) {
  const UpstreamSettings& settings = upstream->settings;
  while (!round->stopped) {
    const Result<> result = co_await ask(pool, settings);
    if (round->stopped) {
      break;
    }
    if (upstream->health->checked(result.ok(), settings.health)) {
      loop.logger().write(result.ok() ? LogEvent::kUpstreamUp : LogEvent::kUpstreamDown,
                          {{"upstream", settings.id.str()},
                           {"error", result.ok() ? std::string() : result.error().message()}});
    }
    co_await loop.sleep(settings.health.every);
  }
  co_return ok();
}

void HealthChecker::put_in_force(const SnapshotPtr& snapshot) {
  stop();
  round_ = std::make_shared<Round>();
  for (const auto& upstream : snapshot->upstreams()) {
    if (!upstream->settings.health.path.empty()) {
      loop_.spawn("health", watch(loop_, pool_, upstream, round_));
    }
  }
}

void HealthChecker::stop() {
  if (round_ != nullptr) {
    round_->stopped = true;
    round_.reset();
  }
}

}  // namespace sally::gateway
