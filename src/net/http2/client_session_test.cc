#include "net/http2/client_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "support/h2check/rig.h"
#include "support/h2check/wire.h"

namespace sally::net::http2 {
namespace {

using h2check::Frame;

// What a test starts and looks at later.
template <typename T>
struct Outcome {
  std::optional<Result<T>> result;
  [[nodiscard]] bool done() const { return result.has_value(); }
};

template <typename T>
Task<void> into(Outcome<T>& outcome, Task<Result<T>> task) {
  outcome.result.emplace(co_await std::move(task));
}

// A client's session and a peer that answers in frames.
class ClientSessionTest : public testing::Test {
 protected:
  ClientSessionTest() {
    send(h2check::settings({}) + h2check::settings_ack());
    frames.clear();
    head.method = Method::kPost;
    head.scheme = "http";
    head.authority = "up.test";
    head.path = "/v1";
    head.query = "q=1";
    head.fields.add("accept", "text/plain");
  }
  ~ClientSessionTest() override {
    host.run_ready();
    session.connection_lost();
    host.run_ready();
  }

  void send(const std::string& bytes) {
    session.receive(as_bytes(bytes));
    settle();
  }
  void settle() {
    do {
      host.run_ready();
      bool more = true;
      while (more) {
        Buffer out;
        more = session.take_output(out, 16 * 1024);
        std::string_view text = as_text(out.bytes());
        if (!preface_seen) {
          EXPECT_TRUE(text.starts_with(h2check::kPreface));
          text.remove_prefix(h2check::kPreface.size());
          preface_seen = true;
        }
        reader.feed(text);
      }
      while (std::optional<Frame> next = reader.next()) {
        blocks.push_back(next->type == h2check::kHeaders ? *hpack.decode(next->payload)
                                                         : h2check::Fields{});
        frames.push_back(*std::move(next));
      }
    } while (!host.ready.empty());
  }
  void advance(Millis by) {
    host.clock.advance(by);
    session.check();
    settle();
  }
  template <typename T>
  void go(Outcome<T>& outcome, Task<Result<T>> task) {
    detach(into(outcome, std::move(task)));
    settle();
  }

  std::unique_ptr<ClientExchange> request(std::string_view body = "hi") {
    EXPECT_TRUE(session.can_open());
    std::unique_ptr<ClientExchange> exchange = session.open(nullptr);
    Outcome<Unit> sent;
    go(sent, exchange->send(head, as_bytes(body)));
    EXPECT_TRUE(sent.done() && sent.result->ok());
    return exchange;
  }
  std::string answer_head(uint32_t stream, const h2check::Fields& fields, uint8_t flags = 0) {
    return h2check::frame(h2check::kHeaders, flags | h2check::kEndHeaders, stream,
                          hpack.encode(fields));
  }
  static std::string data(uint32_t stream, std::string_view body, bool end) {
    return h2check::frame(h2check::kData, end ? h2check::kEndStream : 0, stream, body);
  }
  std::string body_sent(uint32_t stream) {
    std::string body;
    for (const Frame& frame : frames) {
      body += frame.type == h2check::kData && frame.stream == stream ? frame.payload : "";
    }
    return body;
  }
  std::optional<uint32_t> reset_sent(uint32_t stream) {
    for (const Frame& frame : frames) {
      if (frame.type == h2check::kRstStream && frame.stream == stream) {
        return h2check::read_u32(frame.payload, 0);
      }
    }
    return std::nullopt;
  }

