#include "net/http1/writer.h"

#include <gtest/gtest.h>

#include <string>

#include "net/http1/syntax.h"

namespace sally::net::http1 {
namespace {

RequestHead request() {
  RequestHead head;
  head.method = Method::kPost;
  head.authority = "model.test";
  head.path = "/v1/x";
  return head;
}

std::string written(const RequestHead& head, const Envelope& envelope) {
  Buffer out;
  const Result<> done = append_request_head(out, head, envelope);
  EXPECT_EQ(done.ok() || out.empty(), true) << "nothing is written of what is refused";
  return done.ok() ? std::string(as_text(out.bytes())) : std::string("refused");
}

std::string written(const ResponseHead& head, const Envelope& envelope = {}) {
  Buffer out;
  const Result<> done = append_response_head(out, head, envelope, "D");
  EXPECT_EQ(done.ok() || out.empty(), true) << "nothing is written of what is refused";
  return done.ok() ? std::string(as_text(out.bytes())) : std::string("refused");
}

TEST(Writer, FramesByItselfAndLeavesOutThePeersFraming) {
  RequestHead head = request();
  head.query = "a=b";
  for (const std::string_view name : {"content-length", "transfer-encoding", "connection", "host",
                                      "te", "upgrade", "keep-alive", "proxy-authorization"}) {
    head.fields.add(name, "x");
  }
  head.fields.add("accept", "*/*");
  EXPECT_EQ(
      written(head, {.body = Envelope::Body::kLength, .length = 7}),
      "POST /v1/x?a=b HTTP/1.1\r\nhost: model.test\r\naccept: */*\r\ncontent-length: 7\r\n\r\n");
  EXPECT_EQ(written(request(), {.body = Envelope::Body::kChunked}),
            "POST /v1/x HTTP/1.1\r\nhost: model.test\r\ntransfer-encoding: chunked\r\n\r\n");
}

TEST(Writer, AddsADateWhereThereIsNone) {
  ResponseHead head;
  head.status = 404;
  EXPECT_EQ(written(head), "HTTP/1.1 404 Not Found\r\ndate: D\r\n\r\n");
  head.fields.add("date", "yesterday");
  EXPECT_EQ(written(head), "HTTP/1.1 404 Not Found\r\ndate: yesterday\r\n\r\n");
}

TEST(Writer, StatusWithoutAKnownReasonHasNone) {
  ResponseHead head;
  head.status = 299;
  EXPECT_EQ(written(head), "HTTP/1.1 299 \r\ndate: D\r\n\r\n");
  head.status = 99;
  EXPECT_EQ(written(head), "refused");
  head.status = 600;
  EXPECT_EQ(written(head), "refused");
}

TEST(Writer, RefusesWhatWouldBreakTheFraming) {
  using namespace std::string_view_literals;
  for (const auto& [name, value] : {std::pair{"x"sv, "a\r\nb: c"sv},
                                    {"x"sv, "a\nb"sv},
                                    {"x"sv, "a\0b"sv},
                                    {"x y"sv, "a"sv},
                                    {""sv, "a"sv},
                                    {"x:"sv, "a"sv},
                                    {"X"sv, "a"sv},
                                    {"x\r\ny"sv, "a"sv}}) {
    ResponseHead head;
    head.fields.add(name, value);
    EXPECT_EQ(written(head), "refused") << name;
    Fields trailers;
    trailers.add(name, value);
    Buffer out;
    EXPECT_FALSE(append_last_chunk(out, trailers).ok());
    EXPECT_TRUE(out.empty());
  }
  for (const std::string_view path : {"", "v1", "/a b", "/a\r\nX: y", "/\xc3\xa9"}) {
    RequestHead head = request();
    head.path = path;
    EXPECT_EQ(written(head, {}), "refused") << path;
  }
  for (const std::string_view authority : {"", "a b", "a\r\nX: y"}) {
    RequestHead head = request();
    head.authority = authority;
    EXPECT_EQ(written(head, {}), "refused") << authority;
  }
}

TEST(Writer, ChunksCarryTheirSizeInHexadecimal) {
  Buffer out;
  append_chunk_line(out, 0xbeef);
  Fields trailers;
  trailers.add("x-sum", "3");
  trailers.add("content-length", "3");
  EXPECT_TRUE(append_last_chunk(out, trailers).ok());
  EXPECT_EQ(as_text(out.bytes()), "beef\r\n0\r\nx-sum: 3\r\n\r\n");
}

TEST(Writer, DateIsInTheFormOfRfc9110) {
  EXPECT_EQ(date_field(*parse_time("1994-11-06T08:49:37.999Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date_field(*parse_time("2026-11-20T10:04:11.000Z")), "Fri, 20 Nov 2026 10:04:11 GMT");
}

TEST(Syntax, FieldValueHoldsNoControlCharacterWhereverItStands) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7f;
        ASSERT_EQ(is_field_value(text), !control) << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Syntax, ListHoldsATokenAsAWhole) {
  EXPECT_TRUE(list_holds("keep-alive, Upgrade", "upgrade"));
  EXPECT_TRUE(list_holds(" ,,close\t,", "close"));
  EXPECT_FALSE(list_holds("closed, not-close", "close"));
  EXPECT_FALSE(list_holds("", "close"));
}

TEST(Syntax, KnownFieldsAreFoundByTheirWholeName) {
  EXPECT_EQ(known_field("host").known, Known::kHost);
  EXPECT_EQ(known_field("sec-websocket-version").known, Known::kWebSocketVersion);
  EXPECT_EQ(known_field("transfer-encoding").known, Known::kTransferEncoding);
  EXPECT_EQ(known_field("hos").known, Known::kOther);
  EXPECT_EQ(known_field("hosts").known, Known::kOther);
  EXPECT_EQ(known_field("").known, Known::kOther);
  EXPECT_EQ(known_field(std::string(1000, 'x')).known, Known::kOther);
}

// ---- Buffer ----

TEST(BufferTest, KeepsItsBytesWhenItGrows) {
  Buffer buffer;
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    const std::string piece = std::to_string(i) + " ";
    buffer.append(as_bytes(piece));
    all += piece;
    if (i % 3 == 0) {
      buffer.consume(1);
      all.erase(0, 1);
    }
  }
  EXPECT_EQ(as_text(buffer.bytes()), all);
  EXPECT_EQ(as_text(buffer.fitted(0).bytes()), all);
}

TEST(BufferTest, HasSlackBehindItsCapacity) {
  for (const size_t capacity : {1U, 448U, 449U, 4'000U, 16'320U, 70'000U}) {
    Buffer buffer(capacity);
    EXPECT_GE(buffer.capacity(), capacity);
    int sum = 0;
    for (size_t i = 0; i < Buffer::kSlack; ++i) {  // the address sanitizer watches
      sum += std::to_integer<int>(buffer.data()[buffer.capacity() + i]);
    }
    EXPECT_GE(sum, 0);
  }
}

}  // namespace
}  // namespace sally::net::http1
