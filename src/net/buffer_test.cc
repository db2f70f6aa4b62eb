#include "net/buffer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

namespace sally::net {
namespace {

constexpr std::string_view kSecret = "authorization: Bearer sk-planted";

// Whether the block of `buffer` holds the secret anywhere.
bool holds_secret(const Buffer& buffer) {
  const auto* begin = reinterpret_cast<const char*>(buffer.data());
  const std::string_view block(begin, buffer.capacity());
  return block.find(kSecret.substr(8)) != std::string_view::npos;
}

TEST(Buffer, HandsOutABlockWithoutWhatItHeldBefore) {
  const std::byte* before = nullptr;
  {
    Buffer first(1'000);
    before = first.data();
    first.append(as_bytes(kSecret));
    ASSERT_TRUE(holds_secret(first));
  }
  const Buffer again(1'000);
  ASSERT_EQ(again.data(), before) << "the pool gave another block: nothing was tested";
  EXPECT_FALSE(holds_secret(again));
}

TEST(Buffer, WipesWhatWasUsedUpAndMovedAwayToo) {
  const std::byte* before = nullptr;
  {
    Buffer first(1'000);
    before = first.data();
    first.append(as_bytes(std::string(900, 'x')));
    first.append(as_bytes(kSecret));
    first.consume(first.size() - 1);
    first.reserve(500);  // moves the last byte to the front
    ASSERT_EQ(first.data(), before);
    ASSERT_TRUE(holds_secret(first));
  }
  const Buffer again(1'000);
  ASSERT_EQ(again.data(), before) << "the pool gave another block: nothing was tested";
  EXPECT_FALSE(holds_secret(again));
}

}  // namespace
}  // namespace sally::net
