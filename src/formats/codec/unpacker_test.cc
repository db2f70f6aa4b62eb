#include "formats/codec/unpacker.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <array>

#include "formats/codec/checksum.h"

namespace sally::formats {
namespace {

constexpr std::array kCodecs = {Codec::kGzip,    Codec::kZlib, Codec::kDeflate,
                                Codec::kBzip2,   Codec::kXz,   Codec::kLzma,
                                Codec::kZipLzma, Codec::kLz4,  Codec::kZstd};
constexpr size_t kRoom = size_t{1} << 20;

std::string deflated(std::string_view text, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(kRoom, '\0');
  stream.next_in = const_cast<Bytef*>(as_u8(as_bytes(text)));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string lzma_packed(std::string_view text, Codec codec) {
  lzma_options_lzma options;
  EXPECT_EQ(lzma_lzma_preset(&options, 1), 0);
  lzma_stream stream = LZMA_STREAM_INIT;
  std::string out;
  if (codec == Codec::kXz) {
    EXPECT_EQ(lzma_easy_encoder(&stream, 1, LZMA_CHECK_CRC32), LZMA_OK);
  } else if (codec == Codec::kLzma) {
    EXPECT_EQ(lzma_alone_encoder(&stream, &options), LZMA_OK);
  } else {
    const std::array<lzma_filter, 2> filters = {lzma_filter{LZMA_FILTER_LZMA1, &options},
                                                lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
    EXPECT_EQ(lzma_raw_encoder(&stream, filters.data()), LZMA_OK);
    out = std::string("\x09\x14\x05\x00", 4) + std::string(5, '\0');
    EXPECT_EQ(lzma_properties_encode(filters.data(), reinterpret_cast<uint8_t*>(out.data()) + 4),
              LZMA_OK);
  }
  std::string body(kRoom, '\0');
  stream.next_in = as_u8(as_bytes(text));
  stream.avail_in = text.size();
  stream.next_out = reinterpret_cast<uint8_t*>(body.data());
  stream.avail_out = body.size();
  EXPECT_EQ(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
  body.resize(stream.total_out);
  lzma_end(&stream);
  return out + body;
}

std::string packed(std::string_view text, Codec codec) {
  constexpr int kWindow = 15;
  std::string out(kRoom, '\0');
  switch (codec) {
    case Codec::kGzip:
      return deflated(text, kWindow + 16);
    case Codec::kZlib:
      return deflated(text, kWindow);
    case Codec::kDeflate:
      return deflated(text, -kWindow);
    case Codec::kBzip2: {
      auto size = static_cast<unsigned>(out.size());
      EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                                         static_cast<unsigned>(text.size()), 1, 0, 0),
                BZ_OK);
      out.resize(size);
      return out;
    }
    case Codec::kXz:
    case Codec::kLzma:
    case Codec::kZipLzma:
      return lzma_packed(text, codec);
    case Codec::kLz4:
      out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
      return out;
    case Codec::kZstd:
      out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
      return out;
  }
  return out;
}

struct Unpacked {
  std::string octets;
  bool whole = false;
  uint64_t taken = 0;
};

Unpacked unpack(Codec codec, std::string_view octets, size_t step = 100) {
  const MemoryInput input(octets);
  auto unpacker = Unpacker::open(codec, input);
  Unpacked out;
  Bytes piece(step);
  for (;;) {
    const auto count = (*unpacker)->read(piece);
    out.taken = (*unpacker)->taken();
    if (!count.ok()) {
      return out;
    }
    if (*count == 0) {
      out.whole = true;
      return out;
    }
    out.octets += as_text(ByteView(piece).first(*count));
  }
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += std::to_string(i * i % 1009) + " ";
  }
  return text;
}

TEST(Unpacker, UndoesWhatEachCompressorMade) {
  const std::string text = sample();
  for (const Codec codec : kCodecs) {
    const std::string octets = packed(text, codec);
    const Unpacked out = unpack(codec, octets);
    EXPECT_TRUE(out.whole) << name_of(codec);
    EXPECT_EQ(out.octets, text) << name_of(codec);
    EXPECT_EQ(out.taken, octets.size()) << name_of(codec);
  }
}

TEST(Unpacker, GivesWhatCameBeforeTheEndWhereverItIsCut) {
  const std::string text = sample().substr(0, 600);
  for (const Codec codec : kCodecs) {
    const std::string octets = packed(text, codec);
    for (size_t length = 0; length < octets.size(); ++length) {
      const Unpacked out = unpack(codec, std::string_view(octets).substr(0, length));
      EXPECT_TRUE(text.starts_with(out.octets)) << name_of(codec) << length;
      // LZMA in a zip has no end of its own, and gzip's last octets are its checksum.
      EXPECT_TRUE(codec == Codec::kZipLzma || !out.whole) << name_of(codec) << length;
    }
  }
}

TEST(Unpacker, ReadsPartsThatStandOneAfterAnotherAsOne) {
  for (const Codec codec :
       {Codec::kGzip, Codec::kZlib, Codec::kBzip2, Codec::kXz, Codec::kLz4, Codec::kZstd}) {
    const Unpacked out = unpack(codec, packed("first ", codec) + packed("second", codec));
    EXPECT_EQ(out.octets, "first second") << name_of(codec);
    EXPECT_TRUE(out.whole) << name_of(codec);
  }
  const Unpacked padded =
      unpack(Codec::kGzip,
             packed("a", Codec::kGzip) + std::string(100'000, '\0') + packed("b", Codec::kGzip));
  EXPECT_EQ(padded.octets, "ab");
}

TEST(Unpacker, TellsWhatFollowsTheEnd) {
  for (const Codec codec : {Codec::kGzip, Codec::kZlib, Codec::kDeflate, Codec::kBzip2, Codec::kXz,
                            Codec::kLz4, Codec::kZstd}) {
    const std::string octets = packed("text", codec);
    const Unpacked out = unpack(codec, octets + "and more of something else");
    EXPECT_TRUE(out.whole) << name_of(codec);
    EXPECT_EQ(out.taken, octets.size()) << name_of(codec);
  }
}

TEST(Unpacker, KnowsWhatAnInputWasMadeWith) {
  for (const Codec codec : {Codec::kGzip, Codec::kZlib, Codec::kBzip2, Codec::kXz, Codec::kLzma,
                            Codec::kLz4, Codec::kZstd}) {
    EXPECT_EQ(codec_of(as_bytes(packed(sample(), codec))), codec) << name_of(codec);
  }
  EXPECT_FALSE(codec_of(as_bytes("plain text, and enough of it")));
  EXPECT_FALSE(codec_of({}));
}

TEST(Unpacker, GivesADamagedStreamUpToTheDamage) {
  std::string octets = packed(sample(), Codec::kGzip);
  octets[octets.size() - 6] ^= 1;  // its checksum
  const Unpacked out = unpack(Codec::kGzip, octets);
  EXPECT_FALSE(out.whole);
  EXPECT_EQ(out.octets, sample());
}

TEST(Unpacker, RefusesAWindowThatIsTooLarge) {
  std::string octets = packed("text", Codec::kLzma);
  octets.replace(1, 4, "\xff\xff\xff\xff");  // the size of its dictionary
  const MemoryInput input(octets);
  auto unpacker = Unpacker::open(Codec::kLzma, input);
  Bytes piece(10);
  const auto count = (*unpacker)->read(piece);
  ASSERT_FALSE(count.ok());
  EXPECT_EQ(count.error().kind(), ErrorKind::kTooLarge);
}

TEST(Checksum, IsThatOfZip) {
  EXPECT_EQ(crc32_of(as_bytes("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32_of(as_bytes("6789"), crc32_of(as_bytes("12345"))), 0xCBF43926U);
}

}  // namespace
}  // namespace sally::formats
