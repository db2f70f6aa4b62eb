// SyslogSender: hands messages to a syslog server, over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC
// 5425). Blocks, with a deadline for every step: for a command, not for a loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/event_export.h"

namespace sally::app {

enum class SyslogTransport : uint8_t { kUdp, kTcp, kTls };

struct SyslogTarget {
  std::string host;  // a name or an address
  std::string port;
  SyslogTransport transport = SyslogTransport::kUdp;
  std::string ca_pem;  // of kTls; empty: the system's store
};
// `host:port`, `[2001:db8::1]:port`; the port may be left out (514, of TLS 6514). kUsage.
Result<SyslogTarget> parse_syslog_target(std::string_view text, SyslogTransport transport);

class SyslogSender {
 public:
  // kUnavailable where nobody answers; kUsage for a `ca_pem` that is none.
  static Result<std::unique_ptr<SyslogSender>> connect(const SyslogTarget& target);
  SyslogSender(const SyslogSender&) = delete;
  SyslogSender& operator=(const SyslogSender&) = delete;
  virtual ~SyslogSender() = default;

  [[nodiscard]] virtual ledger::SyslogFraming framing() const = 0;
  // One message, framed as framing() says. Sent is what the connection has taken: syslog has no
  // answer. A datagram is cut at what one can hold. kUnavailable.
  virtual Result<> send(std::string_view message) = 0;
  // Says goodbye, so that the last messages arrive.
  virtual Result<> finish() = 0;

 protected:
  SyslogSender() = default;
};

}  // namespace sally::app
