// RFC 9113, section 10.5: what a peer must not be able to make a server do. Each check ends with a
// fresh connection that is served.
#include "support/h2check/checks.h"

namespace sally::h2check {
namespace {

constexpr std::pair<uint16_t, uint32_t> kHold{kInitialWindowSize, 0};

// Whether the peer has ended the connection by what has arrived so far.
bool ended(Probe& p) {
  for (const Frame& next : p.drain()) {
    if (next.type == kGoaway && read_u32(next.payload, 4) != kNoError) {
      return true;
    }
  }
  return p.closed();
}

// Sends batches from `next` until the peer ends the connection: within `most` of them, or it
// failed.
template <typename Next>
void expect_shut_out(Probe& p, int most, Next next) {
  for (int i = 0; i < most; ++i) {
    p.send(next(i));
    if (ended(p)) {
      p.expect_fresh_connection_works();
      return;
    }
  }
  // The peer may be behind.
  p.expect_connection_error({kEnhanceYourCalm, kProtocolError, kInternalError, kFlowControlError});
  p.expect_fresh_connection_works();
}

uint32_t nth_stream(int n) {
  return static_cast<uint32_t>(2 * n + 1);
}

constexpr Check kChecks[] = {
    {"9113 10.5", "rapid reset is shut out (CVE-2023-44487)",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 5'000, [&](int i) {
         return p.get(nth_stream(i)) + rst_stream(nth_stream(i), kCancel);
       });
     }},
    {"9113 10.5", "resets provoked by WINDOW_UPDATE overflow are shut out (CVE-2025-8671)",
     [](Probe& p) {
       p.connect({kHold});
       expect_shut_out(p, 5'000, [&](int i) {
         const std::string most = window_update(nth_stream(i), 0x7fffffffU);
         return p.get(nth_stream(i)) + most + most;
       });
     }},
    {"9113 10.5", "resets provoked by malformed requests are shut out (CVE-2025-8671)",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 5'000, [&](int i) {
         return p.headers_block(nth_stream(i), hpack_literal("X-UPPER", "1"), kEndStream);
       });
     }},
    {"9113 10.5", "resets provoked by DATA on half-closed streams are shut out (CVE-2025-8671)",
     [](Probe& p) {
       p.connect({kHold});
       expect_shut_out(p, 5'000, [&](int i) {
         return p.get(nth_stream(i)) + frame(kData, kEndStream, nth_stream(i), "x");
       });
     }},
    {"9113 10.5", "an endless header block is shut out (CVE-2024-28182)",
     [](Probe& p) {
       p.connect();
       p.send(frame(kHeaders, kEndStream, 1, p.hpack().encode(p.request())));
       expect_shut_out(p, 20'000, [](int) {
         return frame(kContinuation, kNone, 1, hpack_literal("x-a", "b"));
       });
     }},
    {"9113 10.5", "an endless header block of empty frames is shut out (CVE-2019-9518)",
     [](Probe& p) {
       p.connect();
       p.send(frame(kHeaders, kEndStream, 1, p.hpack().encode(p.request())));
       expect_shut_out(p, 20'000, [](int) { return frame(kContinuation, kNone, 1, ""); });
     }},
    {"9113 10.5", "a flood of empty DATA frames is shut out (CVE-2019-9518)",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.post(1));
       expect_shut_out(p, 200, [](int) {
         std::string many;
         for (int i = 0; i < 100; ++i) {
           many += frame(kData, kNone, 1, "");
         }
         return many;
       });
     }},
    {"9113 10.5", "a flood of SETTINGS is shut out (CVE-2019-9515)",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 500, [](int) {
         std::string many;
         for (int i = 0; i < 50; ++i) {
           many += settings({{kInitialWindowSize, 65'535}});
         }
         return many;
       });
     }},
    {"9113 10.5", "a flood of PING is shut out (CVE-2019-9512)",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 500, [](int) {
         std::string many;
         for (int i = 0; i < 50; ++i) {
           many += ping("pingping");
         }
         return many;
       });
     }},
    {"9113 10.5", "a flood of PRIORITY is shut out (CVE-2019-9513)",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 500, [](int n) {
         std::string many;
         for (int i = 0; i < 50; ++i) {
           many += frame(kPriority, kNone, nth_stream(n * 50 + i), priority_fields(0, 7));
         }
         return many;
       });
     }},
    {"9113 10.5", "a flood of WINDOW_UPDATE is shut out",
     [](Probe& p) {
       p.connect();
       expect_shut_out(p, 500, [](int) {
         std::string many;
         for (int i = 0; i < 50; ++i) {
           many += window_update(0, 1);
         }
         return many;
       });
     }},
    {"9113 10.5.1", "a header list of many times the limit is shut out (HPACK bomb)",
     [](Probe& p) {
       p.connect();
       std::string block;
       for (const auto& [name, value] : p.request()) {
         block += hpack_literal(name, value);
       }
       block += hpack_indexed_literal("x-bomb", std::string(3'900, 'b'));
       // Each octet stands for 3,900: about 47 MB in one frame.
       block += std::string(12'000, '\xbe');
       p.send(p.headers_block(1, block, kEndStream));
       p.expect_connection_error({kEnhanceYourCalm, kProtocolError, kCompressionError});
       p.expect_fresh_connection_works();
     }},
    {"9113 10.5.1", "a header list somewhat above the limit is refused",
     [](Probe& p) {
       p.connect();
       const uint32_t most = p.peer_setting(kMaxHeaderListSize).value_or(64 * 1024);
       Fields fields = p.request();
       for (uint32_t size = 0; size <= most; size += 4'000) {
         fields.emplace_back("x-pad", std::string(4'000, 'x'));
       }
       const std::string block = p.hpack().encode(fields);
       std::string frames;
       for (size_t at = 0; at < block.size(); at += kDefaultFrameSize) {
         const std::string part = block.substr(at, kDefaultFrameSize);
         const uint8_t flags = at + part.size() == block.size() ? kEndHeaders : kNone;
         frames += frame(at == 0 ? kHeaders : kContinuation,
                         static_cast<uint8_t>(flags | (at == 0 ? kEndStream : kNone)), 1, part);
       }
       p.send(frames);
       p.expect_malformed(1);
       p.expect_fresh_connection_works();
     }},
    {"9113 10.5", "streams that take nothing are given up, and hold up nobody else",
     [](Probe& p) {
       p.connect({kHold});
       const uint32_t most = p.peer_setting(kMaxConcurrentStreams).value_or(100);
       for (uint32_t i = 0; i < most; ++i) {
         p.send(p.get(2 * i + 1));
       }
       p.expect_fresh_connection_works();
       for (;;) {
         const std::optional<Frame> next = p.read(p.target().stall_timeout_ms);
         if (!next || next->type == kGoaway || next->type == kRstStream) {
           return;
         }
       }
     }},
};

}  // namespace

std::span<const Check> abuse_checks() {
  return kChecks;
}

}  // namespace sally::h2check
