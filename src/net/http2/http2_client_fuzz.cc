// Bytes of a hostile upstream into a ClientSession with three exchanges: one that is read to its
// end, one that sends a long body, one that is dropped half-way.
//
// The first octet of the input: bit 0 puts SETTINGS before the rest; bit 1 lets time pass between
// pieces; the other six are the size of a piece, in units of 16 octets.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "net/http2/client_session.h"
#include "support/h2check/rig.h"

namespace sally::net::http2 {
namespace {

constexpr std::string_view kOpening("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18);

void settle(RigHost& host, ClientSession& session) {
  do {
    host.run_ready();
    bool more = true;
    while (more) {
      Buffer out;
      more = session.take_output(out, 16 * 1024);
    }
  } while (!host.ready.empty());
}

RequestHead head_of(Method method) {
  RequestHead head;
  head.method = method;
  head.scheme = "http";
  head.authority = "up.test";
  head.path = "/";
  return head;
}

Task<void> read_all(ClientExchange& exchange, size_t& ended) {
  const Result<> sent = co_await exchange.send(head_of(Method::kGet), {});
  const Result<const ResponseHead*> head = co_await exchange.receive_head(Millis{20'000});
  if (sent.ok() && head.ok()) {
    SALLY_CHECK((*head)->status >= 200 && (*head)->status < 600);
    for (;;) {
      const Result<ByteView> piece = co_await exchange.next_body(Millis{20'000});
      if (!piece.ok() || piece->empty()) {
        break;
      }
    }
  }
  ++ended;
}

Task<void> send_long(ClientExchange& exchange, size_t& ended) {
  const std::string body(300'000, 'x');
  if ((co_await exchange.send(head_of(Method::kPost), as_bytes(body))).ok()) {
    static_cast<void>(co_await exchange.receive_head(Millis{20'000}));
    static_cast<void>(exchange.whole_body());
  }
  ++ended;
}

}  // namespace
}  // namespace sally::net::http2

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::net;
  using namespace sally::net::http2;
  if (size == 0) {
    return 0;
  }
  const uint8_t control = data[0];
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  RigHost host;
  ClientSession session(host, {});
  size_t ended = 0;
  const std::unique_ptr<ClientExchange> reads = session.open(nullptr);
  const std::unique_ptr<ClientExchange> sends = session.open(nullptr);
  std::unique_ptr<ClientExchange> dropped = session.open(nullptr);
  detach(read_all(*reads, ended));
  detach(send_long(*sends, ended));
  const Result<> started = dropped->start(head_of(Method::kPost)).run_to_completion();
  SALLY_CHECK(started.ok());
  settle(host, session);
  if ((control & 1U) != 0) {
    session.receive(as_bytes(kOpening));
  }
  const size_t piece = size_t{16} * ((control >> 2U) + 1U);
  const size_t half = input.size() / 2;
  while (!input.empty()) {
    session.receive(as_bytes(input.substr(0, piece)));
    input.remove_prefix(std::min(piece, input.size()));
    if (input.size() <= half) {
      dropped.reset();
    }
    settle(host, session);
    if ((control & 2U) != 0) {
      host.clock.advance(Millis{1'500});
      session.check();
      settle(host, session);
    }
  }
  session.connection_lost();
  host.run_ready();
  SALLY_CHECK(ended == 2 && session.finished() && !session.can_open());
  return 0;
}
