#include "vet/pickle/disarm.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::vet::pickle {
namespace {

using namespace std::literals;

Result<std::string> disarmed(std::string_view octets) {
  std::string out;
  const formats::MemoryInput input(octets);
  TRY_OK(disarm(input, [&](ByteView piece) -> Result<> {
    out += as_text(piece);
    return ok();
  }));
  return out;
}

// A dict with the array `a` of `octets`, as protocol 3 has it.
std::string array(std::string_view shape, std::string_view order, std::string_view octets) {
  return "\x80\x03}U\x01"
         "acnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85\x43\x01"
         "b\x87R(K\x01"s +
         std::string(shape) + "cnumpy\ndtype\nU\x02i2\x89\x88\x87R(K\x03U\x01" +
         std::string(order) + "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89"s + "C" +
         static_cast<char>(octets.size()) + std::string(octets) + "tbs.";
}

TEST(Disarm, CopiesAnArrayAsItIs) {
  const auto copy = disarmed(array("K\x02\x85", "<", "\x01\0\x02\0"sv));
  ASSERT_TRUE(copy.ok()) << copy.error().message();
  EXPECT_NE(copy->find(R"({"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}})"),
            std::string::npos);
  EXPECT_TRUE(copy->ends_with("\x01\0\x02\0"sv));
}

TEST(Disarm, TurnsOctetsRound) {
  const auto copy = disarmed(array("K\x02\x85", ">", "\0\x01\0\x02"sv));
  ASSERT_TRUE(copy.ok());
  EXPECT_TRUE(copy->ends_with("\x01\0\x02\0"sv));
}

TEST(Disarm, RefusesAnArrayThatReachesOutside) {
  EXPECT_FALSE(disarmed(array("K\x03\x85", "<", "\x01\0\x02\0"sv)).ok());
  EXPECT_FALSE(disarmed(array("J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "<", "\x01\0"sv)).ok());
}

TEST(Disarm, LeavesCallsOut) {
  const std::string whole = array("K\x01\x85", "<", "\x01\0"sv);
  const auto copy =
      disarmed(whole.substr(0, whole.size() - 1) + "U\x01xcos\nsystem\nU\x02id\x85Rs.");
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(copy->find("system"), std::string::npos);
  EXPECT_FALSE(disarmed("\x80\x03}.").ok());
}

TEST(Disarm, RefusesWhatIsCutAnywhere) {
  const std::string whole = array("K\x01\x85", "<", "\x01\0"sv);
  ASSERT_TRUE(disarmed(whole).ok());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(disarmed(std::string_view(whole).substr(0, length)).ok()) << length;
  }
}

}  // namespace
}  // namespace sally::vet::pickle
