#include "identity/api_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sally::identity {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string fresh(uint64_t seed = 1) {
  SeededRandom random(seed);
  return std::string(make_api_key(random).reveal());
}

// A key made by hand, from the format's description and another implementation of CRC-32 (zlib).
constexpr std::string_view kKnown = "sally_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1Rcplb";

TEST(ApiKey, AFreshKeyHasTheForm) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::string key = fresh(seed);
    EXPECT_EQ(key.size(), kApiKeySize);
    EXPECT_TRUE(check_api_key(key).ok()) << key;
  }
}

TEST(ApiKey, TheChecksumIsCrc32InSixDigits) {
  EXPECT_TRUE(check_api_key(kKnown).ok());
}

TEST(ApiKey, TruncatedAtEveryByteIsRefused) {
  const std::string key = fresh();
  for (size_t length = 0; length < key.size(); ++length) {
    const auto result = check_api_key(std::string_view(key).substr(0, length));
    ASSERT_FALSE(result.ok()) << length;
    EXPECT_EQ(result.error().kind(), ErrorKind::kUnauthenticated);
  }
}

TEST(ApiKey, EveryChangedCharacterIsNoticed) {
  const std::string key = fresh();
  for (size_t place = 0; place < key.size(); ++place) {
    for (const char c : {'0', 'Z', 'q', '_', '\0', '\n', '\x7f', '\xff'}) {
      std::string changed = key;
      changed[place] = c;
      if (changed != key) {
        EXPECT_FALSE(check_api_key(changed).ok()) << place;
      }
    }
  }
}

TEST(ApiKey, EverySwapOfNeighboursIsNoticed) {
  const std::string key = fresh();
  for (size_t place = 0; place + 1 < key.size(); ++place) {
    std::string changed = key;
    std::swap(changed[place], changed[place + 1]);
    if (changed != key) {
      EXPECT_FALSE(check_api_key(changed).ok()) << place;
    }
  }
}

TEST(ApiKey, AnythingAddedIsRefused) {
  const std::string key = fresh();
  for (const std::string& text : {key + "\n", key + " ", " " + key, "\"" + key + "\"", key + key}) {
    EXPECT_FALSE(check_api_key(text).ok());
  }
  EXPECT_FALSE(check_api_key(std::string(100'000, 'a')).ok());
}

TEST(ApiKey, NoPartOfARefusedKeyIsInTheError) {
  const std::string key = fresh();
  std::string mistyped = key;
  mistyped[20] = mistyped[20] == 'x' ? 'y' : 'x';
  for (const std::string& text : {mistyped, key + "x", "sk-proj-" + key.substr(8), key.substr(1),
                                  key.substr(0, 20) + "\xc3\xa9" + key.substr(22)}) {
    const auto result = check_api_key(text);
    ASSERT_FALSE(result.ok());
    for (size_t i = 6; i + 6 < text.size(); ++i) {
      EXPECT_THAT(result.error().to_string(), Not(HasSubstr(text.substr(i, 6))));
    }
  }
}

TEST(ApiKey, AProvidersOwnKeyGetsAHint) {
  const auto result = check_api_key("sk-ant-api03-0000");
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().hint(), HasSubstr("not the provider's own"));
}

}  // namespace
}  // namespace sally::identity
