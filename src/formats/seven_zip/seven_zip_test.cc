#include "formats/seven_zip/seven_zip.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace sally::formats {
namespace {

// The first octets, up to the place and length of the header.
constexpr std::string_view kStart =
    "377abcaf271c0004c31ed77c0a000000000000002600000000000000ccd3d9ef";
constexpr std::string_view kHeader =
    "0104060001090a00070b01000101000c0a00080a01c061f9d9000005011105006d0000000000";
constexpr std::string_view kOctets = "64000000000000007b7d";

Result<std::unique_ptr<SevenZip>> open(std::string_view hex, Bytes& octets) {
  octets = from_hex(hex).value_or(Bytes());
  static std::unique_ptr<MemoryInput> input;
  input = std::make_unique<MemoryInput>(ByteView(octets));
  return SevenZip::open(*input);
}

TEST(SevenZip, GivesItsMembers) {
  Bytes octets;
  const auto archive =
      open(std::string(kStart) + std::string(kOctets) + std::string(kHeader), octets);
  ASSERT_TRUE(archive.ok());
  const auto member = (*archive)->next();
  ASSERT_TRUE(member.ok());
  ASSERT_NE(*member, nullptr);
  EXPECT_EQ((*member)->name, "m");
  EXPECT_TRUE((*member)->is_file);
  Bytes piece(100);
  const auto count = (*archive)->read(piece);
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 10U);
}

TEST(SevenZip, RefusesAHeaderThatWouldTakeMuchMemory) {
  // It says that it has 16 MiB.
  Bytes octets;
  std::string start(kStart);
  start.replace(40, 16, "0000000100000000");
  const auto plain = open(start + std::string(kOctets) + std::string(kHeader), octets);
  ASSERT_FALSE(plain.ok());
  EXPECT_EQ(plain.error().kind(), ErrorKind::kTooLarge);
  // It is compressed, to LZMA, and unpacks to 16 MiB.
  const auto packed = open(std::string(kStart) + std::string(kOctets) +
                               "1706000109"
                               "0a00"
                               "070b010001230301010500000100000cf00000000100",
                           octets);
  ASSERT_FALSE(packed.ok());
  EXPECT_EQ(packed.error().kind(), ErrorKind::kTooLarge) << packed.error().message();
}

TEST(SevenZip, RefusesNumbersThatItsHeaderHasNoRoomFor) {
  // 100,000,000 members, folders or streams: libarchive would take 8 GiB for them.
  for (const std::string_view header : {
           "0105f000e1f505000000000000",              // files
           "01040600f000e1f5050000000000",            // packed streams
           "0104060001090100070bf000e1f50500000000",  // folders
       }) {
    Bytes octets;
    const auto archive =
        open(std::string(kStart) + std::string(kOctets) + std::string(header), octets);
    ASSERT_FALSE(archive.ok()) << header;
    EXPECT_NE(archive.error().message().find("room for"), std::string::npos)
        << archive.error().message();
  }
}

TEST(SevenZip, RefusesADictionaryBeyondWhatIsRead) {
  Bytes octets;
  // LZMA with a dictionary of 1 GiB.
  const auto archive = open(std::string(kStart) + std::string(kOctets) +
                                "0104060001090a00070b0100012303010105"
                                "5d00000040010c0a00000000000000",
                            octets);
  ASSERT_FALSE(archive.ok());
  EXPECT_EQ(archive.error().kind(), ErrorKind::kTooLarge) << archive.error().message();
}

}  // namespace
}  // namespace sally::formats
