#include "base/encoding.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "base/text.h"

namespace sally {
namespace {

Bytes random_bytes(size_t size, uint64_t seed) {
  Bytes out(size);
  SeededRandom random(seed);
  random.fill(out);
  return out;
}

TEST(Hex, ReadsBackWhatItWrote) {
  for (size_t size = 0; size < 40; ++size) {
    const Bytes bytes = random_bytes(size, size);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
}

TEST(Base64, ReadsBackWhatItWrote) {
  for (size_t size = 0; size < 40; ++size) {
    const Bytes bytes = random_bytes(size, size);
    for (const Base64 alphabet : {Base64::kStandard, Base64::kUrl}) {
      for (const Padding padding : {Padding::kNone, Padding::kRequired}) {
        EXPECT_EQ(from_base64(to_base64(bytes, alphabet, padding), alphabet, padding), bytes);
      }
    }
  }
}

// RFC 4648, section 10.
TEST(Base64, MatchesTheVectorsOfItsSpecification) {
  const auto encode = [](std::string_view text) {
    return to_base64(as_bytes(text), Base64::kStandard, Padding::kRequired);
  };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  EXPECT_FALSE(from_base64("Zh==", Base64::kStandard, Padding::kRequired));  // trailing bits
  EXPECT_FALSE(from_base64("Zg=", Base64::kStandard, Padding::kRequired));
  EXPECT_FALSE(from_base64("Zg==", Base64::kStandard, Padding::kNone));
  EXPECT_FALSE(from_base64("Zm9v\n", Base64::kStandard, Padding::kNone));
  EXPECT_FALSE(from_base64("_-8", Base64::kStandard, Padding::kNone));
  EXPECT_FALSE(from_base64("A", Base64::kStandard, Padding::kNone));
}

TEST(Base62, IsAFixedWidthNumber) {
  EXPECT_EQ(to_base62(as_bytes(std::string_view("\0\0", 2)), 4), "0000");
  EXPECT_EQ(to_base62(as_bytes("\x01"), 4), "0001");
  EXPECT_EQ(to_base62(as_bytes("\x3e"), 2), "10");
  EXPECT_EQ(to_base62(Bytes(32, std::byte{0xFF}), 43).size(), 43U);
}

// The check value of the catalogue of parametrised CRC algorithms.
TEST(Crc32, MatchesItsCheckValue) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32(as_bytes("The quick brown fox jumps over the lazy dog")), 0x414FA339U);
  EXPECT_EQ(crc32(ByteView()), 0U);
}

TEST(Utf8, AcceptsWhatRfc3629Allows) {
  for (const std::string_view text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                      "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesTheRest) {
  for (const std::string_view text :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(as_bytes(text));
  }
}

TEST(Printable, LeavesNothingThatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[31mb\r\nc"), "a?[31mb??c");
  EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(printable("bad\xFF"), "bad?");
  EXPECT_EQ(printable("\xC2\x9B"), "?");
  EXPECT_EQ(printable(std::string(200, 'x'), 10), "xxxxxxxxxx…");
}

TEST(Nearest, FindsASlipOfTheFinger) {
  constexpr std::string_view kWords[] = {"listen", "limits", "tls"};
  EXPECT_EQ(nearest("lisen", kWords), "listen");
  EXPECT_EQ(nearest("limit", kWords), "limits");
  EXPECT_EQ(nearest("something", kWords), "");
}

}  // namespace
}  // namespace sally
