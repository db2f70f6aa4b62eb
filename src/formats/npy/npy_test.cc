#include "formats/npy/npy.h"

#include <gtest/gtest.h>

namespace sally::formats {
namespace {

std::string npy(std::string_view header) {
  std::string out = std::string("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xFFU);
  out += static_cast<char>(header.size() >> 8U);
  return out + std::string(header);
}

Result<NpyHeader> read(std::string_view octets) {
  const MemoryInput input(octets);
  return read_npy_header(input);
}

TEST(Npy, TellsHowManyOctetsAnArrayHas) {
  const auto header = read(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  \n"));
  ASSERT_TRUE(header.ok());
  EXPECT_FALSE(header->objects);
  EXPECT_EQ(header->octets, 96U);
  EXPECT_EQ(header->type, "<f8");
  const auto octets = [](std::string_view descr) {
    const auto one = read(npy("{'descr': " + std::string(descr) + ", 'shape': (2,)}"));
    return one.ok() && !one->objects ? one->octets : 999;
  };
  EXPECT_EQ(octets("'|b1'"), 2U);
  EXPECT_EQ(octets("'<U3'"), 24U);
  EXPECT_EQ(octets("'<M8[ns]'"), 16U);
  EXPECT_EQ(octets("[('a', '<i4'), ('b', '<f8', (2, 3))]"), 104U);
}

TEST(Npy, KnowsArraysOfObjects) {
  for (const std::string_view descr :
       {"'|O'", "'O'", "'|O8'", "'object'", "[('a', '<i4'), ('b', '|O')]", "'i4,O'",
        "[('a', [('b', 'O')])]", "('O', (2,))"}) {
    const auto header = read(npy("{'descr': " + std::string(descr) + ", 'shape': (1,)}"));
    ASSERT_TRUE(header.ok()) << descr;
    EXPECT_TRUE(header->objects) << descr;
  }
}

TEST(Npy, RefusesWhatIsNoLiteral) {
  for (const std::string_view header :
       {"", "{", "{'descr'}", "{'descr': __import__('os'), 'shape': ()}", "'descr'",
        "{'descr': '<f8'}", "{'descr': '<f8', 'shape': (1,)} + 1",
        "{'descr': '<f8', 'shape': (4294967296, 4294967296)}", "{'descr': '<f8', 'shape': 'a'}",
        "{'descr': '<f8', 'shape': (99999999999999999999,)}"}) {
    EXPECT_FALSE(read(npy(header)).ok()) << header;
  }
  std::string deep = "{'descr': ";
  deep += std::string(100'000, '[');
  EXPECT_FALSE(read(npy(deep.substr(0, 60'000))).ok());
}

TEST(Npy, RefusesAHeaderWhereverItIsCut) {
  const std::string whole = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }");
  ASSERT_TRUE(read(whole).ok());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(read(std::string_view(whole).substr(0, length)).ok()) << length;
  }
}

}  // namespace
}  // namespace sally::formats
