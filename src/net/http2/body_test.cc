#include "net/http2/body.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::net::http2 {
namespace {

TEST(InBody, IsWholeOnceItHasEnded) {
  InBody body;
  body.append(as_bytes("ab"), 4);
  EXPECT_FALSE(body.whole().has_value());
  body.append(as_bytes("cd"), 4);
  body.finish();
  EXPECT_EQ(body.waiting(), 4U);
  const std::optional<ByteView> whole = body.whole();
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(as_text(*whole), "abcd");
  for (size_t i = 0; i < PaddedBuffer::kSlack; ++i) {
    EXPECT_EQ(whole->data()[whole->size() + i], std::byte{0});
  }
  // It was taken, and stays where it is.
  EXPECT_EQ(body.waiting(), 0U);
  EXPECT_TRUE(body.take().empty());
  EXPECT_EQ(as_text(*body.whole()), "abcd");
}

TEST(InBody, HasSlackBehindNothing) {
  InBody body;
  body.finish();
  const std::optional<ByteView> whole = body.whole();
  ASSERT_TRUE(whole.has_value());
  EXPECT_TRUE(whole->empty());
  EXPECT_EQ(whole->data()[PaddedBuffer::kSlack - 1], std::byte{0});
}

TEST(InBody, GivesPiecesThatStayUntilTheNext) {
  InBody body;
  body.append(as_bytes("one"), 0);
  const ByteView first = body.take();
  body.append(as_bytes("two"), 0);
  EXPECT_EQ(as_text(first), "one");
  EXPECT_EQ(as_text(body.take()), "two");
  body.finish();
  EXPECT_FALSE(body.whole().has_value());
  EXPECT_EQ(body.total(), 6U);
}

TEST(InBody, ReservesLittleOnThePeersWord) {
  InBody body;
  body.append(as_bytes("x"), uint64_t{1} << 40U);
  EXPECT_EQ(body.discard(), 1U);
  EXPECT_EQ(body.waiting(), 0U);
}

TEST(OutBody, SharesABufferAmongShortWrites) {
  OutBody body;
  EXPECT_TRUE(body.try_buffer(as_bytes("one")));
  EXPECT_TRUE(body.try_buffer(as_bytes("two")));
  Buffer out(64);
  body.take(out, 4);
  EXPECT_EQ(as_text(out.bytes()), "onet");
  EXPECT_EQ(body.waiting(), 2U);
}

TEST(OutBody, LendsWhatDoesNotFit) {
  OutBody body;
  const std::string large(OutBody::kBuffer + 1, 'x');
  EXPECT_TRUE(body.try_buffer(as_bytes("head")));
  EXPECT_FALSE(body.try_buffer(as_bytes(large)));
  body.lend(as_bytes(large));
  EXPECT_FALSE(body.try_buffer(as_bytes("y")));  // it would overtake
  Buffer out(64);
  body.take(out, 10);
  EXPECT_EQ(as_text(out.bytes()), "headxxxxxx");
  EXPECT_TRUE(body.lent());
  body.take(out, body.waiting());
  EXPECT_FALSE(body.lent());
  EXPECT_EQ(out.size(), large.size() + 4);
}

TEST(OutBody, ForgetsEverything) {
  OutBody body;
  EXPECT_TRUE(body.try_buffer(as_bytes("x")));
  body.lend(as_bytes("y"));
  body.clear();
  EXPECT_EQ(body.waiting(), 0U);
  EXPECT_FALSE(body.lent());
}

}  // namespace
}  // namespace sally::net::http2
