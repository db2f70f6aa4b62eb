#include "formats/coding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <optional>
#include <string>

#include "base/encoding.h"

namespace sally::formats {
namespace {

std::string deflate_with(std::string_view text, int window) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = const_cast<Bytef*>(as_u8(as_bytes(text)));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}
std::string gzip(std::string_view text) {
  return deflate_with(text, 31);
}

// `hello hello hello` by the reference encoder.
std::string brotli_hello() {
  const auto bytes = from_hex("1f1000f88d946ede445586966c206f014f1c601c");
  return std::string(as_text(*bytes));
}

Result<std::string> decode(std::string_view coding, std::string_view body, size_t step = SIZE_MAX,
                           DecodeLimits limits = {}) {
  TRY(auto decoder, Decoder::open(coding, limits));
  std::string out;
  while (!body.empty()) {
    const std::string_view piece = body.substr(0, step);
    TRY_OK(decoder.decode(as_bytes(piece), out));
    body.remove_prefix(piece.size());
  }
  TRY_OK(decoder.finish());
  return out;
}

std::string prose() {
  std::string out;
  for (int i = 0; i < 3000; ++i) {
    out += "line " + std::to_string(i * 7919 % 3001) + " of a text that compresses a little\n";
  }
  return out;
}

TEST(Decoder, PassesIdentityThrough) {
  EXPECT_EQ(*decode("", "plain"), "plain");
  EXPECT_EQ(*decode("identity", "plain"), "plain");
  EXPECT_TRUE(Decoder::open("Identity", {})->identity());
}

TEST(Decoder, DecodesInPiecesOfAnySize) {
  const std::string text = prose();
  const std::string packed = gzip(text);
  for (const size_t step : {size_t{1}, size_t{7}, size_t{1000}, SIZE_MAX}) {
    EXPECT_EQ(*decode("gzip", packed, step), text) << step;
    EXPECT_EQ(*decode("deflate", deflate_with(text, 15), step), text) << step;
  }
}

TEST(Decoder, DecodesTwoCodingsInTheOrderTheyWereApplied) {
  const std::string text = prose();
  EXPECT_EQ(*decode("deflate, gzip", gzip(deflate_with(text, 15))), text);
  EXPECT_FALSE(decode("gzip, deflate", gzip(deflate_with(text, 15))));
}

TEST(Decoder, RefusesUnknownAndTooManyCodings) {
  EXPECT_FALSE(decode("zstd", "x"));
  EXPECT_FALSE(decode("gzip, gzip, gzip", "x"));
  EXPECT_FALSE(decode("gzip;q=1", "x"));
}

TEST(Decoder, RefusesABodyCutAnywhere) {
  const std::string packed = gzip("a text that is a little longer than nothing");
  for (size_t cut = 1; cut < packed.size(); ++cut) {
    EXPECT_FALSE(decode("gzip", packed.substr(0, cut))) << cut;
  }
}

TEST(Decoder, RefusesWhatFollowsTheEnd) {
  EXPECT_FALSE(decode("gzip", gzip("one") + "x"));
  EXPECT_FALSE(decode("gzip", gzip("one") + "x", 1));
  EXPECT_FALSE(decode("gzip", gzip("one") + gzip("two"))) << "one member only";
}

TEST(Decoder, RefusesAFlippedBit) {
  std::string packed = gzip("a text with a checksum behind it");
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  EXPECT_FALSE(decode("gzip", packed));
}

TEST(Decoder, StopsABombBeforeItIsInMemory) {
  const std::string bomb = gzip(std::string(50'000'000, '\0'));
  ASSERT_LT(bomb.size(), 60'000U);
  auto decoder = Decoder::open("gzip", {.ratio = 100, .bytes = 64 << 20});
  std::string out;
  EXPECT_FALSE(decoder->decode(as_bytes(bomb), out));
  EXPECT_LE(out.size(), bomb.size() * 100);
  EXPECT_FALSE(decode("gzip, gzip", gzip(bomb))) << "nested";
  EXPECT_FALSE(decode("gzip", gzip(std::string(2'000'000, 'x')), SIZE_MAX,
                      {.ratio = 100'000, .bytes = 1'000'000}));
}

TEST(Decoder, StopsABombThatDecodesToNothing) {
  std::string blocks = "\x78\x9c";
  for (int i = 0; i < 1'000'000; ++i) {
    blocks += std::string_view("\0\0\0\xff\xff", 5);  // a stored block of length 0
  }
  const auto decoded = decode("deflate, gzip", gzip(blocks));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().message(), "a compressed body expands further than it may");
}

TEST(Decoder, LetsASmallBodyExpandFreely) {
  EXPECT_EQ(decode("gzip", gzip(std::string(60'000, 'x')))->size(), 60'000U);
}

TEST(Decoder, DecodesBrotli) {
  const auto decoded = decode("br", brotli_hello());
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(*decoded, "hello hello hello");
  EXPECT_FALSE(decode("br", brotli_hello() + "x"));
  EXPECT_FALSE(decode("br", "not brotli at all"));
}

TEST(Decoder, AcceptsABodyOfNothing) {
  EXPECT_EQ(*decode("gzip", ""), "");
}

}  // namespace
}  // namespace sally::formats
