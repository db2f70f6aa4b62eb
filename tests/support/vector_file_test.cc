#include "support/vector_file.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

namespace sally::test {
namespace {

void run(std::string_view text, const std::function<void(Vector&)>& body) {
  run_vectors_of("a file", text, body);
}
void read_a(Vector& vector) {
  (void)vector.bytes("a");
}

TEST(VectorFile, AValueIsHexTextOrRepeatedHex) {
  std::string seen;
  run("# a comment\na = 00ff\n\n\na = \"0 = 0\"\n\na = 61 * 3\n\na = \"\"\n",
      [&](Vector& vector) { seen += to_hex(vector.bytes("a")) + " "; });
  EXPECT_EQ(seen, "00ff 30203d2030 616161  ");
}

TEST(VectorFile, AnAttributeThatNobodyReadFails) {
  EXPECT_NONFATAL_FAILURE(run("a = 00\nb = 00\n", read_a), "nobody read `b`");
}

TEST(VectorFile, AnAttributeThatIsMissingFails) {
  EXPECT_NONFATAL_FAILURE(run("a = 00\n",
                              [](Vector& vector) {
                                read_a(vector);
                                (void)vector.bytes("b");
                              }),
                          "has no `b`");
}

TEST(VectorFile, AValueThatIsNoneFails) {
  for (const char* text :
       {"a = 0\n", "a = xy\n", "a = \"open\n", "a = 61 * many\n", "a = 61 *\n"}) {
    const std::string copy = text;
    EXPECT_NONFATAL_FAILURE(run(copy, read_a), "is no value");
  }
}

TEST(VectorFile, AnAttributeThatStandsTwiceFails) {
  EXPECT_FATAL_FAILURE(run_vectors_of("a file", "a = 00\na = 00\n", read_a), "stands twice");
}

TEST(VectorFile, ALineThatIsNoAttributeFails) {
  EXPECT_FATAL_FAILURE(run_vectors_of("a file", "[section]\n", read_a), "no attribute");
}

TEST(VectorFile, AFileWithoutAVectorFails) {
  EXPECT_NONFATAL_FAILURE(run("# only a comment\n", read_a), "no vector");
}

}  // namespace
}  // namespace sally::test
