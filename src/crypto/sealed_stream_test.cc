#include "crypto/sealed_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sally::crypto {
namespace {

class SealedStream : public testing::Test {
 protected:
  static Secret key(char fill = 'k') { return Secret(std::string(32, fill)); }

  std::string seal(std::string_view plain, size_t piece = 10'000) {
    std::string out;
    auto writer = SealedStreamWriter::begin(key(), random_, [&](ByteView bytes) {
      out += as_text(bytes);
      return ok();
    });
    EXPECT_TRUE(writer.ok());
    for (size_t at = 0; at < plain.size(); at += piece) {
      EXPECT_TRUE(writer->write(as_bytes(plain.substr(at, piece))).ok());
    }
    EXPECT_TRUE(writer->finish().ok());
    return out;
  }
  static Result<std::string> open(std::string_view sealed, const Secret& key) {
    TRY(auto reader, SealedStreamReader::open(key, [&sealed](MutableBytes into) -> Result<size_t> {
          const size_t part = std::min(into.size(), sealed.size());
          std::ranges::copy(as_bytes(sealed.substr(0, part)), into.begin());
          sealed.remove_prefix(part);
          return part;
        }));
    std::string out;
    std::array<std::byte, 777> buffer;
    for (;;) {
      TRY(const size_t got, reader.read(buffer));
      if (got == 0) {
        return out;
      }
      out += as_text(ByteView(buffer).first(got));
    }
  }
  static bool is_corrupt(std::string_view sealed) {
    const auto opened = open(sealed, key());
    return !opened.ok() && opened.error().kind() == ErrorKind::kCorrupt;
  }

  SeededRandom random_{1};
};

TEST_F(SealedStream, OpensAsItWasWhateverItsLength) {
  for (const size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 131'072U, 200'000U}) {
    const std::string plain(size, 'p');
    const auto opened = open(seal(plain), key());
    ASSERT_TRUE(opened.ok()) << size;
    EXPECT_EQ(*opened, plain);
  }
}

TEST_F(SealedStream, AnotherKeyDoesNotOpenIt) {
  EXPECT_FALSE(open(seal("text"), key('x')).ok());
}

TEST_F(SealedStream, EveryAlteredByteIsNoticed) {
  const std::string sealed = seal("a short text");
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string altered = sealed;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_TRUE(is_corrupt(altered)) << at;
  }
}

TEST_F(SealedStream, CutOffAnywhereIsNoticed) {
  const std::string sealed = seal(std::string(150'000, 'p'));
  const size_t chunk = kSealedStreamChunk + kAeadTagSize;
  for (size_t length = 0; length < sealed.size(); length += length < 200 ? 1
                                                            : length % chunk == kSealedStreamHeader
                                                                ? 1
                                                                : 997) {
    EXPECT_TRUE(is_corrupt(std::string_view(sealed).substr(0, length))) << length;
  }
  for (const size_t chunks : {1U, 2U}) {
    EXPECT_TRUE(
        is_corrupt(std::string_view(sealed).substr(0, kSealedStreamHeader + chunks * chunk)));
  }
}

TEST_F(SealedStream, ExchangedRepeatedAndForeignChunksAreNoticed) {
  const std::string sealed = seal(std::string(200'000, 'p'));
  const std::string header = sealed.substr(0, kSealedStreamHeader);
  const size_t chunk = kSealedStreamChunk + kAeadTagSize;
  const auto part = [&](size_t i) { return sealed.substr(header.size() + i * chunk, chunk); };
  ASSERT_TRUE(open(header + part(0) + part(1) + part(2) + part(3), key()).ok());
  EXPECT_TRUE(is_corrupt(header + part(1) + part(0) + part(2) + part(3)));
  EXPECT_TRUE(is_corrupt(header + part(0) + part(0) + part(1) + part(2) + part(3)));
  EXPECT_TRUE(is_corrupt(header + part(0) + part(2) + part(3)));
  EXPECT_TRUE(is_corrupt(sealed + "more"));
  const std::string other = seal(std::string(200'000, 'p'));
  EXPECT_TRUE(is_corrupt(header + other.substr(header.size())));
}

}  // namespace
}  // namespace sally::crypto
