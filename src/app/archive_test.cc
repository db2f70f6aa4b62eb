#include "app/archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_folder.h"

namespace sally::app {
namespace {

namespace fs = std::filesystem;

void spew(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}
std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Archive : public testing::Test {
 protected:
  std::string packed() {
    spew(from_.path() / "a/one", "first");
    spew(from_.path() / "a/b/two.p/7", std::string(100'000, 'x'));
    spew(from_.path() / "empty", "");
    std::string out;
    ArchiveWriter writer([&](ByteView bytes) {
      out += as_text(bytes);
      return ok();
    });
    EXPECT_TRUE(writer.add("note", "text").ok());
    EXPECT_TRUE(writer.add_folder("log", from_.path() / "a").ok());
    EXPECT_TRUE(writer.add_folder("none", from_.path() / "none").ok());
    EXPECT_TRUE(writer.add_file("empty", from_.path() / "empty").ok());
    EXPECT_TRUE(writer.add_file("gone", from_.path() / "gone").ok());
    EXPECT_TRUE(writer.finish().ok());
    EXPECT_EQ(writer.files(), 4U);
    return out;
  }
  static Result<Extracted> unpack(std::string_view bytes, const fs::path& folder) {
    return extract(
        [&bytes](MutableBytes into) -> Result<size_t> {
          const size_t part = std::min(into.size(), bytes.size());
          std::ranges::copy(as_bytes(bytes.substr(0, part)), into.begin());
          bytes.remove_prefix(part);
          return part;
        },
        folder);
  }
  static bool is_corrupt(std::string_view bytes) {
    const test::TempFolder into;
    const auto out = unpack(bytes, into.path());
    return !out.ok() && out.error().kind() == ErrorKind::kCorrupt;
  }
  static std::string entry(std::string_view name, std::string_view bytes) {
    std::string out = "F";
    out += static_cast<char>(name.size() >> 8);
    out += static_cast<char>(name.size());
    out += name;
    out += std::string(7, '\0') + static_cast<char>(bytes.size());
    return out + std::string(bytes);
  }

  test::TempFolder from_;
};

TEST_F(Archive, WhatWasPackedIsUnpackedForItsOwnerAlone) {
  const test::TempFolder into;
  const auto out = unpack(packed(), into.path());
  ASSERT_TRUE(out.ok()) << out.error().to_string();
  EXPECT_EQ(out->files, 4U);
  EXPECT_EQ(slurp(into.path() / "note"), "text");
  EXPECT_EQ(slurp(into.path() / "log/one"), "first");
  EXPECT_EQ(slurp(into.path() / "log/b/two.p/7"), std::string(100'000, 'x'));
  EXPECT_EQ(fs::file_size(into.path() / "empty"), 0U);
  EXPECT_EQ(fs::status(into.path() / "note").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Archive, OneThatIsCutOffIsNoticed) {
  const std::string whole = packed();
  for (size_t length = 0; length < whole.size(); length += length < 100 ? 1 : 4'999) {
    EXPECT_TRUE(is_corrupt(std::string_view(whole).substr(0, length))) << length;
  }
  EXPECT_TRUE(is_corrupt(whole + "E"));
}

TEST_F(Archive, NoFileIsWrittenOutsideTheFolder) {
  EXPECT_FALSE(is_corrupt(entry("a/b", "x") + "E"));
  for (const std::string name :
       {"../a", "/etc/passwd", "a/../../b", "a//b", "a/", "", ".", "a\nb", "a b", "\\a"}) {
    EXPECT_TRUE(is_corrupt(entry(name, "x") + "E")) << name;
  }
  EXPECT_TRUE(is_corrupt(entry("a", "x") + entry("a", "y") + "E")) << "twice";
  EXPECT_TRUE(is_corrupt("X"));
}

}  // namespace
}  // namespace sally::app
