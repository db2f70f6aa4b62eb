#include "base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "base/log.h"

namespace sally {
namespace {

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>,
              "a secret has no way into a log");
static_assert(!std::is_convertible_v<Secret, std::string_view>);

TEST(Secret, IsEmptyOnceMovedFrom) {
  Secret first("correct horse battery staple");
  const Secret second = std::move(first);
  EXPECT_EQ(second.reveal(), "correct horse battery staple");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(Secret, WipesTheInlineBytesOfAShortString) {
  std::string text = "short";
  const char* inline_bytes = text.data();
  const Secret secret = Secret::take(std::move(text));
  EXPECT_EQ(secret.reveal(), "short");
  EXPECT_EQ(inline_bytes[0], '\0');
}

TEST(Secret, ComparesByValue) {
  EXPECT_TRUE(Secret("a") == Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
  EXPECT_FALSE(Secret("a") == Secret("aa"));
}

TEST(Wipe, OverwritesEveryByte) {
  std::string text(100, 'x');
  wipe(std::as_writable_bytes(std::span(text.data(), text.size())));
  EXPECT_EQ(text, std::string(100, '\0'));
}

}  // namespace
}  // namespace sally
