#include "formats/tar/tar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace sally::formats {
namespace {

std::string octal(uint64_t value, size_t width) {
  std::string out(width - 1, '0');
  for (size_t i = out.size(); i-- > 0 && value != 0; value /= 8) {
    out[i] = static_cast<char>('0' + value % 8);
  }
  return out + '\0';
}

// A header with its checksum.
std::string header(std::string_view name, uint64_t size, char type = '0',
                   std::string_view link = {}) {
  std::string block(512, '\0');
  const auto put = [&](size_t at, std::string_view text) { block.replace(at, text.size(), text); };
  put(0, name);
  put(124, octal(size, 12));
  put(148, "        ");
  block[156] = type;
  put(157, link);
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char octet : block) {
    sum += static_cast<unsigned char>(octet);
  }
  put(148, octal(sum, 8));
  return block;
}

std::string padded(std::string_view text) {
  std::string out(text);
  out.resize((out.size() + 511) / 512 * 512, '\0');
  return out;
}

std::string file(std::string_view name, std::string_view octets) {
  return header(name, octets.size()) + padded(octets);
}

std::string pax(std::string_view records) {
  return header("pax", records.size(), 'x') + padded(records);
}

const std::string kEnd(1024, '\0');

TarContents read(std::string_view octets) {
  const MemoryInput input(octets);
  return read_tar(input, {});
}

std::string octets_of(std::string_view archive, const TarMember& member) {
  const MemoryInput input(archive);
  const TarFile octets(input, member);
  return read_all(octets, 1 << 20).value_or("unreadable");
}

bool remarks(const TarContents& contents, TarOddity what) {
  return std::ranges::any_of(contents.remarks,
                             [&](const TarRemark& remark) { return remark.what == what; });
}

TEST(Tar, ReadsMembersAndHasNothingToSay) {
  const std::string tar =
      file("a", "first") + header("l", 0, '2', "a") + file("b", "second") + kEnd;
  ASSERT_TRUE(may_be_tar(as_bytes(tar)));
  const TarContents contents = read(tar);
  EXPECT_TRUE(contents.remarks.empty());
  ASSERT_EQ(contents.members.size(), 3U);
  EXPECT_EQ(octets_of(tar, contents.members[0]), "first");
  EXPECT_TRUE(contents.members[1].is_symbolic_link());
  EXPECT_EQ(contents.members[1].link, "a");
  EXPECT_EQ(octets_of(tar, contents.members[2]), "second");
}

TEST(Tar, ReadsLongNames) {
  const std::string name(200, 'n');
  const std::string gnu =
      header("././@LongLink", name.size() + 1, 'L') + padded(name) + file("short", "octets") + kEnd;
  ASSERT_EQ(read(gnu).members.size(), 1U);
  EXPECT_EQ(read(gnu).members[0].name, name);
  const std::string posix = pax("15 path=folder\n13 foo=bar=b\n") + file("short", "octets") + kEnd;
  ASSERT_EQ(read(posix).members.size(), 1U);
  EXPECT_EQ(read(posix).members[0].name, "folder");
}

TEST(Tar, ReadsBothOfTwoSizes) {
  // By the pax header nothing stands between; by the other, the second member is octets.
  const std::string tar =
      pax("9 size=0\n") + header("outer", 1024) + file("inner", "octets") + file("b", "2") + kEnd;
  const TarContents contents = read(tar);
  EXPECT_TRUE(remarks(contents, TarOddity::kSizesDiffer));
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(contents.members,
                               [&](const TarMember& member) { return member.name == name; });
  };
  EXPECT_TRUE(has("inner"));
  EXPECT_TRUE(has("b"));
}

TEST(Tar, FindsMembersAfterTheEnd) {
  const std::string tar = file("a", "1") + kEnd + file("b", "2") + kEnd;
  const TarContents contents = read(tar);
  EXPECT_TRUE(remarks(contents, TarOddity::kAfterEnd));
  EXPECT_EQ(contents.members.size(), 2U);
}

TEST(Tar, ReadsNumbersAsPythonDoes) {
  for (const std::string_view size :
       {"+0000000006", "0o000000006", "0000_000_006", " 6         "}) {
    std::string block = header("a", 6);
    block.replace(124, 12, std::string(12, '\0'));
    block.replace(124, size.size(), size);
    unsigned sum = 0;
    for (size_t i = 0; i < block.size(); ++i) {
      sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
    }
    block.replace(148, 8, octal(sum, 8));
    std::string tar = block;
    tar.append(padded("octets")).append(file("b", "2")).append(kEnd);
    const TarContents contents = read(tar);
    ASSERT_EQ(contents.members.size(), 2U) << size;
    EXPECT_EQ(octets_of(tar, contents.members[0]), "octets") << size;
  }
}

TEST(Tar, TellsOfOctetsAfterTheEnd) {
  const std::string tar = file("a", "1") + kEnd;
  EXPECT_FALSE(remarks(read(tar), TarOddity::kExtra));
  EXPECT_TRUE(remarks(read(tar + "less than a block"), TarOddity::kExtra));
  EXPECT_TRUE(remarks(read(tar + std::string(2000, 'x')), TarOddity::kExtra));
}

TEST(Tar, GivesTheZerosOfSparseFiles) {
  for (const std::string_view kind :
       {"sparse_gnu", "sparse_pax00", "sparse_pax01", "sparse_pax10"}) {
    std::ifstream in("tests/fuzz/corpus/tar_fuzz/" + std::string(kind), std::ios::binary);
    const std::string tar{std::istreambuf_iterator<char>(in), {}};
    const TarContents contents = read(tar);
    ASSERT_EQ(contents.members.size(), 1U) << kind;
    EXPECT_EQ(contents.members[0].name, "s") << kind;
    const std::string octets = octets_of(tar, contents.members[0]);
    EXPECT_EQ(octets.size(), 100'003U) << kind;
    EXPECT_TRUE(octets.starts_with("begin")) << kind;
    EXPECT_TRUE(octets.ends_with("end")) << kind;
    EXPECT_EQ(std::ranges::count(octets, '\0'), 100'003 - 8) << kind;
  }
}

TEST(Tar, CountsAgainstItsLimits) {
  const std::string tar = file("a", "1") + file("b", "2") + file("c", "3") + kEnd;
  const MemoryInput input(tar);
  const TarContents few = read_tar(input, {.members = 2});
  ASSERT_TRUE(few.unread);
  EXPECT_EQ(few.members.size(), 2U);
  EXPECT_TRUE(read_tar(input, {.names = 2}).unread);
}

TEST(Tar, GivesWhatIsThereWhereverItIsCut) {
  const std::string tar = pax("9 path=p\n") + file("a", "octets of the file") + file("b", "2");
  for (size_t length = 0; length < tar.size(); ++length) {
    const std::string_view cut = std::string_view(tar).substr(0, length);
    const TarContents contents = read(cut);
    for (const TarMember& member : contents.members) {
      EXPECT_NE(octets_of(cut, member), "unreadable") << length;
    }
  }
}

TEST(Tar, IsNotEveryTextNorZeros) {
  EXPECT_FALSE(may_be_tar(as_bytes(std::string(1024, '\0'))));
  EXPECT_FALSE(may_be_tar(as_bytes(std::string(1024, 'a'))));
  EXPECT_FALSE(may_be_tar({}));
}

}  // namespace
}  // namespace sally::formats
