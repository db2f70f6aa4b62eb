// RFC 9113, sections 3.4 to 5.5.
#include "support/h2check/checks.h"

namespace sally::h2check {
namespace {

// Settings under which no answer with a body can be complete: its stream stays half-closed
// (remote).
constexpr std::pair<uint16_t, uint32_t> kHold{kInitialWindowSize, 0};

// A HEADERS frame without END_HEADERS and with END_STREAM.
std::string unfinished(Probe& p, uint32_t stream) {
  return frame(kHeaders, kEndStream, stream, p.hpack().encode(p.request()));
}

void expect_interrupted_block_refused(Probe& p, const std::string& intruder) {
  p.connect();
  p.send(unfinished(p, 1) + intruder);
  p.expect_connection_error({kProtocolError});
}

constexpr Check kChecks[] = {
    {"9113 3.4", "the peer's first frame is SETTINGS, not an acknowledgement",
     [](Probe& p) {
       p.open();
       p.send(std::string(kPreface) + settings({}));
       const std::optional<Frame> first = p.read();
       if (!first || first->type != kSettings || first->has(kAck)) {
         throw Failed{"the first frame is something else"};
       }
     }},
    {"9113 3.4", "the preface may arrive octet by octet",
     [](Probe& p) {
       p.open();
       for (const char c : std::string(kPreface) + settings({})) {
         p.send(std::string(1, c));
       }
       p.wait_for(kSettings);
       p.expect_alive();
     }},
    {"9113 3.4", "the preface may share a segment with a request",
     [](Probe& p) {
       p.open();
       p.send(std::string(kPreface) + settings({}) + p.get(1));
       p.answer(1);
     }},
    {"9113 3.4", "a broken preface ends the connection",
     [](Probe& p) {
       p.open();
       p.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings({}));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 3.4", "a preface without SETTINGS ends the connection",
     [](Probe& p) {
       p.open();
       p.send(std::string(kPreface) + ping("12345678"));
       p.expect_connection_error({kProtocolError});
     }},

    {"9113 4.1", "a frame of an unknown type is ignored",
     [](Probe& p) {
       p.connect();
       p.send(frame(0xfa, kNone, 0, "01234567"));
       p.expect_alive();
     }},
    {"9113 4.1", "a frame of an unknown type on a stream is ignored",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(0xfa, 0xff, 1, "01234567"));
       p.expect_alive();
     }},
    {"9113 4.1", "undefined flags are ignored",
     [](Probe& p) {
       p.connect();
       p.send(frame(kPing, 0xfe, 0, "12345678"));
       p.wait_for(kPing);
     }},
    {"9113 4.1", "the reserved bit of a stream identifier is ignored",
     [](Probe& p) {
       p.connect();
       p.send(frame(kPing, kNone, 0x80000000U, "12345678"));
       p.wait_for(kPing);
     }},

