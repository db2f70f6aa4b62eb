#include "crypto/keyfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "base/encoding.h"
#include "support/temp_folder.h"

namespace sally::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeyFile : public testing::Test {
 protected:
  void write(std::string_view text, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary) << text;
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }
  Error refusal() {
    const auto key = read_key_file(path_);
    EXPECT_FALSE(key.ok());
    return key.ok() ? Error(ErrorKind::kInternal, "it was read") : key.error();
  }

  test::TempFolder folder_;
  const std::string path_ = folder_.file("pepper.key");
  const std::string line_ = std::string(64, 'a') + "\n";
  SeededRandom random_{1};
};

TEST_F(KeyFile, WhatWasMadeIsRead) {
  const auto made = create_key_file(path_, random_);
  ASSERT_TRUE(made.ok()) << made.error().to_string();
  EXPECT_EQ(made->size(), kKeyFileBytes);
  const auto read = read_key_file(path_);
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_TRUE(*read == *made);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(KeyFile, AnExistingFileIsNeverOverwritten) {
  write("precious");
  const auto made = create_key_file(path_, random_);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind(), ErrorKind::kConflict);
  std::ifstream stream(path_);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(content, "precious");
}

TEST_F(KeyFile, ADanglingLinkIsNotFollowed) {
  std::filesystem::create_symlink(folder_.file("elsewhere"), path_);
  EXPECT_FALSE(create_key_file(path_, random_).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_.file("elsewhere")));
}

TEST_F(KeyFile, AnyWiderModeIsRefused) {
  for (const mode_t mode : {0601U, 0602U, 0604U, 0610U, 0620U, 0640U, 0644U, 0777U}) {
    write(line_, mode);
    const Error error = refusal();
    EXPECT_EQ(error.kind(), ErrorKind::kDenied);
    EXPECT_THAT(error.hint(), HasSubstr("chmod 600"));
  }
  write(line_, 0400);
  EXPECT_TRUE(read_key_file(path_).ok());
}

TEST_F(KeyFile, OnlyOneLineOfSixtyFourDigitsIsAKey) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string(64, 'a'), line_ + "\n", " " + line_,
        std::string(64, 'g') + "\n", std::string(62, 'a') + "\n", std::string(66, 'a') + "\n",
        std::string(32, '\x01'), std::string(63, 'a') + '\0' + "\n", std::string(5000, 'a')}) {
    write(text);
    const Error error = refusal();
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << text;
    EXPECT_THAT(error.to_string(), Not(HasSubstr("aaa"))) << "no part of it is shown";
  }
}

TEST_F(KeyFile, TruncatedAtEveryByteIsRefused) {
  for (size_t length = 0; length < line_.size(); ++length) {
    write(std::string_view(line_).substr(0, length));
    EXPECT_EQ(refusal().kind(), ErrorKind::kCorrupt) << length;
  }
}

TEST_F(KeyFile, WhatIsNoFileIsRefused) {
  EXPECT_EQ(refusal().kind(), ErrorKind::kNotFound);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(refusal().kind(), ErrorKind::kDenied);
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(refusal().kind(), ErrorKind::kDenied) << "and does not wait for a writer";
  EXPECT_EQ(create_key_file(folder_.file("no/such/folder"), random_).error().kind(),
            ErrorKind::kIo);
}

}  // namespace
}  // namespace sally::crypto
