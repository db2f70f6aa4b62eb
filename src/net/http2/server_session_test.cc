#include "net/http2/server_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "support/h2check/rig.h"
#include "support/h2check/wire.h"

namespace sally::net::http2 {
namespace {

using h2check::Fields;
using h2check::Frame;

// A session and a peer that speaks frames to it.
class ServerSessionTest : public testing::Test {
 protected:
  void open(const HttpLimits& limits = {}) {
    session = std::make_unique<ServerSession>(host, handler, limits, peer);
    send(std::string(h2check::kPreface) + h2check::settings({}));
    send(h2check::settings_ack());
    forget();
  }

  ~ServerSessionTest() override {
    if (session != nullptr) {
      session->connection_lost();
      host.run_ready();
      EXPECT_TRUE(session->quiet());
    }
  }

  void forget() {
    frames.clear();
    blocks.clear();
  }

  // Bytes to the session; then everything runs until nothing moves.
  void send(const std::string& bytes) {
    session->receive(as_bytes(bytes));
    settle();
  }

  void settle() {
    do {
      host.run_ready();
      pull(16 * 1024);
    } while (!host.ready.empty());
  }

  void pull(size_t enough) {
    bool more = true;
    while (more) {
      Buffer out;
      more = session->take_output(out, enough);
      largest_output = std::max(largest_output, out.size());
      reader.feed(as_text(out.bytes()));
    }
    while (std::optional<Frame> next = reader.next()) {
      // Decoded once and in order: HPACK has a state.
      blocks.push_back(next->type == h2check::kHeaders ? *hpack->decode(next->payload) : Fields{});
      frames.push_back(*std::move(next));
    }
  }

  void advance(Millis by) {
    host.clock.advance(by);
    session->check();
    settle();
  }

  std::string head(uint32_t stream, const Fields& fields, uint8_t flags) {
    return h2check::frame(h2check::kHeaders, flags | h2check::kEndHeaders, stream,
                          hpack->encode(fields));
  }
  void get(uint32_t stream, const std::string& path) {
    send(head(stream, h2check::request_fields("GET", path, "gw.test"), h2check::kEndStream));
  }
  std::string post(uint32_t stream, const std::string& path, Fields extra = {}) {
    Fields fields = h2check::request_fields("POST", path, "gw.test");
    fields.insert(fields.end(), extra.begin(), extra.end());
    return head(stream, fields, 0);
  }
  static std::string data(uint32_t stream, std::string_view body, bool end) {
    return h2check::frame(h2check::kData, end ? h2check::kEndStream : 0, stream, body);
  }

  // What the session answered on `stream`.
  struct Answer {
    std::string status;
    Fields fields;
    std::string body;
    Fields trailers;
    bool ended = false;
    std::optional<uint32_t> reset;
  };
  Answer answer(uint32_t stream) {
    Answer out;
    for (size_t i = 0; i < frames.size(); ++i) {
      const Frame& frame = frames[i];
      if (frame.stream != stream) {
        continue;
      }
      if (frame.type == h2check::kHeaders) {
        if (out.status.empty() || out.status.starts_with('1')) {
          out.status = blocks[i].at(0).second;
          out.fields.assign(blocks[i].begin() + 1, blocks[i].end());
        } else {
          out.trailers = blocks[i];
        }
      } else if (frame.type == h2check::kData) {
        out.body += frame.payload;
      } else if (frame.type == h2check::kRstStream) {
        out.reset = h2check::read_u32(frame.payload, 0);
      }
      if (frame.type <= h2check::kHeaders) {
        out.ended = out.ended || frame.has(h2check::kEndStream);
      }
    }
    return out;
  }
  std::optional<uint32_t> goaway_code() {
    std::optional<uint32_t> code;
    for (const Frame& frame : frames) {
      if (frame.type == h2check::kGoaway) {
        code = h2check::read_u32(frame.payload, 4);
      }
    }
    return code;
  }