  RigHost host;
  ClientSession session{host, {}};
  h2check::Hpack hpack;
  h2check::FrameReader reader;
  bool preface_seen = false;
  std::vector<Frame> frames;
  std::vector<h2check::Fields> blocks;
  RequestHead head;
};

TEST_F(ClientSessionTest, SendsAWholeRequestInTwoFrames) {
  blocks.clear();
  frames.clear();
  const auto exchange = request("hi");
  ASSERT_EQ(frames.size(), 2U);
  const h2check::Fields wanted = {{":method", "POST"},       {":scheme", "http"},
                                  {":authority", "up.test"}, {":path", "/v1?q=1"},
                                  {"accept", "text/plain"},  {"content-length", "2"}};
  EXPECT_EQ(blocks[0], wanted);
  EXPECT_EQ(frames[1].payload, "hi");
  EXPECT_TRUE(frames[1].has(h2check::kEndStream));
}

TEST_F(ClientSessionTest, ReceivesAnAnswerAfterAnInterimOne) {
  const auto exchange = request();
  EXPECT_FALSE(exchange->answer_begun());
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{1'000}));
  send(answer_head(1, {{":status", "103"}, {"link", "x"}}));
  EXPECT_FALSE(got.done());
  EXPECT_TRUE(exchange->answer_begun());
  send(answer_head(1, {{":status", "200"}, {"x-a", "b"}, {"content-length", "4"}}) +
       data(1, "body", true));
  ASSERT_TRUE(got.done() && got.result->ok());
  EXPECT_EQ((**got.result)->status, 200);
  EXPECT_EQ((**got.result)->content_length, 4U);
  EXPECT_EQ((**got.result)->fields.find("x-a"), "b");
  EXPECT_FALSE((**got.result)->fields.find("link"));
  ASSERT_TRUE(exchange->whole_body().has_value());
  EXPECT_EQ(as_text(*exchange->whole_body()), "body");
}

TEST_F(ClientSessionTest, StreamsBothWaysWithTrailers) {
  const auto exchange = session.open(nullptr);
  Outcome<Unit> started;
  go(started, exchange->start(head));
  Outcome<Unit> written;
  go(written, exchange->write(as_bytes("one")));
  EXPECT_EQ(body_sent(1), "one");
  send(answer_head(1, {{":status", "200"}}) + data(1, "uno", false));
  Outcome<ByteView> piece;
  go(piece, exchange->next_body(Millis{1'000}));
  EXPECT_EQ(as_text(**piece.result), "uno");
  Fields trailers;
  trailers.add("x-sum", "1");
  Outcome<Unit> finished;
  go(finished, exchange->finish(trailers));
  const h2check::Fields wanted = {{"x-sum", "1"}};
  EXPECT_EQ(blocks.back(), wanted);
  Outcome<ByteView> rest;
  go(rest, exchange->next_body(Millis{1'000}));
  EXPECT_FALSE(rest.done());
  send(answer_head(1, {{"grpc-status", "0"}}, h2check::kEndStream));
  ASSERT_TRUE(rest.done() && rest.result->ok());
  EXPECT_TRUE((**rest.result).empty());
  EXPECT_EQ(exchange->trailers().find("grpc-status"), "0");
}

TEST_F(ClientSessionTest, WaitsForThePeersWindow) {
  const std::string body(100'000, 'x');
  const auto exchange = session.open(nullptr);
  Outcome<Unit> sent;
  go(sent, exchange->send(head, as_bytes(body)));
  EXPECT_FALSE(sent.done());
  EXPECT_EQ(body_sent(1).size(), 65'535U);
  send(h2check::window_update(0, 100'000) + h2check::window_update(1, 100'000));
  ASSERT_TRUE(sent.done() && sent.result->ok());
  EXPECT_EQ(body_sent(1), body);
}

TEST_F(ClientSessionTest, StopsSendingWhenTheAnswerIsComplete) {
  const std::string body(100'000, 'x');
  const auto exchange = session.open(nullptr);
  Outcome<Unit> sent;
  go(sent, exchange->send(head, as_bytes(body)));
  send(answer_head(1, {{":status", "413"}}, h2check::kEndStream) +
       h2check::rst_stream(1, h2check::kNoError));
  ASSERT_TRUE(sent.done() && sent.result->ok());
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{1'000}));
  EXPECT_EQ((**got.result)->status, 413);
}

TEST_F(ClientSessionTest, TimesOutWithoutLosingTheExchange) {
  const auto exchange = request();
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{500}));
  advance(Millis{499});
  EXPECT_FALSE(got.done());
  advance(Millis{1});
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kTimeout);
  send(answer_head(1, {{":status", "200"}}, h2check::kEndStream));
  Outcome<const ResponseHead*> later;
  go(later, exchange->receive_head(Millis{500}));
  EXPECT_TRUE(later.done() && later.result->ok());
}

TEST_F(ClientSessionTest, CancelsByResettingTheStream) {
  const auto exchange = request();
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{500}));
  exchange->cancel();
  settle();
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(reset_sent(1), h2check::kCancel);
}

TEST_F(ClientSessionTest, ResetsAnExchangeThatIsDropped) {
  auto exchange = request();
  exchange.reset();
  settle();
  EXPECT_EQ(reset_sent(1), h2check::kCancel);
  EXPECT_EQ(session.exchanges(), 0U);
  // What was on its way is ignored.
  send(answer_head(1, {{":status", "200"}}) + data(1, "late", true));
  EXPECT_FALSE(session.finished());
  const auto next = request();
  EXPECT_TRUE(next->reused());
}

TEST_F(ClientSessionTest, ToleratesAnAnswerBetweenDropAndReset) {
  auto exchange = request();
  exchange.reset();  // its reset is queued, not sent
  send(answer_head(1, {{":status", "200"}}) + data(1, "late", true));
  EXPECT_FALSE(session.finished());
}

TEST_F(ClientSessionTest, MayRepeatWhatTheUpstreamRefused) {
  const auto exchange = request();
  EXPECT_FALSE(exchange->reused());
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{500}));
  send(h2check::rst_stream(1, h2check::kRefusedStream));
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(exchange->answer_begun());
}

TEST_F(ClientSessionTest, FailsWhatGoawayLeavesOutAndFinishesTheRest) {
  const auto first = request();
  const auto second = request();
  Outcome<const ResponseHead*> one;
  Outcome<const ResponseHead*> two;
  go(one, first->receive_head(Millis{500}));
  go(two, second->receive_head(Millis{500}));
  send(h2check::goaway(1, h2check::kNoError));
  ASSERT_TRUE(two.done());
  EXPECT_EQ(two.result->error().kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(session.can_open());
  EXPECT_FALSE(one.done());
  send(answer_head(1, {{":status", "200"}}, h2check::kEndStream));
  EXPECT_TRUE(one.done() && one.result->ok());
  EXPECT_TRUE(session.finished());
}

TEST_F(ClientSessionTest, GivesWhatArrivedBeforeTheStreamBroke) {
  const auto exchange = request();
  send(answer_head(1, {{":status", "200"}}) + data(1, "part", false) +
       h2check::rst_stream(1, h2check::kInternalError));
  Outcome<ByteView> piece;
  go(piece, exchange->next_body(Millis{500}));
  EXPECT_EQ(as_text(**piece.result), "part");
  Outcome<ByteView> next;
  go(next, exchange->next_body(Millis{500}));
  EXPECT_EQ(next.result->error().kind(), ErrorKind::kUpstream);
  EXPECT_FALSE(exchange->whole_body().has_value());
}

TEST_F(ClientSessionTest, RefusesMalformedAnswers) {
  const std::vector<h2check::Fields> heads = {
      {{":status", "99"}},
      {{":status", "abc"}},
      {{"x-a", "b"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"X-Upper", "1"}},
      {{":status", "200"}, {"x-a", "b\x01"}},
      {{":status", "200"}, {"content-length", "x"}},
      {{":status", "101"}},
      {{":status", "200"}, {"x-long", std::string(70'000, 'x')}},
  };
  uint32_t stream = 1;
  for (const h2check::Fields& fields : heads) {
    const auto exchange = request();
    Outcome<const ResponseHead*> got;
    go(got, exchange->receive_head(Millis{500}));
    const std::string block = hpack.encode(fields);
    std::string bytes;
    for (size_t at = 0; at < block.size(); at += h2check::kDefaultFrameSize) {
      const std::string part = block.substr(at, h2check::kDefaultFrameSize);
      const bool last = at + part.size() == block.size();
      bytes += h2check::frame(at == 0 ? h2check::kHeaders : h2check::kContinuation,
                              last ? h2check::kEndHeaders : 0, stream, part);
    }
    send(bytes);
    ASSERT_TRUE(got.done());
    EXPECT_EQ(got.result->error().kind(), ErrorKind::kUpstream) << stream;
    stream += 2;
  }
}

TEST_F(ClientSessionTest, RefusesAPush) {
  const auto exchange = request();
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{500}));
  send(h2check::frame(
      h2check::kPushPromise, h2check::kEndHeaders, 1,
      h2check::u32(2) + hpack.encode(h2check::request_fields("GET", "/", "up.test"))));
  EXPECT_TRUE(session.finished());
  EXPECT_FALSE(session.can_open());
  session.connection_lost();
  host.run_ready();
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kUnavailable);
}

TEST_F(ClientSessionTest, OpensNoMoreThanThePeerAllows) {
  send(h2check::settings({{h2check::kMaxConcurrentStreams, 2}}));
  const auto one = request();
  const auto two = request();
  EXPECT_FALSE(session.can_open());
}

TEST_F(ClientSessionTest, FailsEveryExchangeOfALostConnection) {
  const auto exchange = request();
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{500}));
  session.connection_lost();
  host.run_ready();
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kUnavailable);
  EXPECT_FALSE(session.can_open());
}

TEST_F(ClientSessionTest, NoticesAConnectionThatWentSilent) {
  const auto exchange = request();
  Outcome<const ResponseHead*> got;
  go(got, exchange->receive_head(Millis{600'000}));
  frames.clear();
  advance(Millis{30'000});
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().type, h2check::kPing);
  send(h2check::ping(frames.back().payload, h2check::kAck));
  advance(Millis{10'000});
  EXPECT_FALSE(got.done());
  advance(Millis{20'000});
  advance(Millis{10'000});
  ASSERT_TRUE(got.done());
  EXPECT_EQ(got.result->error().kind(), ErrorKind::kUnavailable);
  EXPECT_TRUE(session.finished());
}

TEST_F(ClientSessionTest, LeavesWhenIdle) {
  {
    const auto exchange = request();
  }
  settle();
  advance(Millis{60'000});
  EXPECT_TRUE(session.finished());
  EXPECT_FALSE(session.can_open());
}

TEST_F(ClientSessionTest, FailsAWriteThatThePeerDoesNotTake) {
  const std::string body(100'000, 'x');
  const auto exchange = session.open(nullptr);
  Outcome<Unit> sent;
  go(sent, exchange->send(head, as_bytes(body)));
  advance(Millis{30'000});
  ASSERT_TRUE(sent.done());
  EXPECT_EQ(sent.result->error().kind(), ErrorKind::kTimeout);
  EXPECT_EQ(reset_sent(1), h2check::kCancel);
}

TEST_F(ClientSessionTest, EndsAConnectionThatFloods) {
  for (int i = 0; i < 1'100 && !session.finished(); ++i) {
    send(h2check::ping("12345678"));
  }
  EXPECT_TRUE(session.finished());
}

}  // namespace
}  // namespace sally::net::http2
