#include "gateway/fields.h"

#include <gtest/gtest.h>

#include <array>

namespace sally::gateway {
namespace {

TEST(Fields, NeverCarryACredentialEitherWay) {
  for (size_t i = 0; i < kProtocols; ++i) {
    const auto protocol = static_cast<Protocol>(i);
    for (const std::string_view name :
         {"authorization", "x-api-key", "api-key", "proxy-authorization", "cookie", "set-cookie",
          "x-forwarded-for", "forwarded", "host", "connection", "sallyport-id", "content-length",
          "transfer-encoding", "content-encoding", "accept-encoding", "te", "expect"}) {
      EXPECT_FALSE(passes_up(protocol, name, {})) << name_of(protocol) << " " << name;
      EXPECT_FALSE(passes_down(protocol, name, {})) << name_of(protocol) << " " << name;
    }
  }
}

TEST(Fields, PassWhereTheirProtocolNeedsThem) {
  EXPECT_TRUE(passes_up(Protocol::kAnthropic, "anthropic-version", {}));
  EXPECT_FALSE(passes_up(Protocol::kOpenAi, "anthropic-version", {}));
  EXPECT_TRUE(passes_up(Protocol::kMcp, "mcp-session-id", {}));
  EXPECT_TRUE(passes_down(Protocol::kOpenAi, "x-ratelimit-remaining-tokens", {}));
  EXPECT_FALSE(passes_down(Protocol::kHttp, "x-ratelimit-remaining-tokens", {}));
}

TEST(Fields, PassWhenTheOperatorSaysSo) {
  const std::array<std::string, 1> extra = {"x-request-tag"};
  EXPECT_TRUE(passes_up(Protocol::kOpenAi, "x-request-tag", extra));
  EXPECT_FALSE(passes_up(Protocol::kOpenAi, "x-request-tag", {}));
}

TEST(MediaType, IsComparedWithoutCaseAndParameters) {
  EXPECT_TRUE(media_type_is("Text/Event-Stream; charset=utf-8", "text/event-stream"));
  EXPECT_TRUE(is_json("application/json"));
  EXPECT_TRUE(is_json("application/problem+json ; a=b"));
  EXPECT_FALSE(is_json("application/jsonp"));
  EXPECT_FALSE(is_json(""));
  EXPECT_TRUE(is_text("text/html"));
  EXPECT_TRUE(is_text("image/svg+xml"));
  EXPECT_FALSE(is_text("application/octet-stream"));
}

}  // namespace
}  // namespace sally::gateway
