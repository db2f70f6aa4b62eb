#include "base/new_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace sally {
namespace {

namespace fs = std::filesystem;

class NewFileTest : public testing::Test {
 protected:
  NewFileTest() : folder_(testing::TempDir() + "new_file." + std::to_string(::getpid())) {
    fs::create_directories(folder_);
  }
  ~NewFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string at(const std::string& name) const { return folder_ / name; }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  static void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

  static Result<> write(const std::string& path, std::string_view text) {
    TRY(NewFile file, NewFile::create(path));
    TRY_OK(file.write(text));
    return file.put_in_place();
  }

  fs::path folder_;
};

TEST_F(NewFileTest, StandsThereWholeAtTheEndOnly) {
  put(at("a"), "old");
  auto file = NewFile::create(at("a"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->write("new").ok());
  EXPECT_EQ(text_of(at("a")), "old");
  ASSERT_TRUE(file->put_in_place().ok());
  EXPECT_EQ(text_of(at("a")), "new");
  EXPECT_FALSE(fs::exists(at("a.new")));
}

TEST_F(NewFileTest, LeavesNothingWhereItWasNotFinished) {
  {
    auto file = NewFile::create(at("a"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->write("half").ok());
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(NewFileTest, FollowsNoLink) {
  put(at("kept"), "kept");
  fs::create_symlink("kept", at("a"));
  fs::create_symlink("kept", at("a.new"));
  ASSERT_TRUE(write(at("a"), "new").ok());
  EXPECT_EQ(text_of(at("kept")), "kept");
  EXPECT_EQ(text_of(at("a")), "new");
  EXPECT_FALSE(fs::is_symlink(at("a")));
}

TEST_F(NewFileTest, HasTheAccessItIsGiven) {
  auto file = NewFile::create(at("a"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(file->set_mode(0640).ok());
  ASSERT_TRUE(file->put_in_place().ok());
  struct stat status{};
  ASSERT_EQ(::stat(at("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(NewFileTest, SaysWhereItCannotBeMade) {
  const auto file = NewFile::create(at("nowhere/a"));
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().kind(), ErrorKind::kIo);
  fs::create_directories(at("b.new"));
  EXPECT_FALSE(NewFile::create(at("b")).ok());
}

}  // namespace
}  // namespace sally
