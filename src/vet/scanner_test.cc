#include "vet/scanner.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "support/temp_folder.h"

namespace sally::vet {
namespace {

namespace fs = std::filesystem;

class Listed : public ::testing::Test {
 protected:
  void write(const std::string& name) {
    const fs::path path = fs::path(folder_.path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }
  std::vector<std::string> names(const std::vector<std::string>& without = {}) {
    std::vector<std::string> out;
    for (const std::string& file : list_files({folder_.path()}, without).files) {
      out.push_back(fs::relative(file, folder_.path()).string());
    }
    return out;
  }

  test::TempFolder folder_;
};

TEST_F(Listed, FilesOfAllFoldersSortedAndEachOnce) {
  write("b/c");
  write("a");
  write(".git/config");
  EXPECT_EQ(names(), (std::vector<std::string>{"a", "b/c"}));
  const Listing twice = list_files({folder_.path(), folder_.path().string() + "//a"});
  EXPECT_EQ(twice.files.size(), 2U);
}

TEST_F(Listed, LinksAndPipesOfFoldersAreLeftOut) {
  write("a");
  fs::create_symlink("/etc", fs::path(folder_.path()) / "link");
  fs::create_symlink("a", fs::path(folder_.path()) / "same");
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
}

TEST_F(Listed, WhatAGlobMeansIsLeftOut) {
  write("a.md");
  write("deep/tests/x");
  write("deep/y");
  EXPECT_EQ(names({"*.md", "tests"}), (std::vector<std::string>{"deep/y"}));
}

TEST_F(Listed, AFolderThatCannotBeListedIsToldAndTheOthersAreRead) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may list every folder";
  }
  write("a");
  write("closed/b");
  write("open/c");
  fs::permissions(fs::path(folder_.path()) / "closed", fs::perms::none);
  const Listing listing = list_files({folder_.path()});
  EXPECT_EQ(listing.files.size(), 2U);
  ASSERT_EQ(listing.missing.size(), 1U);
  EXPECT_EQ(listing.missing[0].verdict(), Verdict::kUnreadable);
  fs::permissions(fs::path(folder_.path()) / "closed", fs::perms::owner_all);
}

TEST(Scanned, AFileThatIsNotThereIsUnreadable) {
  const SystemClock clock;
  const Target target = scan_file("/nonexistent/model.pkl", {}, {.clock = clock});
  EXPECT_EQ(target.verdict(), Verdict::kUnreadable);
  ASSERT_EQ(target.findings.size(), 1U);
  EXPECT_EQ(target.findings[0].rule, RuleId::kNoFile);
}

TEST(ScanFile, TellsOfFindingsThatAreNotListed) {
  const test::TempFolder folder;
  const std::string file = folder.file("model.pkl");
  std::ofstream(file) << "cos\nsystem\n(S'id'\ntR0cos\npopen\n(S'id'\ntR.";
  const SystemClock clock;
  const Target target = scan_file(file, {.limits = {.findings = 1}}, Services{.clock = clock});
  ASSERT_EQ(target.findings.size(), 2U);
  EXPECT_TRUE(std::ranges::any_of(target.findings, [](const Finding& finding) {
    return finding.rule == RuleId::kUnlisted && finding.severity == Severity::kCritical;
  }));
}

}  // namespace
}  // namespace sally::vet
