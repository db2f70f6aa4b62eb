#include "app/witness_server.h"

#include <utility>

namespace sally::app {
namespace {

constexpr std::string_view kPath = "/add-checkpoint";
constexpr std::string_view kPlain = "text/plain; charset=utf-8";

witness::Answer plain(uint16_t status, std::string_view text) {
  return {.status = status, .content_type = std::string(kPlain), .body = std::string(text) + "\n"};
}

}  // namespace

Task<Result<witness::Answer>> WitnessServer::answer(net::ServerExchange& http) {
  const net::RequestHead& head = http.head();
  if (head.path != kPath) {
    co_return plain(404, "POST /add-checkpoint is all there is");
  }
  if (head.method != net::Method::kPost) {
    co_return plain(405, "a checkpoint is sent with POST");
  }
  std::string body;
  for (;;) {
    CO_TRY(const ByteView piece, co_await http.next_body());
    if (piece.empty()) {
      break;
    }
    body += as_text(piece);
  }
  witness::Answer out;
  const Result<> worked =
      co_await work_.run(loop_, [this, &body, &out] { out = witness_.add_checkpoint(body); });
  if (!worked.ok()) {
    co_return plain(503, worked.error().message());
  }
  loop_.logger().write(out.status == 200 ? LogEvent::kWitnessCosigned : LogEvent::kWitnessRefused,
                       {{"peer", http.peer().address},
                        {"status", out.status},
                        {"answer", out.status == 200 ? std::string_view() : out.body}});
  co_return out;
}

Task<void> WitnessServer::serve(net::ServerExchange& http) {
  const auto asked = co_await answer(http);
  const witness::Answer out =
      asked.ok() ? *asked
                 : plain(row_of(asked.error().kind()).http_status, asked.error().message());
  net::ResponseHead head;
  head.status = out.status;
  head.fields.add("content-type", out.content_type);
  if (out.status == 405) {
    head.fields.add("allow", "POST");
  }
  head.content_length = out.body.size();
  [[maybe_unused]] const Result<> sent = co_await http.respond(head, as_bytes(out.body));
}

net::Handler::PlainAnswer WitnessServer::refuse_malformed(const ProtocolRefusal& refusal) {
  return {std::string(kPlain), refusal.error.message() + "\n"};
}

}  // namespace sally::app
