#include "base/text.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sally {
namespace {

TEST(Printable, IsBoundedWhateverTheBytes) {
  for (const char byte : {'a', '\x01', '\x80', '\xbf', '\xc2', '\xff'}) {
    const std::string out = printable(std::string(100'000, byte), 100);
    EXPECT_LE(out.size(), 104U) << static_cast<int>(byte);
    EXPECT_TRUE(is_utf8(out));
  }
}

TEST(Printable, IsNotCutWithinACharacter) {
  const std::string out = printable("ab\xe2\x82\xac\xe2\x82\xac", 3);
  EXPECT_EQ(out, "ab\xe2\x82\xac…");
}

TEST(Printable, ReplacesControlCharactersOfBothRanges) {
  EXPECT_EQ(printable("a\x1b[31m\xc2\x9b\x7f"
                      "b"),
            "a?[31m??b");
}

}  // namespace
}  // namespace sally
