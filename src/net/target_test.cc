#include "net/target.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::net {
namespace {

TEST(Target, IsCutAtTheFirstQuestionMark) {
  const auto target = parse_target("/v1/models?a=1&b=?");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, "/v1/models");
  EXPECT_EQ(target->query, "a=1&b=?");
}

TEST(Target, AcceptsWhatOrdinaryClientsSend) {
  for (const char* text :
       {"/", "/v1/chat/completions", "/v1/", "/a.b/..c/d..", "/v2/models/gpt-4o:generate",
        "/caf%C3%A9", "/a%20b", "/a~b!$&'()*+,;=:@", "/?", "/x?q=%0A&l[]=1|2", "/%25", "/a;v=1"}) {
    EXPECT_TRUE(parse_target(text).ok()) << text;
  }
}

TEST(Target, RefusesWhatServersReadDifferently) {
  for (const char* text :
       {"",        "*",       "a",      "http://a/", "//",     "//a",      "/a//b",     "/.",
        "/..",     "/a/../b", "/a/./b", "/a/..",     "/..;/b", "/.;x",     "/%2e%2e/b", "/a%2fb",
        "/a%2Fb",  "/a%5cb",  "/a\\b",  "/%252e",    "/%2525", "/%61dmin", "/a%00",     "/a%0d",
        "/a%7f",   "/%zz",    "/%2",    "/%",        "/a#b",   "/a b",     "/a\tb",     "/\xc3\xa9",
        "/%c0%ae", "/%ff",    "/a|b",   "/a\"b",     "/x?a#b", "/x?a b",   "/x?%",      "/x?%g0",
        "/x?%00",  "/x?\x7f", "/x?\\",  "/x?<"}) {
    EXPECT_FALSE(parse_target(text).ok()) << text;
  }
}

TEST(Target, IsJudgedTheSameTruncatedAtEveryByte) {
  const std::string whole = "/v1/caf%C3%A9/x?q=%41";
  for (size_t n = 0; n <= whole.size(); ++n) {
    const std::string cut = whole.substr(0, n);
    const auto target = parse_target(cut);
    if (target.ok()) {
      const bool marked = cut.find('?') != std::string::npos;
      EXPECT_EQ(target->path.size() + target->query.size() + (marked ? 1 : 0), n);
    } else {
      // Nothing, or within an escape or the escapes of one character.
      EXPECT_TRUE(n == 0 || cut.find('%', n - std::min<size_t>(n, 5)) != std::string::npos) << cut;
    }
  }
}

TEST(Authority, IsAHostAndPerhapsAPort) {
  for (const char* text : {"a", "gw.test", "gw_1.test:8080", "127.0.0.1:1", "[::1]", "[::1]:443"}) {
    EXPECT_TRUE(check_authority(text).ok()) << text;
  }
  for (const char* text : {"", ":80", "a:", "a:0", "a:65536", "a:1x", "a@b", "a, b", "a b", "a/b",
                           "[::1", "[]", "[x::]", "[::1]x", "a%41", "a:1:2", "a\n"}) {
    EXPECT_FALSE(check_authority(text).ok()) << text;
  }
  EXPECT_FALSE(check_authority(std::string(300, 'a')).ok());
}

}  // namespace
}  // namespace sally::net
