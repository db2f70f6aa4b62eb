// RFC 9113, section 8: HTTP messages.
#include "support/h2check/checks.h"

namespace sally::h2check {
namespace {

void expect(bool condition, const char* why) {
  if (!condition) {
    throw Failed{why};
  }
}

// A GET with these fields behind the ordinary ones.
void expect_malformed_with(Probe& p, const Fields& extra) {
  p.connect();
  p.send(p.headers(1, p.request("GET", extra)));
  p.expect_malformed(1);
}

// The same where the field is written as a literal, so that no encoder has a say.
void expect_malformed_literal(Probe& p, std::string_view name, std::string_view value) {
  p.connect();
  p.send(
      p.headers_block(1, p.hpack().encode(p.request()) + hpack_literal(name, value), kEndStream));
  p.expect_malformed(1);
}

void expect_taken_with(Probe& p, const Fields& extra) {
  p.connect();
  p.send(p.headers(1, p.request("GET", extra)));
  p.answer(1);
}

void expect_malformed_fields(Probe& p, const Fields& fields) {
  p.connect();
  p.send(p.headers(1, fields));
  p.expect_malformed(1);
}

Fields twice(Probe& p, std::string_view name) {
  Fields out;
  for (const auto& field : p.request()) {
    out.push_back(field);
    if (field.first == name) {
      out.push_back(field);
    }
  }
  return out;
}

constexpr Check kChecks[] = {
    {"9113 8.1", "a request is answered",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       const Probe::Answer got = p.answer(1);
       expect(got.status >= 200 && got.status < 600, "the status is none");
     }},
    {"9113 8.1", "many requests on one connection are answered",
     [](Probe& p) {
       p.connect();
       std::string all;
       for (uint32_t stream = 1; stream < 60; stream += 2) {
         all += p.get(stream);
       }
       p.send(all);
       int ended = 0;
       while (ended < 30) {
         const std::optional<Frame> next = p.read();
         expect(next.has_value() && next->type != kGoaway, "the connection was ended");
         ended += next->type <= kHeaders && next->has(kEndStream) ? 1 : 0;
       }
     }},
    {"9113 8.1", "HEAD is answered without DATA",
     [](Probe& p) {
       p.connect();
       p.send(p.headers(1, p.request("HEAD")));
       expect(p.answer(1).body.empty(), "came a body");
     }},
    {"9113 8.1", "the fields of an answer are lower case and none is of the connection",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       for (const auto& [name, value] : p.answer(1).fields) {
         for (const char c : name) {
           expect(c < 'A' || c > 'Z', "an upper-case name");
         }
         expect(name != "connection" && name != "keep-alive" && name != "transfer-encoding" &&
                    name != "upgrade" && name != "proxy-connection",
                "a field of the connection");
       }
     }},
    {"9113 8.1", "a second HEADERS without END_STREAM is malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kNone, 1, "x") +
              p.headers_block(1, hpack_literal("x-trailer", "y"), kNone));
       p.expect_malformed(1);
     }},
    {"9113 8.1", "trailers are taken",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kNone, 1, "x") +
              p.headers_block(1, hpack_literal("x-trailer", "y"), kEndStream));
       p.expect_alive();
     }},
    {"9113 8.1", "trailers with a pseudo-header field are malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + frame(kData, kNone, 1, "x") +
              p.headers_block(1, hpack_literal(":method", "GET"), kEndStream));
       p.expect_malformed(1);
     }},

    {"9113 8.1.1", "a body shorter than its content-length is malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1, {{"content-length", "5"}}) + frame(kData, kEndStream, 1, "four"));
       p.expect_malformed(1);
     }},
    {"9113 8.1.1", "a body longer than its content-length is malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1, {{"content-length", "1"}}) + frame(kData, kEndStream, 1, "four"));
       p.expect_malformed(1);
     }},
    {"9113 8.1.1", "the sum of several DATA frames is what counts",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1, {{"content-length", "7"}}) + frame(kData, kNone, 1, "four") +
              frame(kData, kEndStream, 1, "four"));
       p.expect_malformed(1);
     }},
    {"9113 8.1.1", "a content-length without a body is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"content-length", "3"}}); }},
    {"9113 8.1.1", "two different content-lengths are malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1, {{"content-length", "1"}, {"content-length", "2"}}) +
              frame(kData, kEndStream, 1, "x"));
       p.expect_malformed(1);
     }},
    {"9113 8.1.1", "a content-length that is no number is malformed",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1, {{"content-length", "+1"}}) + frame(kData, kEndStream, 1, "x"));
       p.expect_malformed(1);
     }},

    {"9113 8.2", "a field that nobody knows is taken",
     [](Probe& p) { expect_taken_with(p, {{"x-unknown", "value"}}); }},
    {"9113 8.2.1", "an upper-case field name is malformed",
     [](Probe& p) { expect_malformed_literal(p, "X-TEST", "ok"); }},
    {"9113 8.2.1", "a field name with a space is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x test", "ok"); }},
    {"9113 8.2.1", "a field name with a colon is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x:test", "ok"); }},
    {"9113 8.2.1", "a field name with a control character is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-\x01", "ok"); }},
    {"9113 8.2.1", "a field name with DEL is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-\x7f", "ok"); }},
    {"9113 8.2.1", "a field name beyond ASCII is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-\xc3\xa9", "ok"); }},
    {"9113 8.2.1", "an empty field name is malformed",
     [](Probe& p) { expect_malformed_literal(p, "", "ok"); }},
    {"9113 8.2.1", "a field value with NUL is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-test", std::string_view("a\0b", 3)); }},
    {"9113 8.2.1", "a field value with CR is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-test", "a\rb"); }},
    {"9113 8.2.1", "a field value with LF is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-test", "a\nx-injected: b"); }},
    {"9113 8.2.1", "a field value that begins with a space is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-test", " a"); }},
    {"9113 8.2.1", "a field value that ends with a tab is malformed",
     [](Probe& p) { expect_malformed_literal(p, "x-test", "a\t"); }},
    {"9113 8.2.2", "`connection` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"connection", "keep-alive"}}); }},
    {"9113 8.2.2", "`keep-alive` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"keep-alive", "timeout=5"}}); }},
    {"9113 8.2.2", "`proxy-connection` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"proxy-connection", "keep-alive"}}); }},
    {"9113 8.2.2", "`transfer-encoding` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"transfer-encoding", "chunked"}}); }},
    {"9113 8.2.2", "`upgrade` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"upgrade", "websocket"}}); }},
    {"9113 8.2.2", "`te` with anything but `trailers` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"te", "trailers, deflate"}}); }},
    {"9113 8.2.2", "`te: trailers` is taken",
     [](Probe& p) { expect_taken_with(p, {{"te", "trailers"}}); }},
    {"9113 8.2.3", "crumbs of a cookie are taken",
     [](Probe& p) { expect_taken_with(p, {{"cookie", "a=1"}, {"cookie", "b=2"}}); }},

    {"9113 8.3", "an unknown pseudo-header field is malformed",
     [](Probe& p) {
       Fields fields = p.request();
       fields.insert(fields.begin(), {":test", "ok"});
       expect_malformed_fields(p, fields);
     }},
    {"9113 8.3", "a pseudo-header field of answers in a request is malformed",
     [](Probe& p) {
       Fields fields = p.request();
       fields.insert(fields.begin(), {":status", "200"});
       expect_malformed_fields(p, fields);
     }},
    {"9113 8.3", "a pseudo-header field behind an ordinary one is malformed",
     [](Probe& p) {
       Fields fields = p.request();
       fields.insert(fields.begin() + 2, {"x-early", "1"});
       expect_malformed_fields(p, fields);
     }},
    {"9113 8.3.1", "a request without `:method` is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":method", std::nullopt)); }},
    {"9113 8.3.1", "a request without `:scheme` is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":scheme", std::nullopt)); }},
    {"9113 8.3.1", "a request without `:path` is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":path", std::nullopt)); }},
    {"9113 8.3.1", "a request without an authority of any kind is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":authority", std::nullopt)); }},
    {"9113 8.3.1", "two `:method` are malformed",
     [](Probe& p) { expect_malformed_fields(p, twice(p, ":method")); }},
    {"9113 8.3.1", "two `:scheme` are malformed",
     [](Probe& p) { expect_malformed_fields(p, twice(p, ":scheme")); }},
    {"9113 8.3.1", "two `:path` are malformed",
     [](Probe& p) { expect_malformed_fields(p, twice(p, ":path")); }},
    {"9113 8.3.1", "two `:authority` are malformed",
     [](Probe& p) { expect_malformed_fields(p, twice(p, ":authority")); }},
    {"9113 8.3.1", "an empty `:path` is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":path", "")); }},
    {"9113 8.3.1", "a `:path` in absolute form is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":path", "http://a/")); }},
    {"9113 8.3.1", "a `:path` with a fragment is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":path", "/a#b")); }},
    {"9113 8.3.1", "an `:authority` with user information is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":authority", "me@gw.test")); }},
    {"9113 8.3.1", "a `host` that differs from `:authority` is malformed",
     [](Probe& p) { expect_malformed_with(p, {{"host", "other.test"}}); }},
    {"9113 8.3.1", "a `:method` with a space is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":method", "GET /")); }},

    {"9113 8.5", "CONNECT with `:path` and `:scheme` is malformed",
     [](Probe& p) { expect_malformed_fields(p, p.request_with(":method", "CONNECT")); }},
    {"9113 8.5", "CONNECT opens no tunnel unasked",
     [](Probe& p) {
       p.connect();
       p.send(p.headers(1, {{":method", "CONNECT"}, {":authority", "127.0.0.1:22"}}, kNone));
       p.expect_malformed(1);
     }},
    {"9113 8.7", "a request that was refused or reset leaves the connection usable",
     [](Probe& p) {
       p.connect();
       p.send(p.post(1) + rst_stream(1, kCancel) + p.get(3));
       p.answer(3);
     }},
    {"9113 8.7", "PING shows that an idle connection works",
     [](Probe& p) {
       p.connect();
       p.send(p.get(1));
       p.answer(1);
       p.expect_alive();
       p.expect_alive();
     }},
};

}  // namespace

std::span<const Check> message_checks() {
  return kChecks;
}

}  // namespace sally::h2check
