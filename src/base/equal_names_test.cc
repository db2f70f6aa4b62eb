#include "base/equal_names.h"

#include <gtest/gtest.h>

#include <string>

namespace sally {
namespace {

TEST(EqualNames, TextsOfEveryLengthAreTheSameOnlyWhereEveryOctetIs) {
  for (size_t size = 0; size < 40; ++size) {
    const std::string text =
        std::string("sallyport-checks-every-octet-of-its-names").substr(0, size);
    EXPECT_TRUE(equal_names(text, std::string(text))) << size;
    EXPECT_FALSE(equal_names(text, text + "x")) << size;
    for (size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = static_cast<char>(other[at] ^ 1);
      EXPECT_FALSE(equal_names(text, other)) << size << " at " << at;
      EXPECT_FALSE(equal_names(other, text)) << size << " at " << at;
    }
  }
}

}  // namespace
}  // namespace sally