    {"9113 4.2", "a DATA frame of 2^14 octets is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kEndStream, 1, std::string(kDefaultFrameSize, 'x')));
       p.expect_alive();
     }},
    {"9113 4.2", "a DATA frame larger than SETTINGS_MAX_FRAME_SIZE is an error",
     [](Probe& p) {
       p.connect();
       const size_t most = p.peer_setting(kMaxFrameSize).value_or(kDefaultFrameSize);
       p.send(p.post(1) + frame(kData, kEndStream, 1, std::string(most + 1, 'x')));
       p.expect_stream_error(1, {kFrameSizeError});
     }},
    {"9113 4.2", "a HEADERS frame larger than SETTINGS_MAX_FRAME_SIZE is a connection error",
     [](Probe& p) {
       p.connect();
       const size_t most = p.peer_setting(kMaxFrameSize).value_or(kDefaultFrameSize);
       std::string block = p.hpack().encode(p.request());
       while (block.size() <= most) {
         block += hpack_literal("x-pad", std::string(1'000, 'x'));
       }
       p.send(p.headers_block(1, block, kEndStream));
       p.expect_connection_error({kFrameSizeError});
     }},
    {"9113 4.2", "a SETTINGS frame larger than SETTINGS_MAX_FRAME_SIZE is a connection error",
     [](Probe& p) {
       p.connect();
       const size_t most = p.peer_setting(kMaxFrameSize).value_or(kDefaultFrameSize);
       p.send(frame(kSettings, kNone, 0, std::string((most / 6 + 1) * 6, '\0')));
       p.expect_connection_error({kFrameSizeError, kEnhanceYourCalm});
     }},

    {"9113 4.3", "a header block that is no HPACK is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, "\x82\x86\x84\xff\xff\xff\xff\xff\xff", kEndStream));
       p.expect_connection_error({kCompressionError});
     }},
    {"9113 4.3", "PRIORITY within a header block is a connection error",
     [](Probe& p) {
       expect_interrupted_block_refused(p, frame(kPriority, kNone, 1, priority_fields(0, 1)));
     }},
    {"9113 4.3", "DATA within a header block is a connection error",
     [](Probe& p) { expect_interrupted_block_refused(p, frame(kData, kEndStream, 1, "x")); }},
    {"9113 4.3", "PING within a header block is a connection error",
     [](Probe& p) { expect_interrupted_block_refused(p, ping("12345678")); }},
    {"9113 4.3", "WINDOW_UPDATE within a header block is a connection error",
     [](Probe& p) { expect_interrupted_block_refused(p, window_update(0, 1)); }},
    {"9113 4.3", "HEADERS of another stream within a header block are a connection error",
     [](Probe& p) {
       p.connect();
       p.send(unfinished(p, 1) + p.get(3));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 4.3", "CONTINUATION of another stream within a header block is a connection error",
     [](Probe& p) {
       expect_interrupted_block_refused(
           p, frame(kContinuation, kEndHeaders, 3, hpack_literal("x-a", "b")));
     }},
    {"9113 4.3", "a header block of a stream that was reset still counts for HPACK",
     [](Probe& p) {
       p.connect();
       // A malformed request that enters a field into the table, and a good one that uses it.
       std::string block = p.hpack().encode({{":method", "GET"}});
       block += hpack_indexed_literal("x-shared", "value");
       p.send(p.headers_block(1, block, kEndStream));
       p.expect_malformed(1);
       Probe other(p.target());
       p.send(p.headers_block(3, other.hpack().encode(p.request()) + "\xbe", kEndStream));
       p.expect_alive();
     }},

    {"9113 5.1", "idle: DATA is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(frame(kData, kEndStream, 1, "test"));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 5.1", "idle: RST_STREAM is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(rst_stream(1, kCancel));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 5.1", "idle: WINDOW_UPDATE is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(window_update(1, 100));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 5.1", "idle: CONTINUATION is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(frame(kContinuation, kEndHeaders, 1, p.hpack().encode(p.request())));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 5.1", "idle: PRIORITY is allowed",
     [](Probe& p) {
       p.connect();
       p.send(frame(kPriority, kNone, 7, priority_fields(0, 255)) + p.get(1));
       p.answer(1);
     }},
    {"9113 5.1", "half-closed (remote): DATA is an error STREAM_CLOSED",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + frame(kData, kEndStream, 1, "test"));
       p.expect_stream_error(1, {kStreamClosed});
     }},
    {"9113 5.1", "half-closed (remote): HEADERS are an error STREAM_CLOSED",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + p.get(1));
       p.expect_stream_error(1, {kStreamClosed});
     }},
    {"9113 5.1", "half-closed (remote): CONTINUATION is an error",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + frame(kContinuation, kEndHeaders, 1, hpack_literal("x-a", "b")));
       p.expect_stream_error(1, {kStreamClosed, kProtocolError});
     }},
    {"9113 5.1", "half-closed (remote): WINDOW_UPDATE and PRIORITY are allowed",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + frame(kPriority, kNone, 1, priority_fields(0, 1)) +
              window_update(1, 1'000'000));
       p.answer(1);
     }},
    {"9113 5.1", "half-closed (remote): RST_STREAM is allowed",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + rst_stream(1, kCancel));
       p.expect_alive();
     }},
    {"9113 5.1", "closed by the client's RST_STREAM: DATA is refused or ignored",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + rst_stream(1, kCancel) + frame(kData, kEndStream, 1, "test"));
       p.expect_not_served(1);
     }},
    {"9113 5.1", "closed by the client's RST_STREAM: HEADERS are refused or ignored",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + rst_stream(1, kCancel) + p.get(1));
       p.expect_not_served(1);
     }},
    {"9113 5.1", "closed by END_STREAM: DATA is an error STREAM_CLOSED",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(frame(kData, kEndStream, 1, "test"));
       p.expect_stream_error(1, {kStreamClosed});
     }},
    {"9113 5.1", "closed by END_STREAM: HEADERS are an error",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(p.get(1));
       p.expect_stream_error(1, {kStreamClosed, kProtocolError});
     }},
    {"9113 5.1", "closed by END_STREAM: CONTINUATION is an error",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(frame(kContinuation, kEndHeaders, 1, hpack_literal("x-a", "b")));
       p.expect_stream_error(1, {kStreamClosed, kProtocolError});
     }},
    {"9113 5.1", "closed by END_STREAM: WINDOW_UPDATE and RST_STREAM are ignored for a while",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(window_update(1, 100) + rst_stream(1, kNoError));
       p.expect_alive();
     }},
    {"9113 5.1", "closed by END_STREAM: PRIORITY is allowed",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(frame(kPriority, kNone, 1, priority_fields(0, 1)));
       p.expect_alive();
     }},

    {"9113 5.1.1", "a client's stream with an even identifier is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.get(2));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 5.1.1", "a stream with a lower identifier than the one before is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.get(5));
       p.answer(5);
       p.send(p.get(3));
       p.expect_connection_error({kProtocolError, kStreamClosed});
     }},
    {"9113 5.1.1", "a new stream closes the idle ones below it",
     [](Probe& p) {
       p.connect();
       p.send(p.get(5));
       p.answer(5);
       p.send(frame(kData, kEndStream, 3, "x"));
       p.expect_connection_error({kProtocolError, kStreamClosed});
     }},
    {"9113 5.1.1", "identifiers may be left out",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(p.get(1'001));
       p.answer(1'001);
     }},
    {"9113 5.1.2", "more streams than announced are refused",
     [](Probe& p) {
       p.connect({kHold});
       const std::optional<uint32_t> most = p.peer_setting(kMaxConcurrentStreams);
       if (!most) {
         throw Failed{"no SETTINGS_MAX_CONCURRENT_STREAMS"};
       }
       for (uint32_t i = 0; i <= *most; ++i) {
         p.send(p.get(2 * i + 1));
       }
       p.expect_stream_error(2 * *most + 1, {kRefusedStream, kProtocolError});
     }},
    {"9113 5.1.2", "a stream that ended makes room for another",
     [](Probe& p) {
       p.connect();
       const uint32_t most = p.peer_setting(kMaxConcurrentStreams).value_or(100);
       for (uint32_t i = 0; i <= most; ++i) {
         p.send(p.get(2 * i + 1));
         p.answer(2 * i + 1);
       }
     }},
    {"9113 5.2", "flow control holds DATA back, not HEADERS",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1));
       const Frame head = p.wait_for(kHeaders, 1);
       p.expect_alive();
     }},

    {"9113 5.3", "priority fields in HEADERS are taken",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, priority_fields(0, 255) + p.hpack().encode(p.request()),
                              kEndStream | kPriorityFlag));
       p.answer(1);
     }},
    {"9113 5.3", "an exclusive dependency on an unknown stream is taken",
     [](Probe& p) {
       p.connect();
       p.send(frame(kPriority, kNone, 3, priority_fields(0x80000063U, 7)) + p.get(1));
       p.answer(1);
     }},
    {"9113 5.3", "a dependency on itself is ignored or an error PROTOCOL_ERROR",
     [](Probe& p) {
       p.connect();
       p.send(frame(kPriority, kNone, 3, priority_fields(3, 7)) + ping("12345678"));
       for (;;) {
         const std::optional<Frame> next = p.read();
         if (!next || next->type == kPing || next->type == kRstStream) {
           return;
         }
         if (next->type == kGoaway && read_u32(next->payload, 4) != kProtocolError) {
           throw Failed{"GOAWAY " + name_of_code(read_u32(next->payload, 4))};
         }
       }
     }},

    {"9113 5.4.1", "a connection error is told by GOAWAY, then the connection is closed",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.send(ping("short"));
       const Frame goaway = p.wait_for(kGoaway);
       if (read_u32(goaway.payload, 0) != 1) {
         throw Failed{"GOAWAY names stream " + std::to_string(read_u32(goaway.payload, 0))};
       }
       while (p.read()) {
       }
     }},
    {"9113 5.4.2", "a stream error leaves the other streams alone",
     [](Probe& p) {
       p.connect();
       p.send(p.headers(1, p.request("GET", {{"Upper", "case"}})));
       p.expect_malformed(1);
       p.send(p.get(3));
       p.answer(3);
     }},
    {"9113 5.4.2", "RST_STREAM is not answered with RST_STREAM",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + rst_stream(1, kCancel) + ping("12345678"));
       for (;;) {
         const std::optional<Frame> next = p.read();
         if (!next) {
           throw Failed{"the connection was closed"};
         }
         if (next->type == kRstStream) {
           throw Failed{"came RST_STREAM"};
         }
         if (next->type == kPing) {
           return;
         }
       }
     }},

    {"9113 5.5", "an unknown setting is ignored and acknowledged",
     [](Probe& p) {
       p.connect();
       p.send(settings({{0xfaf, 1}}));
       if (!p.wait_for(kSettings).has(kAck)) {
         throw Failed{"no acknowledgement"};
       }
     }},
    {"9113 5.5", "an extension frame within a header block is a connection error",
     [](Probe& p) { expect_interrupted_block_refused(p, frame(0xfa, kNone, 1, "x")); }},
};

}  // namespace

std::span<const Check> framing_checks() {
  return kChecks;
}

}  // namespace sally::h2check
