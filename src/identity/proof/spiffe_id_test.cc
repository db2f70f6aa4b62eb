#include "identity/proof/spiffe_id.h"

#include <gtest/gtest.h>

namespace sally::identity {
namespace {

TEST(SpiffeId, HasATrustDomainAndAPath) {
  const auto id = SpiffeId::parse("spiffe://prod-1.example_x.org/ns/Prod/agent.7_a-b");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->str(), "spiffe://prod-1.example_x.org/ns/Prod/agent.7_a-b");
  EXPECT_EQ(id->trust_domain(), "prod-1.example_x.org");
  EXPECT_EQ(id->path(), "/ns/Prod/agent.7_a-b");
  EXPECT_TRUE(id->str().starts_with(prefix_of(id->trust_domain())));
  EXPECT_TRUE(SpiffeId::parse("spiffe://e/...").ok()) << "three dots are a name";
}

TEST(SpiffeId, IsNothingElse) {
  for (const std::string_view text : {"",
                                      "spiffe",
                                      "spiffe:",
                                      "spiffe://",
                                      "spiffe:///path",
                                      "spiffe://example.org",
                                      "spiffe://example.org/",
                                      "SPIFFE://example.org/a",
                                      "spiffe:/example.org/a",
                                      "https://example.org/a",
                                      "spiffe://Example.org/a",
                                      "spiffe://example.org:443/a",
                                      "spiffe://user@example.org/a",
                                      "spiffe://exa%6Dple.org/a",
                                      "spiffe://[::1]/a",
                                      "spiffe://example.org/a/",
                                      "spiffe://example.org//a",
                                      "spiffe://example.org/a//b",
                                      "spiffe://example.org/.",
                                      "spiffe://example.org/a/../b",
                                      "spiffe://example.org/./a",
                                      "spiffe://example.org/a?q",
                                      "spiffe://example.org/a#f",
                                      "spiffe://example.org/%61",
                                      "spiffe://example.org/a b",
                                      "spiffe://example.org/\xC3\xA9",
                                      "spiffe://\xC3\xA9/a",
                                      " spiffe://example.org/a",
                                      "spiffe://example.org/a ",
                                      "spiffe://example.org/a\n",
                                      "spiffe://example.org/a:b",
                                      "spiffe://example.org?/a",
                                      "spiffe://example.org/*"}) {
    const auto id = SpiffeId::parse(text);
    ASSERT_FALSE(id.ok()) << text;
    EXPECT_EQ(id.error().kind(), ErrorKind::kInvalidInput);
  }
  EXPECT_FALSE(SpiffeId::parse(std::string_view("spiffe://e/a\0", 13)).ok());
}

TEST(SpiffeId, IsBounded) {
  const std::string start = "spiffe://example.org/";
  EXPECT_TRUE(SpiffeId::parse(start + std::string(2'048 - start.size(), 'a')).ok());
  EXPECT_FALSE(SpiffeId::parse(start + std::string(2'049 - start.size(), 'a')).ok());
  EXPECT_TRUE(SpiffeId::parse("spiffe://" + std::string(255, 'a') + "/a").ok());
  EXPECT_FALSE(SpiffeId::parse("spiffe://" + std::string(256, 'a') + "/a").ok());
}

TEST(SpiffeId, IsClaimedByItsSchemeHoweverItIsWritten) {
  EXPECT_TRUE(claims_spiffe("spiffe://example.org/a"));
  EXPECT_TRUE(claims_spiffe("SpIfFe:anything"));
  EXPECT_FALSE(claims_spiffe("https://spiffe.io/"));
  EXPECT_FALSE(claims_spiffe("spiff"));
}

}  // namespace
}  // namespace sally::identity
