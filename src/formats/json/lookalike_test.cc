#include "formats/json/lookalike.h"

#include <gtest/gtest.h>

namespace sally::formats {
namespace {

TEST(FoldName, TakesEveryCaseForTheSame) {
  EXPECT_EQ(fold_name("inputSchema"), fold_name("INPUTschema"));
  EXPECT_EQ(fold_name("tas\xE2\x84\xAA"), "task");
  EXPECT_EQ(fold_name("tool\xC5\xBF"), "tools");
}

TEST(FoldName, LeavesOtherLettersAlone) {
  EXPECT_EQ(fold_name("gr\xC3\x96\xC3\x9F"
                      "e"),
            "gr\xC3\x96\xC3\x9F"
            "e");
  EXPECT_EQ(fold_name("\xE2\x84"), "\xE2\x84");
  EXPECT_EQ(fold_name(""), "");
}

}  // namespace
}  // namespace sally::formats
