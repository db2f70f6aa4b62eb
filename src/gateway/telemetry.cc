#include "gateway/telemetry.h"

#include <utility>

namespace sally::gateway {

Task<void> respond_text(net::ServerExchange& http, uint16_t status, std::string text) {
  net::ResponseHead head;
  head.status = status;
  head.fields.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
  head.fields.add("cache-control", "no-store");
  head.content_length = text.size();
  [[maybe_unused]] const Result<> sent = co_await http.respond(head, as_bytes(text));
}

Task<void> Telemetry::serve(net::ServerExchange& http) {
  const net::RequestHead& head = http.head();
  if (head.method != net::Method::kGet && head.method != net::Method::kHead) {
    co_await respond_text(http, 405, "only GET\n");
  } else if (head.path == "/metrics") {
    co_await respond_text(http, 200, sources_.metrics());
  } else if (head.path == "/healthz") {
    co_await respond_text(http, 200, "ok\n");  // the loop turns: that is what this tells
  } else if (head.path == "/readyz") {
    std::string reasons = sources_.not_ready();
    const bool ready = reasons.empty();
    co_await respond_text(http, ready ? 200 : 503, ready ? "ready\n" : std::move(reasons));
  } else {
    co_await respond_text(http, 404, "try /metrics, /healthz or /readyz\n");
  }
}

net::Handler::PlainAnswer Telemetry::refuse_malformed(const ProtocolRefusal& refusal) {
  return {"text/plain; charset=utf-8", refusal.error.message() + "\n"};
}

}  // namespace sally::gateway
