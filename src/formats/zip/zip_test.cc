#include "formats/zip/zip.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "formats/zip/test_zip.h"

namespace sally::formats {
namespace {

ZipContents read(std::string_view octets) {
  const MemoryInput input(octets);
  return read_zip(input, {});
}

bool remarks(const ZipContents& contents, ZipOddity what) {
  return std::ranges::any_of(contents.remarks,
                             [&](const ZipRemark& remark) { return remark.what == what; });
}

std::string octets_of(std::string_view whole, const ZipMember& member) {
  return std::string(whole.substr(member.data, member.packed));
}

TEST(Zip, ReadsMembersAndHasNothingToSay) {
  const std::string zip =
      zip_of({{.name = "a.txt", .octets = "first"}, {.name = "folder/b.txt", .octets = "second"}});
  const ZipContents contents = read(zip);
  EXPECT_FALSE(contents.unread);
  EXPECT_TRUE(contents.remarks.empty());
  ASSERT_EQ(contents.members.size(), 2U);
  EXPECT_EQ(contents.members[0].name, "a.txt");
  EXPECT_EQ(octets_of(zip, contents.members[0]), "first");
  EXPECT_EQ(octets_of(zip, contents.members[1]), "second");
  EXPECT_TRUE(contents.members[1].listed);
}

TEST(Zip, ReadsAnEmptyArchive) {
  const ZipContents contents = read(zip_of({}));
  EXPECT_TRUE(contents.members.empty());
  EXPECT_TRUE(contents.remarks.empty());
}

TEST(Zip, TellsWhereTheDirectoryAndTheLocalHeaderDiffer) {
  const auto says = [](const TestMember& member, ZipOddity what) {
    const ZipContents contents = read(zip_of({member}));
    return remarks(contents, what);
  };
  const TestMember plain{.name = "a.pkl", .octets = "octets"};
  TestMember changed = plain;
  changed.listed_name = "a.txt";
  EXPECT_TRUE(says(changed, ZipOddity::kNamesDiffer));
  changed = plain;
  changed.listed_method = kZipDeflated;
  EXPECT_TRUE(says(changed, ZipOddity::kMethodsDiffer));
  changed = plain;
  changed.listed_flags = kZipEncrypted;
  EXPECT_TRUE(says(changed, ZipOddity::kFlagsDiffer));
  changed = plain;
  changed.listed_crc = 7;
  EXPECT_TRUE(says(changed, ZipOddity::kChecksumsDiffer));
  changed = plain;
  changed.listed_size = 3;
  EXPECT_TRUE(says(changed, ZipOddity::kSizesDiffer));
  changed = plain;
  changed.name = std::string("a.pkl\0.txt", 10);
  EXPECT_TRUE(says(changed, ZipOddity::kNulInName));
}

TEST(Zip, GivesAMemberUnderBothOfItsNames) {
  const ZipContents contents =
      read(zip_of({{.name = "data.pkl", .octets = "octets", .listed_name = "data.txt"}}));
  ASSERT_EQ(contents.members.size(), 2U);
  EXPECT_EQ(contents.members[0].data, contents.members[1].data);
  EXPECT_NE(contents.members[0].name, contents.members[1].name);
}

TEST(Zip, FindsMembersThatNoDirectoryNames) {
  const std::string zip = zip_of({{.name = "seen", .octets = "1"},
                                  {.name = "hidden", .octets = "octets", .is_listed = false},
                                  {.name = "last", .octets = "2"}});
  const ZipContents contents = read(zip);
  EXPECT_TRUE(remarks(contents, ZipOddity::kHidden));
  ASSERT_EQ(contents.members.size(), 3U);
  EXPECT_EQ(contents.members[1].name, "hidden");
  EXPECT_EQ(octets_of(zip, contents.members[1]), "octets");
  EXPECT_FALSE(contents.members[1].listed);
}

TEST(Zip, ReadsAnArchiveBehindSomethingElse) {
  const std::string zip = zip_of({{.name = "a", .octets = "octets"}});
  const std::string whole = "#!/bin/sh\nexit 0 # and enough of it\n" + zip;
  const ZipContents contents = read(whole);
  ASSERT_EQ(contents.members.size(), 1U);
  EXPECT_EQ(octets_of(whole, contents.members[0]), "octets");
  EXPECT_TRUE(remarks(contents, ZipOddity::kExtra));
  const MemoryInput input(whole);
  EXPECT_TRUE(may_be_zip(input, as_bytes(whole).first(16)));
}

TEST(Zip, ReadsBothOfTwoArchivesThatStandInARow) {
  const std::string whole =
      zip_of({{.name = "first", .octets = "1"}}) + zip_of({{.name = "second", .octets = "2"}});
  const ZipContents contents = read(whole);
  ASSERT_EQ(contents.members.size(), 2U);
  EXPECT_TRUE(remarks(contents, ZipOddity::kTwoDirectories));
}

TEST(Zip, KnowsTheDirectoryOfAMemberFromItsOwn) {
  const std::string inner = zip_of({{.name = "inner", .octets = "1"}});
  const ZipContents contents = read(zip_of({{.name = "inner.zip", .octets = inner}}));
  ASSERT_EQ(contents.members.size(), 1U);
  EXPECT_TRUE(contents.remarks.empty());
}

TEST(Zip, ReadsLocalHeadersWhereThereIsNoDirectory) {
  const std::string zip = zip_of({{.name = "a", .octets = "octets"}});
  const std::string cut = zip.substr(0, zip.find("PK\x01\x02"));
  const ZipContents contents = read(cut);
  ASSERT_EQ(contents.members.size(), 1U);
  EXPECT_EQ(octets_of(cut, contents.members[0]), "octets");
  EXPECT_TRUE(remarks(contents, ZipOddity::kNoDirectory));
}

TEST(Zip, FindsMembersInTheComment) {
  std::string zip = zip_of({{.name = "a", .octets = "1"}});
  const std::string other = zip_of({{.name = "b", .octets = "2"}});
  const std::string comment = other.substr(0, other.find("PK\x01\x02"));
  zip[zip.size() - 2] = static_cast<char>(comment.size());
  const ZipContents contents = read(zip + comment);
  ASSERT_EQ(contents.members.size(), 2U);
  EXPECT_EQ(contents.members[1].name, "b");
}

TEST(Zip, GivesOctetsThatAreOfNoMember) {
  std::string zip = zip_of({{.name = "a", .octets = "1"}});
  const std::string comment = "a comment, and long enough for something";
  zip[zip.size() - 2] = static_cast<char>(comment.size());
  const std::string whole = "something that stands before it all" + zip + comment;
  const ZipContents contents = read(whole);
  std::vector<std::string> outside;
  for (const ZipStretch& stretch : contents.outside) {
    outside.push_back(whole.substr(stretch.offset, stretch.length));
  }
  std::ranges::sort(outside);
  EXPECT_EQ(outside, (std::vector<std::string>{comment, "something that stands before it all"}));
}

TEST(Zip, TellsOfMembersThatShareOctets) {
  std::string zip = zip_of({{.name = "wide", .octets = zip_of({{.name = "in", .octets = "1"}})},
                            {.name = "b", .octets = "2"}});
  // The second entry of the directory begins within the first member.
  const size_t entry = zip.rfind("PK\x01\x02");
  const uint32_t offset = static_cast<uint32_t>(zip.find("PK\x03\x04", 4));
  std::memcpy(zip.data() + entry + 42, &offset, sizeof offset);
  EXPECT_TRUE(remarks(read(zip), ZipOddity::kOverlap));
}

TEST(Zip, CountsAgainstItsLimits) {
  std::vector<TestMember> members;
  for (int i = 0; i < 20; ++i) {
    members.push_back({.name = "member" + std::to_string(i), .octets = "1"});
  }
  const std::string zip = zip_of(members);
  const MemoryInput input(zip);
  const ZipContents few = read_zip(input, {.members = 10});
  ASSERT_TRUE(few.unread);
  EXPECT_EQ(few.unread->kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(few.members.size(), 10U);
  EXPECT_TRUE(read_zip(input, {.names = 50}).unread);
}

TEST(Zip, SaysSomethingWhereverItIsCut) {
  const std::string zip = zip_of({{.name = "a", .octets = "octets"}, {.name = "b", .octets = "2"}});
  for (size_t length = 4; length < zip.size(); ++length) {
    const ZipContents contents = read(std::string_view(zip).substr(0, length));
    EXPECT_TRUE(contents.unread || !contents.remarks.empty()) << length;
  }
}

}  // namespace
}  // namespace sally::formats
