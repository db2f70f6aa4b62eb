// Events in the formats of others: CSV (RFC 4180), CEF (ArcSight Common Event Format 0.1), and a
// message of syslog (RFC 5424) around any of them. OCSF needs nothing: it is what an entry is.
//
// Every text passes shown() first, so that no line holds a control character, an escape sequence or
// a line end of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/event_json.h"

namespace sally::ledger {

// `seq,time,id,...` with its line end (CRLF).
[[nodiscard]] std::string csv_heading();
// One record with its line end. A field that a spreadsheet would take for a formula has an
// apostrophe put before it.
void append_csv(std::string& out, uint64_t seq, const AnyEvent& event);

// One CEF message, without a line end. Its severity is 1, 3, 5, 8 or 10 for an OCSF severity of 1
// to 5.
void append_cef(std::string& out, uint64_t seq, const AnyEvent& event);

// How a message of syslog comes to its end.
enum class SyslogFraming : uint8_t {
  kDatagram,  // by itself (RFC 5426)
  kOctets,    // its length is put before it (RFC 6587 3.4.1, RFC 5425)
};
// Appends one RFC 5424 message of facility 13 (log audit): `message` about `event`, from `host`, a
// name without spaces; empty where it is not known.
void append_syslog(std::string& out, std::string_view host, const AnyEvent& event,
                   std::string_view message, SyslogFraming framing);

// As OCSF counts: 1 informational to 5 critical.
[[nodiscard]] int severity_of(const AnyEvent& event);

}  // namespace sally::ledger
