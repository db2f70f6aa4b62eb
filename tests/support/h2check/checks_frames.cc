// RFC 9113, sections 6 and 7: every frame type and its errors.
#include "support/h2check/checks.h"

namespace sally::h2check {
namespace {

constexpr std::pair<uint16_t, uint32_t> kHold{kInitialWindowSize, 0};
constexpr uint32_t kMostWindow = 0x7fffffffU;

void expect_connection_error_after(Probe& p, const std::string& bytes,
                                   std::initializer_list<uint32_t> codes) {
  p.connect();
  p.send(bytes);
  p.expect_connection_error(codes);
}

// The size of the next DATA frame on stream 1.
size_t next_data(Probe& p) {
  return p.wait_for(kData, 1).payload.size();
}

void expect(bool condition, const char* why) {
  if (!condition) {
    throw Failed{why};
  }
}

// No DATA on stream 1 comes before the answer to a PING.
void expect_no_data(Probe& p) {
  p.send(ping("no data?"));
  for (;;) {
    const std::optional<Frame> next = p.read();
    expect(next.has_value(), "the connection was closed");
    expect(next->type != kData || next->payload.empty(),
           "came DATA that the window does not allow");
    if (next->type == kPing) {
      return;
    }
  }
}

constexpr Check kChecks[] = {
    {"9113 6.1", "DATA on stream 0 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kData, kEndStream, 0, "x"), {kProtocolError});
     }},
    {"9113 6.1", "padding of DATA is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kEndStream | kPadded, 1,
                                std::string(1, 5) + "body" + std::string(5, 0)));
       p.expect_alive();
     }},
    {"9113 6.1", "padding that is longer than the DATA is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kEndStream | kPadded, 1,
                                "\x06"
                                "12345"));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.1", "a padded DATA frame without a padding length is an error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kEndStream | kPadded, 1, ""));
       p.expect_stream_error(1, {kProtocolError, kFrameSizeError});
     }},
    {"9113 6.1", "an empty DATA frame is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kNone, 1, "") + frame(kData, kEndStream, 1, ""));
       p.expect_alive();
     }},

    {"9113 6.2", "HEADERS on stream 0 are a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.get(0));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.2", "padding of HEADERS is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, "\x04" + p.hpack().encode(p.request()) + std::string(4, 0),
                              kEndStream | kPadded));
       p.answer(1);
     }},
    {"9113 6.2", "padding that is longer than the HEADERS is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, "\xff" + p.hpack().encode(p.request()), kEndStream | kPadded));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.2", "HEADERS too short for their priority fields are an error",
     [](Probe& p) {
       expect_connection_error_after(
           p, frame(kHeaders, kEndStream | kEndHeaders | kPriorityFlag, 1, "\x01\x02"),
           {kFrameSizeError, kProtocolError});
     }},

    {"9113 6.3", "PRIORITY on stream 0 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kPriority, kNone, 0, priority_fields(0, 1)),
                                     {kProtocolError});
     }},
    {"9113 6.3", "PRIORITY of another length than 5 is an error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kPriority, kNone, 1, "1234"));
       p.expect_stream_error(1, {kFrameSizeError});
     }},

    {"9113 6.4", "RST_STREAM on stream 0 is a connection error",
     [](Probe& p) { expect_connection_error_after(p, rst_stream(0, kCancel), {kProtocolError}); }},
    {"9113 6.4", "RST_STREAM of another length than 4 is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kRstStream, kNone, 1, "123"));
       p.expect_connection_error({kFrameSizeError});
     }},

    {"9113 6.5", "an acknowledgement of SETTINGS with a payload is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kSettings, kAck, 0, std::string(6, '\0')),
                                     {kFrameSizeError});
     }},
    {"9113 6.5", "SETTINGS on a stream are a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kSettings, kNone, 1, ""), {kProtocolError});
     }},
    {"9113 6.5", "SETTINGS of a length that is no multiple of 6 are a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kSettings, kNone, 0, "123"), {kFrameSizeError});
     }},
    {"9113 6.5.2", "SETTINGS_ENABLE_PUSH of 2 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, settings({{kEnablePush, 2}}), {kProtocolError});
     }},
    {"9113 6.5.2", "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, settings({{kInitialWindowSize, 0x80000000U}}),
                                     {kFlowControlError});
     }},
    {"9113 6.5.2", "SETTINGS_MAX_FRAME_SIZE below 2^14 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, settings({{kMaxFrameSize, 16'383}}), {kProtocolError});
     }},
    {"9113 6.5.2", "SETTINGS_MAX_FRAME_SIZE above 2^24-1 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, settings({{kMaxFrameSize, 1U << 24U}}), {kProtocolError});
     }},
    {"9113 6.5.2", "a server does not announce SETTINGS_ENABLE_PUSH of 1",
     [](Probe& p) {
       p.connect();
       expect(p.peer_setting(kEnablePush).value_or(0) == 0, "it does");
     }},
    {"9113 6.5.2", "SETTINGS_HEADER_TABLE_SIZE of 0 is honoured",
     [](Probe& p) {
       p.connect({{kHeaderTableSize, 0}});
       p.hpack().forbid_table();
       for (const uint32_t stream : {1U, 3U}) {
         p.send(p.get(stream));
         p.answer(stream);
       }
     }},
    {"9113 6.5.3", "SETTINGS are acknowledged",
     [](Probe& p) {
       p.connect();
       p.send(settings({{kMaxConcurrentStreams, 100}}));
       expect(p.wait_for(kSettings).has(kAck), "no acknowledgement");
     }},
    {"9113 6.5.3", "values of one SETTINGS frame take effect in order",
     [](Probe& p) {
       p.connect({{kInitialWindowSize, 100}, {kInitialWindowSize, 1}});
       p.send(p.get(1));
       expect(next_data(p) == 1, "more than the last window came");
     }},

    {"9113 6.6", "PUSH_PROMISE of a client is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) +
              frame(kPushPromise, kEndHeaders, 1, u32(2) + p.hpack().encode(p.request())));
       p.expect_connection_error({kProtocolError});
     }},

    {"9113 6.7", "PING is answered with its own octets",
     [](Probe& p) {
       p.connect();
       p.expect_alive();
     }},
    {"9113 6.7", "an acknowledgement of a PING is not answered",
     [](Probe& p) {
       p.connect();
       p.send(ping("unasked!", kAck) + ping("question"));
       const Frame got = p.wait_for(kPing);
       expect(got.payload == "question", "the acknowledgement was answered");
     }},
    {"9113 6.7", "PING on a stream is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kPing, kNone, 1, "12345678"), {kProtocolError});
     }},
    {"9113 6.7", "PING of another length than 8 is a connection error",
     [](Probe& p) { expect_connection_error_after(p, ping("123456"), {kFrameSizeError}); }},

    {"9113 6.8", "GOAWAY on a stream is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kGoaway, kNone, 1, u32(0) + u32(0)),
                                     {kProtocolError});
     }},
    {"9113 6.8", "GOAWAY of less than 8 octets is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kGoaway, kNone, 0, "1234"), {kFrameSizeError});
     }},
    {"9113 6.8", "a stream that was open before the client's GOAWAY is still answered",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1) + goaway(0, kNoError));
       p.answer(1);
     }},

    {"9113 6.9", "WINDOW_UPDATE of 0 on the connection is a connection error",
     [](Probe& p) { expect_connection_error_after(p, window_update(0, 0), {kProtocolError}); }},
    {"9113 6.9", "WINDOW_UPDATE of 0 on a stream is an error",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + window_update(1, 0));
       p.expect_stream_error(1, {kProtocolError});
     }},
    {"9113 6.9", "WINDOW_UPDATE of another length than 4 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(p, frame(kWindowUpdate, kNone, 0, "123"), {kFrameSizeError});
     }},
    {"9113 6.9.1", "no more than the stream's window is sent",
     [](Probe& p) {
       p.connect({{kInitialWindowSize, 1}});
       p.send(p.get(1));
       expect(next_data(p) == 1, "more came");
       expect_no_data(p);
       p.send(window_update(1, 2));
       expect(next_data(p) <= 2, "more came");
     }},
    {"9113 6.9.1", "a connection window above 2^31-1 is a connection error",
     [](Probe& p) {
       expect_connection_error_after(
           p, window_update(0, kMostWindow) + window_update(0, kMostWindow), {kFlowControlError});
     }},
    {"9113 6.9.1", "a stream window above 2^31-1 is an error",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + window_update(1, kMostWindow) + window_update(1, kMostWindow));
       p.expect_stream_error(1, {kFlowControlError});
     }},
    {"9113 6.9.1", "DATA beyond the announced windows is an error",
     [](Probe& p) {
       // On a stream that is neither read nor answered, or is answered early and reset.
       p.connect({kHold});
       const uint32_t window =
           p.peer_setting(kInitialWindowSize).value_or(static_cast<uint32_t>(kDefaultWindow));
       p.send(p.post(1));
       const std::string piece(kDefaultFrameSize, 'x');
       for (uint64_t sent = 0; sent < uint64_t{window} * 64 + 64 * 1024 * 1024 && !p.closed();
            sent += piece.size()) {
         p.send(frame(kData, kNone, 1, piece));
         for (const Frame& next : p.drain()) {
           if (next.type == kGoaway || (next.type == kRstStream && next.stream == 1)) {
             return;
           }
         }
       }
       expect(p.closed(), "the peer took it all");
     }},
    {"9113 6.9.2", "a change of SETTINGS_INITIAL_WINDOW_SIZE applies to open streams",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1));
       p.wait_for(kHeaders, 1);
       expect_no_data(p);
       p.send(settings({{kInitialWindowSize, 1}}));
       expect(next_data(p) == 1, "more came");
     }},
    {"9113 6.9.2", "a window may become negative and is counted from there",
     [](Probe& p) {
       p.connect({{kInitialWindowSize, 3}});
       p.send(p.get(1));
       expect(next_data(p) == 3, "not three octets came");
       p.send(settings({{kInitialWindowSize, 2}}) + window_update(1, 1));
       expect_no_data(p);  // -1 + 1
       p.send(window_update(1, 1));
       expect(next_data(p) == 1, "more came");
     }},
    {"9113 6.9.2", "a SETTINGS_INITIAL_WINDOW_SIZE that overflows an open stream is an error",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + window_update(1, kMostWindow) +
              settings({{kInitialWindowSize, 0x7fffffff}}));
       p.expect_connection_error({kFlowControlError});
     }},

    {"9113 6.10", "a header block in several CONTINUATION frames is taken",
     [](Probe& p) {
       p.connect();
       const std::string block = p.hpack().encode(p.request());
       p.send(frame(kHeaders, kEndStream, 1, block.substr(0, 1)) +
              frame(kContinuation, kNone, 1, block.substr(1, 1)) +
              frame(kContinuation, kNone, 1, "") +
              frame(kContinuation, kEndHeaders, 1, block.substr(2)));
       p.answer(1);
     }},
    {"9113 6.10", "CONTINUATION after END_HEADERS is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kContinuation, kEndHeaders, 1, hpack_literal("x-a", "b")));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.10", "CONTINUATION on stream 0 is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(frame(kHeaders, kEndStream, 1, p.hpack().encode(p.request())) +
              frame(kContinuation, kEndHeaders, 0, ""));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.10", "CONTINUATION after a complete CONTINUATION is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(frame(kHeaders, kEndStream, 1, p.hpack().encode(p.request())) +
              frame(kContinuation, kEndHeaders, 1, "") + frame(kContinuation, kEndHeaders, 1, ""));
       p.expect_connection_error({kProtocolError});
     }},
    {"9113 6.10", "CONTINUATION after DATA is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kNone, 1, "x") +
              frame(kContinuation, kEndHeaders, 1, hpack_literal("x-a", "b")));
       p.expect_connection_error({kProtocolError});
     }},

    {"9113 7", "an unknown error code in RST_STREAM is nothing special",
     [](Probe& p) {
       p.connect({kHold});
       p.send(p.get(1) + rst_stream(1, 0xff));
       p.expect_alive();
     }},
    {"9113 7", "an unknown error code in GOAWAY is nothing special",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1) + goaway(0, 0xff));
       p.answer(1);
     }},
};

}  // namespace

std::span<const Check> frame_checks() {
  return kChecks;
}

}  // namespace sally::h2check
