#include "net/http2/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sally::net::http2 {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

const Lines kPlain = {
    {":method", "POST"}, {":scheme", "https"}, {":authority", "gw.test"}, {":path", "/v1?x=1"}};

HeadBuffer buffer_of(const Lines& lines, const Lines& more = {}) {
  HeadBuffer buffer;
  for (const Lines* part : {&lines, &more}) {
    for (const auto& [name, value] : *part) {
      buffer.add(name, value);
    }
  }
  return buffer;
}

// 0 where the head is taken, else the status of the refusal.
int status_of(const Lines& lines, const Lines& more = {}, EndStream end = EndStream::kNo) {
  HeadBuffer buffer = buffer_of(lines, more);
  RequestHead head;
  RequestExtras extras;
  const auto refusal = build_request(buffer, end, "https", HttpLimits{}, head, extras);
  return refusal ? refusal->status : 0;
}

Lines without(std::string_view name) {
  Lines out;
  for (const auto& line : kPlain) {
    if (line.first != name) {
      out.push_back(line);
    }
  }
  return out;
}

TEST(RequestHead, IsBuiltFromItsLines) {
  HeadBuffer buffer = buffer_of(kPlain, {{"content-length", "12"},
                                         {"te", "trailers"},
                                         {"cookie", "a=1"},
                                         {"x-a", "b"},
                                         {"cookie", "c=2"},
                                         {"proxy-authorization", "Basic eA=="},
                                         {"expect", "100-continue"},
                                         {"host", "gw.test"}});
  RequestHead head;
  RequestExtras extras;
  ASSERT_FALSE(
      build_request(buffer, EndStream::kNo, "http", HttpLimits{}, head, extras).has_value());
  EXPECT_EQ(head.method, Method::kPost);
  EXPECT_EQ(head.version, HttpVersion::kHttp2);
  EXPECT_EQ(head.scheme, "http");  // the connection's own, whatever the client says
  EXPECT_EQ(head.authority, "gw.test");
  EXPECT_EQ(head.path, "/v1");
  EXPECT_EQ(head.query, "x=1");
  EXPECT_EQ(head.content_length, 12U);
  EXPECT_TRUE(head.has_body);
  EXPECT_TRUE(head.te_trailers);
  EXPECT_TRUE(extras.expects_continue);
  ASSERT_EQ(head.fields.size(), 2U);
  EXPECT_EQ(head.fields.find("x-a"), "b");
  EXPECT_EQ(head.fields.find("cookie"), "a=1; c=2");
}

TEST(RequestHead, TakesItsAuthorityFromHostWhereThatIsAll) {
  EXPECT_EQ(status_of(without(":authority"), {{"host", "gw.test:8443"}}), 0);
  EXPECT_EQ(status_of(without(":authority")), 400);
  EXPECT_EQ(status_of(kPlain, {{"host", "GW.test"}}), 400);
  EXPECT_EQ(status_of(without(":authority"), {{"host", "a"}, {"host", "a"}}), 400);
}

TEST(RequestHead, NeedsEveryPseudoHeaderFieldOnceAndFirst) {
  for (const char* name : {":method", ":scheme", ":path"}) {
    EXPECT_EQ(status_of(without(name)), 400) << name;
  }
  for (const auto& line : kPlain) {
    EXPECT_EQ(status_of(kPlain, {line}), 400) << line.first;
  }
  Lines late = kPlain;
  late.insert(late.begin(), {"x-early", "1"});
  EXPECT_EQ(status_of(late), 400);
  EXPECT_EQ(status_of(kPlain, {{":protocol", "websocket"}}), 400);
}

TEST(RequestHead, RefusesFieldsThatMeanTwoThings) {
  for (const char* name : {"authorization", "x-api-key", "api-key", "content-type",
                           "content-encoding", "content-length"}) {
    EXPECT_EQ(status_of(kPlain, {{name, "1"}}), 0) << name;
    EXPECT_EQ(status_of(kPlain, {{name, "1"}, {name, "1"}}), 400) << name;
  }
}

TEST(RequestHead, RefusesWhatDoesNotBelongInHttp2) {
  for (const char* name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding",
                           "upgrade", "http2-settings"}) {
    EXPECT_EQ(status_of(kPlain, {{name, "x"}}), 400) << name;
  }
  EXPECT_EQ(status_of(kPlain, {{"te", "gzip"}}), 400);
  EXPECT_EQ(status_of(kPlain, {{"expect", "the unexpected"}}), 417);
}

TEST(RequestHead, RefusesMalformedNamesAndValues) {
  for (const char* name : {"", "X-A", "x a", "x_a", "x:a", "x\x7f", "x\xc3\xa9", "x\n"}) {
    EXPECT_EQ(status_of(kPlain, {{name, "1"}}), 400) << name;
  }
  for (const std::string& value : {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3),
                                   std::string(" a"), std::string("a "), std::string("a\x7f")}) {
    EXPECT_EQ(status_of(kPlain, {{"x-a", value}}), 400);
  }
  EXPECT_EQ(status_of(kPlain, {{"x-a", ""}, {"x-b", "\xc3\xa9"}}), 0);
}

TEST(RequestHead, RefusesLengthsThatAreNone) {
  for (const char* length : {"", "-1", "+1", "01", "1,1", "0x1", " 1", "1234567890123456789"}) {
    EXPECT_EQ(status_of(kPlain, {{"content-length", length}}), 400) << length;
  }
  EXPECT_EQ(status_of(kPlain, {{"content-length", "1"}}, EndStream::kYes), 400);
  EXPECT_EQ(status_of(kPlain, {{"content-length", "0"}}, EndStream::kYes), 0);
}

TEST(ResponseHead, IsBuiltFromItsLines) {
  ResponseHead head;
  const HeadBuffer buffer =
      buffer_of({{":status", "404"}, {"content-length", "3"}, {"set-cookie", "a"}});
  ASSERT_TRUE(build_response(buffer, head).ok());
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.content_length, 3U);
  EXPECT_EQ(head.fields.size(), 1U);
}

TEST(ResponseHead, IsRefusedWhereItIsMalformed) {
  const std::vector<Lines> heads = {
      {},
      {{"x-a", "b"}},
      {{":status", "200"}, {":status", "200"}},
      {{":status", "20"}},
      {{":status", "600"}},
      {{":status", "2000"}},
      {{":status", "2x0"}},
      {{":path", "/"}},
      {{":status", "200"}, {"connection", "close"}},
      {{":status", "200"}, {"x-a", "b\r"}},
      {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}},
  };
  for (const Lines& lines : heads) {
    ResponseHead head;
    const Result<> built = build_response(buffer_of(lines), head);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().kind(), ErrorKind::kUpstream);
  }
}

TEST(Trailers, HaveNoFieldThatBelongsInAHead) {
  Fields fields;
  EXPECT_TRUE(build_trailers(buffer_of({{"grpc-status", "0"}, {"x-a", "b"}}), fields).ok());
  EXPECT_EQ(fields.size(), 2U);
  for (const char* name : {":status", "content-length", "authorization", "te", "X-A"}) {
    Fields none;
    EXPECT_FALSE(build_trailers(buffer_of({{name, "1"}}), none).ok()) << name;
  }
}

}  // namespace
}  // namespace sally::net::http2
