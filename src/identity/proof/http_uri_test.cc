#include "identity/proof/http_uri.h"

#include <gtest/gtest.h>

#include <utility>

namespace sally::identity {
namespace {

std::string normal(std::string_view uri) {
  return normal_http_uri(uri).value_or("none");
}

TEST(HttpUri, HasOneSpelling) {
  for (const auto& [uri, wanted] : {
           std::pair("https://gate.example/v1/chat", "https://gate.example/v1/chat"),
           std::pair("HTTPS://Gate.EXAMPLE/v1", "https://gate.example/v1"),
           std::pair("https://gate.example", "https://gate.example/"),
           std::pair("https://gate.example:443/", "https://gate.example/"),
           std::pair("https://gate.example:0443/", "https://gate.example/"),
           std::pair("https://gate.example:/", "https://gate.example/"),
           std::pair("http://gate.example:80", "http://gate.example/"),
           std::pair("http://gate.example:443", "http://gate.example:443/"),
           std::pair("https://gate.example:8443/a", "https://gate.example:8443/a"),
           std::pair("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
           std::pair("https://[::1]:8443/a", "https://[::1]:8443/a"),
           std::pair("https://g%61te.ex%41mple/", "https://gate.example/"),
           std::pair("https://h/%7Eme/%41", "https://h/~me/A"),
           std::pair("https://h/a%2fb", "https://h/a%2Fb"),
           std::pair("https://h/a%c3%a9", "https://h/a%C3%A9"),
           std::pair("https://h/a/./b/../c", "https://h/a/c"),
           std::pair("https://h/a/%2e%2E/c", "https://h/c"),
           std::pair("https://h/../../a", "https://h/a"),
           std::pair("https://h/a/..", "https://h/"),
           std::pair("https://h/a/b/.", "https://h/a/b/"),
           std::pair("https://h//a", "https://h//a"),
           std::pair("https://h/a/", "https://h/a/"),
           std::pair("https://h/a//../b", "https://h/a/b"),
           std::pair("https://h/a?q=1&r#f", "https://h/a"),
           std::pair("https://h?q=/x", "https://h/"),
           std::pair("https://h/a:b@c", "https://h/a:b@c"),
       }) {
    EXPECT_EQ(normal(uri), wanted) << uri;
    EXPECT_EQ(normal(wanted), wanted) << "once normal, always the same";
  }
}

TEST(HttpUri, WithAnotherPathHostOrPortIsAnother) {
  EXPECT_NE(normal("https://h/a%2Fb"), normal("https://h/a/b"));
  EXPECT_NE(normal("https://h/a%252Fb"), normal("https://h/a%2Fb"));
  EXPECT_NE(normal("https://h/a"), normal("https://h/A"));
  EXPECT_NE(normal("https://h/a"), normal("https://h/a/"));
  EXPECT_NE(normal("https://h./a"), normal("https://h/a"));
  EXPECT_NE(normal("http://h/a"), normal("https://h/a"));
  EXPECT_NE(normal("https://h:8443/a"), normal("https://h/a"));
}

TEST(HttpUri, IsNoneWhereItIsNoPlainHttpUri) {
  for (const std::string_view uri : {"",
                                     "/v1",
                                     "gate.example/v1",
                                     "https:gate.example",
                                     "https:/gate.example",
                                     "ftp://h/",
                                     "https://",
                                     "https:///a",
                                     "https://:443/",
                                     "https://user@h/",
                                     "https://u:p@h/",
                                     "https://h:port/",
                                     "https://h:65536/",
                                     "https://h:0/",
                                     "https://h:-1/",
                                     "https://h:+1/",
                                     "https://h:443:443/",
                                     "https://h:00000443/",
                                     "https://h/%",
                                     "https://h/%4",
                                     "https://h/%zz",
                                     "https://h/a b",
                                     "https://h/a\\b",
                                     "https://h/{a}",
                                     "https://h/\xC3\xA9",
                                     "https://\xC3\xA9/",
                                     "https://h/a\nb",
                                     "https://[::1/",
                                     "https://[::1]x/",
                                     "https://[]/",
                                     "https://[g::1]/",
                                     " https://h/",
                                     "https://h/\"",
                                     "javascript://h/"}) {
    EXPECT_EQ(normal(uri), "none") << uri;
  }
  EXPECT_EQ(normal(std::string_view("https://h/\0", 11)), "none");
  EXPECT_EQ(normal(std::string_view("https://h\0/", 11)), "none");
}

}  // namespace
}  // namespace sally::identity