  RigHost host;
  RigHandler handler;
  Peer peer;
  std::unique_ptr<ServerSession> session;
  std::unique_ptr<h2check::Hpack> hpack = std::make_unique<h2check::Hpack>();
  h2check::FrameReader reader;
  std::vector<Frame> frames;
  std::vector<Fields> blocks;  // parallel to frames
  size_t largest_output = 0;
};

TEST_F(ServerSessionTest, AnswersAGetWithHeadAndBody) {
  open();
  get(1, "/hello");
  const Answer got = answer(1);
  EXPECT_EQ(got.status, "200");
  EXPECT_EQ(got.body, "hello");
  EXPECT_TRUE(got.ended);
  EXPECT_FALSE(got.reset);
  EXPECT_THAT(got.fields,
              testing::Contains(std::pair<std::string, std::string>("content-length", "5")));
  EXPECT_EQ(session->streams(), 0U);
  EXPECT_TRUE(handler.refusals.empty());
}

TEST_F(ServerSessionTest, AnswersHeadWithoutABodyButWithItsLength) {
  open();
  send(head(1, h2check::request_fields("HEAD", "/hello", "gw.test"), h2check::kEndStream));
  const Answer got = answer(1);
  EXPECT_EQ(got.body, "");
  EXPECT_TRUE(got.ended);
  EXPECT_THAT(got.fields,
              testing::Contains(std::pair<std::string, std::string>("content-length", "5")));
}

TEST_F(ServerSessionTest, GivesTheWholeBodyThatCameWithItsHead) {
  open();
  send(post(1, "/whole", {{"content-length", "4"}}) + data(1, "body", true));
  EXPECT_EQ(answer(1).status, "200");
  EXPECT_EQ(answer(1).body, "body");
}

TEST_F(ServerSessionTest, HasNoWholeBodyBeforeItArrived) {
  open();
  send(post(1, "/whole") + data(1, "bo", false));
  EXPECT_EQ(answer(1).status, "409");
}

TEST_F(ServerSessionTest, StreamsBothWaysWithTrailers) {
  open();
  send(post(1, "/echo"));
  EXPECT_EQ(answer(1).status, "200");
  send(data(1, "one", false));
  EXPECT_EQ(answer(1).body, "one");
  send(data(1, "two", true));
  const Fields wanted = {{"x-end", "yes"}};
  const Answer got = answer(1);
  EXPECT_EQ(got.body, "onetwo");
  EXPECT_EQ(got.trailers, wanted);
  EXPECT_TRUE(got.ended);
}

TEST_F(ServerSessionTest, AcknowledgesNoMoreThanTheHandlerRead) {
  open();
  // Nobody reads: the window stays closed.
  send(post(1, "/wait"));
  forget();
  const std::string piece(16'000, 'x');
  for (int i = 0; i < 12; ++i) {
    send(data(1, piece, false));
  }
  size_t given = 0;
  for (const Frame& frame : frames) {
    given += frame.type == h2check::kWindowUpdate && frame.stream == 1
                 ? h2check::read_u32(frame.payload, 0)
                 : 0;
  }
  // /wait reads every piece: it is acknowledged in batches of half a window.
  EXPECT_GE(given, 128U * 1024);

  send(post(3, "/big"));
  forget();
  for (int i = 0; i < 12; ++i) {
    send(data(3, piece, false));
  }
  for (const Frame& frame : frames) {
    EXPECT_FALSE(frame.type == h2check::kWindowUpdate && frame.stream == 3);
  }
}

TEST_F(ServerSessionTest, SendsNoMoreThanThePeersWindow) {
  open();
  get(1, "/big");
  EXPECT_EQ(answer(1).body.size(), 65'535U);
  EXPECT_EQ(handler.returned, 0U);
  send(h2check::window_update(0, 1'000'000) + h2check::window_update(1, 1'000'000));
  EXPECT_EQ(answer(1).body.size(), 200'000U);
  EXPECT_TRUE(answer(1).ended);
  EXPECT_EQ(handler.returned, 1U);
}

TEST_F(ServerSessionTest, GivesOutputInBoundedPieces) {
  open();
  send(h2check::window_update(0, 1'000'000) +
       h2check::settings({{h2check::kInitialWindowSize, 1'000'000}}));
  get(1, "/big");
  EXPECT_EQ(answer(1).body.size(), 200'000U);
  EXPECT_LE(largest_output, 16U * 1024 + 16'384 + 9);
}

TEST_F(ServerSessionTest, ResetsTheRestOfARequestThatWasAnsweredEarly) {
  open();
  send(post(1, "/refuse") + data(1, "some", false));
  const Answer got = answer(1);
  EXPECT_EQ(got.status, "403");
  EXPECT_TRUE(got.ended);
  EXPECT_EQ(got.reset, h2check::kNoError);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, LetsASmallRequestEndByItselfAfterAnEarlyAnswer) {
  open();
  Fields fields = h2check::request_fields("POST", "/refuse", "gw.test");
  fields.emplace_back("content-length", "8");
  send(head(1, fields, 0));
  EXPECT_EQ(answer(1).status, "403");
  EXPECT_TRUE(answer(1).ended);
  EXPECT_EQ(session->streams(), 1U);
  send(data(1, "some", false));
  send(data(1, "more", true));
  EXPECT_EQ(answer(1).reset, std::nullopt);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, ResetsASmallRequestThatDoesNotEndAfterItsAnswer) {
  open();
  Fields fields = h2check::request_fields("POST", "/refuse", "gw.test");
  fields.emplace_back("content-length", "8");
  send(head(1, fields, 0));
  EXPECT_EQ(answer(1).reset, std::nullopt);
  advance(Millis{2'000});
  EXPECT_EQ(answer(1).reset, h2check::kNoError);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, ResetsALargeRequestThatWasAnsweredEarly) {
  open();
  Fields fields = h2check::request_fields("POST", "/refuse", "gw.test");
  fields.emplace_back("content-length", "1000000");
  send(head(1, fields, 0));
  EXPECT_EQ(answer(1).reset, h2check::kNoError);
}

TEST_F(ServerSessionTest, EndsTheReadingOfARequestThatWasAnswered) {
  open();
  // The answer to HEAD is complete with its head; the handler goes on reading.
  Fields fields = h2check::request_fields("HEAD", "/echo", "gw.test");
  send(head(1, fields, 0));
  EXPECT_EQ(answer(1).reset, h2check::kNoError);
  EXPECT_EQ(handler.returned, 1U);
  EXPECT_THAT(handler.failures, testing::ElementsAre(ErrorKind::kCancelled));
}

TEST_F(ServerSessionTest, TellsTheHandlerThatTheClientWentAway) {
  open();
  send(post(1, "/wait"));
  EXPECT_EQ(handler.returned, 0U);
  send(h2check::rst_stream(1, h2check::kCancel));
  EXPECT_EQ(handler.gone, 1U);
  EXPECT_EQ(handler.returned, 1U);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, TellsTheHandlerThatTheConnectionBroke) {
  open();
  send(post(1, "/wait"));
  session->connection_lost();
  host.run_ready();
  EXPECT_EQ(handler.gone, 1U);
  EXPECT_EQ(handler.returned, 1U);
  EXPECT_TRUE(session->finished());
}

TEST_F(ServerSessionTest, AnswersForAHandlerThatDoesNot) {
  open();
  get(1, "/silent");
  EXPECT_EQ(answer(1).status, "500");
  get(3, "/abort");
  EXPECT_EQ(answer(3).reset, h2check::kInternalError);
  EXPECT_FALSE(answer(3).ended);
}

TEST_F(ServerSessionTest, SendsContinueWhenTheBodyIsWanted) {
  open();
  send(post(1, "/wait", {{"expect", "100-continue"}}));
  // /wait starts its answer first: no 100 after that.
  EXPECT_EQ(answer(1).status, "200");
  send(post(3, "/refuse", {{"expect", "100-continue"}}));
  EXPECT_EQ(answer(3).status, "403");
}

TEST_F(ServerSessionTest, NeverServesAStreamThatWasResetInTheSameRead) {
  open();
  send(head(1, h2check::request_fields("GET", "/hello", "gw.test"), h2check::kEndStream) +
       h2check::rst_stream(1, h2check::kCancel));
  EXPECT_EQ(handler.served, 0U);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, RefusesHeadsThatHttp1WouldRefuse) {
  open();
  struct Case {
    Fields fields;
    const char* status;
  };
  const auto with = [](Fields extra) {
    Fields fields = h2check::request_fields("GET", "/hello", "gw.test");
    fields.insert(fields.end(), extra.begin(), extra.end());
    return fields;
  };
  const std::vector<Case> cases = {
      {h2check::request_fields("GET", "/a/../b", "gw.test"), "400"},
      {h2check::request_fields("GET", "/a%2fb", "gw.test"), "400"},
      {h2check::request_fields("GET", "//a", "gw.test"), "400"},
      {h2check::request_fields("BREW", "/a", "gw.test"), "501"},
      {h2check::request_fields("GET", "/a", "user@gw.test"), "400"},
      {h2check::request_fields("GET", "/" + std::string(9000, 'a'), "gw.test"), "414"},
      {with({{"authorization", "Bearer a"}, {"authorization", "Bearer b"}}), "400"},
      {with({{"host", "other.test"}}), "400"},
      {with({{"x_y", "1"}}), "400"},
      {with({{"expect", "something"}}), "417"},
      {with({{"x-long", std::string(33'000, 'x')}}), "431"},
  };
  uint32_t stream = 1;
  for (const Case& c : cases) {
    std::string block = hpack->encode(c.fields);
    std::string bytes;
    const size_t first = std::min(block.size(), h2check::kDefaultFrameSize);
    const bool one = first == block.size();
    bytes +=
        h2check::frame(h2check::kHeaders, h2check::kEndStream | (one ? h2check::kEndHeaders : 0),
                       stream, block.substr(0, first));
    for (size_t at = first; at < block.size(); at += h2check::kDefaultFrameSize) {
      const std::string part = block.substr(at, h2check::kDefaultFrameSize);
      const bool last = at + part.size() == block.size();
      bytes +=
          h2check::frame(h2check::kContinuation, last ? h2check::kEndHeaders : 0, stream, part);
    }
    forget();
    send(bytes);
    const Answer got = answer(stream);
    EXPECT_EQ(got.status, c.status)
        << c.fields.back().first << " " << c.fields[2].second.substr(0, 20);
    EXPECT_TRUE(got.ended);
    EXPECT_EQ(handler.refusals.size(), (stream + 1) / 2);
    stream += 2;
  }
  EXPECT_EQ(handler.served, 0U);
}

TEST_F(ServerSessionTest, ResetsMalformedRequestsAndReportsThem) {
  open();
  send(head(1, {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"X-Upper", "1"}},
            h2check::kEndStream));
  EXPECT_EQ(answer(1).reset, h2check::kProtocolError);
  ASSERT_EQ(handler.refusals.size(), 1U);
  EXPECT_EQ(handler.refusals[0].status, 0);
  Fields fields = h2check::request_fields("GET", "/", "gw.test");
  fields.emplace_back("x-bad", "a\x01z");
  send(head(3, fields, h2check::kEndStream));
  EXPECT_EQ(answer(3).reset, h2check::kProtocolError);
  EXPECT_EQ(handler.refusals.size(), 2U);
  EXPECT_EQ(handler.served, 0U);
}

TEST_F(ServerSessionTest, JoinsCookies) {
  open();
  Fields fields = h2check::request_fields("GET", "/hello", "gw.test");
  fields.emplace_back("cookie", "a=1");
  fields.emplace_back("cookie", "b=2");
  send(head(1, fields, h2check::kEndStream));
  EXPECT_EQ(answer(1).status, "200");
}

TEST_F(ServerSessionTest, EndsAConnectionOfRapidResets) {
  open();
  for (uint32_t stream = 1; !session->finished() && stream < 2000; stream += 2) {
    send(head(stream, h2check::request_fields("GET", "/hello", "gw.test"), h2check::kEndStream) +
         h2check::rst_stream(stream, h2check::kCancel));
  }
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
  EXPECT_TRUE(session->finished());
  EXPECT_EQ(handler.refusals.size(), 1U);
  EXPECT_EQ(handler.served, 0U);
}

TEST_F(ServerSessionTest, EndsAConnectionThatProvokesResets) {
  open();
  for (uint32_t stream = 1; !session->finished() && stream < 2000; stream += 2) {
    const std::string most = h2check::window_update(stream, 0x7fffffff);
    send(post(stream, "/wait") + most + most);
  }
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
  EXPECT_LE(handler.served, 201U);
}

TEST_F(ServerSessionTest, ToleratesResetsThatAreSpreadOverTime) {
  open();
  for (uint32_t stream = 1; stream < 1000; stream += 2) {
    send(head(stream, h2check::request_fields("GET", "/hello", "gw.test"), h2check::kEndStream) +
         h2check::rst_stream(stream, h2check::kCancel));
    host.clock.advance(Millis{1'000});
  }
  EXPECT_FALSE(session->finished());
}

TEST_F(ServerSessionTest, EndsAFloodOfFramesThatCarryNothing) {
  const std::string one_of[] = {
      h2check::ping("12345678"),
      h2check::settings({}),
      h2check::frame(h2check::kPriority, 0, 1, h2check::priority_fields(0, 1)),
      h2check::window_update(0, 1),
      h2check::frame(h2check::kData, 0, 1, ""),
      h2check::frame(0xfa, 0, 0, "x")};
  for (const std::string& frame : one_of) {
    handler.refusals.clear();
    if (session != nullptr) {
      session->connection_lost();
    }
    reader = {};
    hpack = std::make_unique<h2check::Hpack>();
    open();
    send(post(1, "/wait"));
    for (int i = 0; i < 1100 && !session->finished(); ++i) {
      send(frame);
    }
    EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm) << int{frame[3]};
    EXPECT_EQ(handler.refusals.size(), 1U);
  }
}

TEST_F(ServerSessionTest, BoundsTheAcknowledgementsOfOneRead) {
  open();
  std::string flood;
  for (int i = 0; i < 600; ++i) {
    flood += h2check::ping("12345678");
  }
  send(flood);
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
}

TEST_F(ServerSessionTest, EndsAnHpackBomb) {
  open();
  // 3,900 bytes enter the table; each further octet repeats them.
  Fields fields = h2check::request_fields("GET", "/", "gw.test");
  std::string block = hpack->encode(fields);
  block += h2check::hpack_indexed_literal("x-bomb", std::string(3900, 'b'));
  block += std::string(10'000, '\xbe');
  send(h2check::frame(h2check::kHeaders, h2check::kEndStream | h2check::kEndHeaders, 1, block));
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
  EXPECT_EQ(handler.refusals.size(), 1U);
}

TEST_F(ServerSessionTest, EndsAContinuationFlood) {
  open();
  const std::string block = hpack->encode(h2check::request_fields("GET", "/", "gw.test"));
  send(h2check::frame(h2check::kHeaders, h2check::kEndStream, 1, block));
  for (int i = 0; i < 100 && !session->finished(); ++i) {
    send(h2check::frame(h2check::kContinuation, 0, 1, h2check::hpack_literal("x-a", "b")));
  }
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
  EXPECT_EQ(handler.refusals.size(), 1U);
}

TEST_F(ServerSessionTest, ResetsAStreamThatTakesNothing) {
  HttpLimits limits;
  limits.write_timeout = Millis{1'000};
  open(limits);
  send(h2check::settings({{h2check::kInitialWindowSize, 0}}));
  get(1, "/big");
  advance(Millis{999});
  EXPECT_EQ(handler.returned, 0U);
  EXPECT_LE(host.check_at, host.now() + Millis{1});
  advance(Millis{1});
  EXPECT_EQ(answer(1).reset, h2check::kCancel);
  EXPECT_EQ(handler.returned, 1U);
  EXPECT_THAT(handler.failures, testing::Contains(ErrorKind::kTimeout));
  // Short answers are dropped too.
  get(3, "/hello");
  advance(Millis{1'000});
  EXPECT_EQ(answer(3).reset, h2check::kCancel);
  EXPECT_EQ(session->streams(), 0U);
}

TEST_F(ServerSessionTest, RefusesABodyThatIsTooSlow) {
  HttpLimits limits;
  limits.body_timeout = Millis{1'000};
  open(limits);
  send(post(1, "/echo"));
  advance(Millis{1'000});
  EXPECT_THAT(handler.failures, testing::Contains(ErrorKind::kTimeout));
  EXPECT_EQ(handler.returned, 1U);
  // One byte a second is too slow too.
  handler.failures.clear();
  send(post(3, "/echo"));
  for (int i = 0; i < 5; ++i) {
    advance(Millis{900});
    send(data(3, "x", false));
  }
  EXPECT_THAT(handler.failures, testing::Contains(ErrorKind::kTimeout));
}

TEST_F(ServerSessionTest, LetsTheHandlerAnswerAfterTheBodyFailed) {
  HttpLimits limits;
  limits.body_timeout = Millis{1'000};
  limits.body_bytes = 10;
  open(limits);
  send(post(1, "/upload"));
  advance(Millis{1'000});
  EXPECT_EQ(answer(1).status, "408");
  EXPECT_EQ(answer(1).reset, h2check::kNoError);
  send(post(3, "/upload") + data(3, "12345678901", false));
  EXPECT_EQ(answer(3).status, "413");
  EXPECT_TRUE(answer(3).ended);
}

TEST_F(ServerSessionTest, TellsTheHandlerThatTheBodyBrokeTheRules) {
  open();
  send(post(1, "/upload", {{"content-length", "3"}}) + data(1, "four", false));
  EXPECT_EQ(answer(1).reset, h2check::kProtocolError);
  ASSERT_FALSE(handler.failures.empty());
  EXPECT_EQ(handler.failures[0], ErrorKind::kInvalidInput);
}

TEST_F(ServerSessionTest, RefusesABodyThatIsTooLarge) {
  HttpLimits limits;
  limits.body_bytes = 10;
  open(limits);
  send(post(1, "/echo", {{"content-length", "11"}}));
  EXPECT_THAT(handler.failures, testing::ElementsAre(ErrorKind::kTooLarge));
  handler.failures.clear();
  send(post(3, "/echo") + data(3, "12345678901", false));
  EXPECT_THAT(handler.failures, testing::ElementsAre(ErrorKind::kTooLarge));
}

TEST_F(ServerSessionTest, EndsAConnectionWhosePrefaceOrHeadDoesNotCome) {
  session = std::make_unique<ServerSession>(host, handler, HttpLimits{}, peer);
  send(std::string(h2check::kPreface.substr(0, 10)));
  advance(Millis{10'000});
  EXPECT_TRUE(session->finished());
  reader = {};
  open();
  send(h2check::frame(h2check::kHeaders, 0, 1, "\x82"));
  advance(Millis{9'999});
  EXPECT_FALSE(session->finished());
  advance(Millis{1});
  EXPECT_EQ(goaway_code(), h2check::kEnhanceYourCalm);
}

TEST_F(ServerSessionTest, LeavesAnIdleConnectionWithGoaway) {
  open();
  get(1, "/hello");
  advance(Millis{74'999});
  EXPECT_FALSE(session->finished());
  advance(Millis{1});
  EXPECT_EQ(goaway_code(), h2check::kNoError);
  EXPECT_TRUE(session->finished());
  EXPECT_TRUE(handler.refusals.empty());
}

TEST_F(ServerSessionTest, FinishesItsStreamsWhenDrained) {
  open();
  send(post(1, "/echo"));
  session->drain();
  settle();
  EXPECT_EQ(goaway_code(), h2check::kNoError);
  EXPECT_FALSE(session->finished());
  // The client had not seen it yet.
  get(3, "/hello");
  EXPECT_EQ(answer(3).status, "200");
  send(h2check::ping(std::string(8, '\0'), h2check::kAck));
  get(5, "/hello");
  EXPECT_EQ(answer(5).status, "");
  EXPECT_FALSE(session->finished());
  send(data(1, "x", true));
  EXPECT_TRUE(answer(1).ended);
  EXPECT_TRUE(session->finished());
}

TEST_F(ServerSessionTest, ToleratesFramesOfStreamsThatItResetLately) {
  HttpLimits limits;
  limits.h2_streams = 1;
  session = std::make_unique<ServerSession>(host, handler, limits, peer);
  // The client has not acknowledged the limit: what is too much is refused, not an error.
  send(std::string(h2check::kPreface) + h2check::settings({}));
  send(post(1, "/wait") + post(3, "/wait") + data(3, "x", true));
  send(data(3, "y", true));
  EXPECT_EQ(answer(3).reset, h2check::kRefusedStream);
  // Answered early, and reset.
  send(h2check::rst_stream(1, h2check::kCancel));
  send(post(5, "/refuse"));
  EXPECT_EQ(answer(5).reset, h2check::kNoError);
  send(data(5, "late", false) + data(5, "later", true));
  EXPECT_EQ(goaway_code(), std::nullopt);
  EXPECT_FALSE(session->finished());
}

TEST_F(ServerSessionTest, EndsAConnectionThatUsesAStreamAgain) {
  open();
  send(head(5, h2check::request_fields("GET", "/hello", "gw.test"), h2check::kEndStream) +
       data(3, "skipped", true));
  EXPECT_EQ(goaway_code(), h2check::kStreamClosed);
}

TEST_F(ServerSessionTest, RefusesMoreStreamsThanAnnounced) {
  HttpLimits limits;
  limits.h2_streams = 2;
  open(limits);
  send(post(1, "/wait") + post(3, "/wait") + post(5, "/wait"));
  EXPECT_EQ(handler.served, 2U);
}

TEST_F(ServerSessionTest, SaysGoodbyeToWhatIsNoHttp2) {
  session = std::make_unique<ServerSession>(host, handler, HttpLimits{}, peer);
  send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(goaway_code(), h2check::kProtocolError);
  EXPECT_TRUE(session->finished());
  EXPECT_EQ(handler.refusals.size(), 1U);
}

TEST_F(ServerSessionTest, SurvivesTruncationAtEveryByte) {
  const std::string whole =
      std::string(h2check::kPreface) + h2check::settings({}) +
      post(1, "/echo", {{"content-length", "6"}}) + data(1, "one", false) + data(1, "two", true) +
      h2check::ping("12345678") +
      head(3, h2check::request_fields("GET", "/big", "gw.test"), h2check::kEndStream);
  for (size_t n = 0; n <= whole.size(); ++n) {
    session = std::make_unique<ServerSession>(host, handler, HttpLimits{}, peer);
    reader = {};
    hpack = std::make_unique<h2check::Hpack>();
    forget();
    send(whole.substr(0, n));
    EXPECT_FALSE(session->finished());
    session->connection_lost();
    host.run_ready();
    EXPECT_TRUE(session->quiet());
  }
  EXPECT_TRUE(handler.refusals.empty());
}

TEST_F(ServerSessionTest, ReadsTheSameByteByByte) {
  open();
  const std::string whole = post(1, "/echo") + data(1, "one", false) + data(1, "two", true);
  for (const char c : whole) {
    send(std::string(1, c));
  }
  EXPECT_EQ(answer(1).body, "onetwo");
}

}  // namespace
}  // namespace sally::net::http2
