#include "formats/input.h"

#include <gtest/gtest.h>

namespace sally::formats {
namespace {

TEST(InputReader, ReadsNumbersOfBothOrders) {
  const MemoryInput input(std::string_view("\x01\x02\x01\x02", 4));
  InputReader in(input);
  EXPECT_EQ(*in.little<uint16_t>(), 0x0201);
  EXPECT_EQ(*in.big<uint16_t>(), 0x0102);
  EXPECT_TRUE(in.at_end());
}

TEST(InputReader, TakesNothingWhereTooLittleIsThere) {
  const MemoryInput input(std::string_view("abc"));
  InputReader in(input);
  EXPECT_FALSE(in.take(4).ok());
  EXPECT_FALSE(in.take(~uint64_t{0}).ok());
  EXPECT_EQ(as_text(*in.take(3)), "abc");
}

TEST(InputReader, FindsALineWhereverTheWindowIsCut) {
  for (const size_t before : {size_t{0}, size_t{65'530}, size_t{65'536}, size_t{200'000}}) {
    const std::string text = std::string(before, 'x') + "\n" + "second\n";
    const MemoryInput input(text);
    InputReader in(input);
    EXPECT_EQ(in.take_until(std::byte{'\n'}, 1 << 20)->size(), before);
    EXPECT_EQ(as_text(*in.take_until(std::byte{'\n'}, 1 << 20)), "second");
    EXPECT_FALSE(in.take_until(std::byte{'\n'}, 1 << 20).ok());
  }
}

TEST(InputReader, RefusesALineThatIsTooLong) {
  const std::string text = std::string(100, 'x') + "\n";
  const MemoryInput input(text);
  InputReader in(input);
  const auto line = in.take_until(std::byte{'\n'}, 99);
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(line.error().kind(), ErrorKind::kTooLarge);
}

TEST(InputReader, SkipsWithoutReading) {
  const std::string text(300'000, 'x');
  const MemoryInput input(text);
  const PartOfInput part(input, 1, 299'998);
  InputReader in(part);
  EXPECT_TRUE(in.skip(299'997).ok());
  EXPECT_EQ(in.remaining(), 1U);
  EXPECT_FALSE(in.skip(2).ok());
  EXPECT_EQ(in.position(), 299'997U);
}

TEST(PartOfInput, NeverReachesPastTheWhole) {
  const MemoryInput input(std::string_view("abcdef"));
  EXPECT_EQ(PartOfInput(input, 4, 100).size(), 2U);
  EXPECT_EQ(PartOfInput(input, 100, 100).size(), 0U);
  EXPECT_EQ(*read_all(PartOfInput(input, 2, 3), 10), "cde");
  EXPECT_EQ(read_all(input, 5).error().kind(), ErrorKind::kTooLarge);
}

}  // namespace
}  // namespace sally::formats
