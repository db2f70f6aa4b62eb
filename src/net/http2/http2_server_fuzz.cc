// Bytes of a hostile client into a ServerSession whose handler answers.
//
// The first octet of the input: bit 0 puts a preface and SETTINGS before the rest; bit 1 lets time
// pass between pieces; the other six are the size of a piece, in units of 16 octets.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "net/http2/server_session.h"
#include "support/h2check/rig.h"

namespace sally::net::http2 {
namespace {

constexpr std::string_view kOpening(
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 24 + 18);

void settle(RigHost& host, ServerSession& session) {
  do {
    host.run_ready();
    bool more = true;
    while (more) {
      Buffer out;
      more = session.take_output(out, 16 * 1024);
      SALLY_CHECK(out.size() <= 64 * 1024);
    }
  } while (!host.ready.empty());
}

}  // namespace
}  // namespace sally::net::http2

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::net::http2;
  if (size == 0) {
    return 0;
  }
  const uint8_t control = data[0];
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  net::HttpLimits limits;
  limits.body_bytes = 100'000;
  limits.h2_streams = 8;
  RigHost host;
  RigHandler handler;
  const net::Peer peer;
  ServerSession session(host, handler, limits, peer);
  if ((control & 1U) != 0) {
    session.receive(as_bytes(kOpening));
    settle(host, session);
  }
  const size_t piece = size_t{16} * ((control >> 2U) + 1U);
  while (!input.empty()) {
    session.receive(as_bytes(input.substr(0, piece)));
    input.remove_prefix(std::min(piece, input.size()));
    settle(host, session);
    SALLY_CHECK(session.streams() <= size_t{2} * limits.h2_streams);
    if ((control & 2U) != 0) {
      host.clock.advance(Millis{1'500});
      session.check();
      settle(host, session);
    }
  }
  session.connection_lost();
  host.run_ready();
  SALLY_CHECK(session.quiet() && session.streams() == 0 && session.finished());
  SALLY_CHECK(handler.served == handler.returned);
  return 0;
}
