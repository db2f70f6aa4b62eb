#include "verifier/log_verifier.h"

#include <gmock/gmock.h>

#include <random>

#include "support/temp_folder.h"
#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using sally::test::TempFolder;
using test::Signer;
using test::TestLog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

LogReport verify(const std::filesystem::path& folder, const TestLog& log, Policy policy = {}) {
  policy.log = log.signer.key;
  auto report = verify_log({.folder = folder, .policy = std::move(policy), .threads = 2});
  EXPECT_TRUE(report.ok());
  return report.ok() ? std::move(*report) : LogReport{};
}

std::string show(const LogReport& report) {
  std::string out;
  for (const Problem& one : report.problems) {
    out += one.file + ": " + one.what + "\n";
  }
  return out;
}

void flip(const std::filesystem::path& file, size_t byte, unsigned bit) {
  std::string bytes = test::read_text(file);
  bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
  test::write_file(file, bytes);
}

std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> out;
  for (const auto& one : std::filesystem::recursive_directory_iterator(folder)) {
    if (one.is_regular_file()) {
      out.push_back(one.path().lexically_relative(folder).generic_string());
    }
  }
  return out;
}

TEST(LogVerifier, FindsNothingWrongWithAGoodLogOfAnyShape) {
  TestLog log;
  log.add_numbered(66'000);
  for (const size_t size : {1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 65'536U, 66'000U}) {
    const TempFolder folder;
    log.write(folder.path(), size);
    const LogReport report = verify(folder.path(), log);
    EXPECT_TRUE(report.good()) << size << "\n" << show(report);
    EXPECT_EQ(report.entries, size);
    EXPECT_EQ(report.checkpoint.size, size);
    EXPECT_THAT(report.not_verified, IsEmpty()) << size;
  }
}

TEST(LogVerifier, ReadsAnEmptyLog) {
  const TempFolder folder;
  const TestLog log;
  EXPECT_TRUE(verify(folder.path(), log).good());
  log.write(folder.path(), 0);
  const LogReport report = verify(folder.path(), log);
  EXPECT_TRUE(report.good()) << show(report);
  EXPECT_TRUE(report.has_checkpoint);
}

TEST(LogVerifier, LocatesAFlippedBitInAnyFile) {
  TestLog log;
  log.add_numbered(600);
  const TempFolder folder;
  log.write(folder.path(), 600);
  std::mt19937 random(7);
  for (const std::string& file : files_below(folder.path())) {
    const size_t size = std::filesystem::file_size(folder.path() / file);
    for (size_t byte = 0; byte < size; byte += file == "checkpoint" ? 1 : 1 + random() % 97) {
      const unsigned bit = random() % 8;
      flip(folder.path() / file, byte, bit);
      const LogReport report = verify(folder.path(), log);
      ASSERT_FALSE(report.good()) << file << " byte " << byte << " bit " << bit;
      if (file != "checkpoint") {
        EXPECT_EQ(report.problem_count, 1U) << file << " byte " << byte << "\n" << show(report);
        EXPECT_EQ(report.problems[0].file, file);
        ASSERT_TRUE(report.problems[0].offset.has_value());
        const uint64_t offset = *report.problems[0].offset;
        EXPECT_LE(offset, byte) << file;
        EXPECT_LT(byte - offset, 64U) << file;
      } else {
        EXPECT_EQ(report.problems[0].file, "checkpoint");
      }
      flip(folder.path() / file, byte, bit);
    }
  }
  EXPECT_TRUE(verify(folder.path(), log).good());
}

TEST(LogVerifier, NamesTheEntryThatWasChanged) {
  TestLog log;
  log.add_numbered(66'000);
  const TempFolder folder;
  log.write(folder.path(), 66'000);
  const size_t entry = 40'000;
  const std::string path = tile_path(kBundles, entry / kTileWidth);
  std::string bytes = test::read_text(folder.path() / path);
  const size_t at = bytes.find("40000");
  bytes.replace(at, 5, "40001");
  test::write_file(folder.path() / path, bytes);
  const LogReport report = verify(folder.path(), log);
  ASSERT_EQ(report.problems.size(), 1U) << show(report);
  EXPECT_EQ(report.problems[0].entry, entry);
  EXPECT_EQ(report.problems[0].file, path);
  EXPECT_EQ(report.problems[0].expected, show_hash(log.leaves()[entry]));
  EXPECT_EQ(report.entries, 66'000U - 1);
}

TEST(LogVerifier, TellsAHashThatIsWrongFromAnEntryThatIs) {
  TestLog log;
  log.add_numbered(66'000);
  const TempFolder folder;
  log.write(folder.path(), 66'000);
  flip(folder.path() / tile_path(1, 0), 32 * 100, 3);
  flip(folder.path() / tile_path(0, 7), 32 * 5 + 1, 3);
  flip(folder.path() / tile_path(kBundles, 9), 10, 0);
  const LogReport report = verify(folder.path(), log);
  ASSERT_EQ(report.problems.size(), 3U) << show(report);
  EXPECT_EQ(report.problems[0].file, tile_path(0, 7));
  EXPECT_EQ(report.problems[0].entry, 7U * 256 + 5);
  EXPECT_EQ(report.problems[1].file, tile_path(kBundles, 9));
  EXPECT_EQ(report.problems[2].file, tile_path(1, 0));
  EXPECT_EQ(report.problems[2].offset, 32U * 100);
}

TEST(LogVerifier, SeesEntriesRewrittenTogetherWithTheirTiles) {
  TestLog log;
  log.add_numbered(70'000);
  const TempFolder folder;
  log.write(folder.path(), 70'000);
  TestLog forged;
  for (size_t i = 0; i < 70'000; ++i) {
    forged.add(i == 300 ? "forged" : log.entries()[i]);
  }
  const TempFolder other;
  forged.write(other.path(), 70'000);
  for (const std::string& path : {tile_path(kBundles, 1), tile_path(0, 1)}) {
    std::filesystem::copy_file(other.path() / path, folder.path() / path,
                               std::filesystem::copy_options::overwrite_existing);
  }
  LogReport report = verify(folder.path(), log);
  ASSERT_EQ(report.problems.size(), 1U) << show(report);
  EXPECT_EQ(report.problems[0].file, tile_path(0, 1));
  EXPECT_THAT(report.problems[0].what, HasSubstr("entries 256 to 511"));

  // And with every tile above them: then only the checkpoint speaks against it.
  std::filesystem::copy(
      other.path() / "tile", folder.path() / "tile",
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  report = verify(folder.path(), log);
  ASSERT_EQ(report.problems.size(), 1U) << show(report);
  EXPECT_EQ(report.problems[0].file, "checkpoint");
  EXPECT_EQ(report.problems[0].found, show_hash(forged.root(0, 70'000)));
}

TEST(LogVerifier, SaysWhichFilesAreMissing) {
  TestLog log;
  log.add_numbered(1'000);
  const TempFolder folder;
  log.write(folder.path(), 1'000);
  std::filesystem::remove(folder.path() / tile_path(0, 1));
  std::filesystem::remove(folder.path() / tile_path(kBundles, 3, 232));
  const LogReport report = verify(folder.path(), log);
  ASSERT_EQ(report.problems.size(), 2U) << show(report);
  EXPECT_EQ(report.problems[0].file, tile_path(0, 1));
  EXPECT_THAT(report.problems[0].what, HasSubstr("entries 256 to 511"));
  EXPECT_EQ(report.problems[1].file, tile_path(kBundles, 3, 232));
  EXPECT_THAT(report.problems[1].what, HasSubstr("entries 768 to 999"));
  EXPECT_EQ(report.entries, 768U);
}

TEST(LogVerifier, AcceptsWhatWasPrunedOnlyBelowTheMinimumIndex) {
  TestLog log;
  log.add_numbered(66'000);
  const TempFolder folder;
  log.write(folder.path(), 66'000);
  for (uint64_t i = 0; i < 4; ++i) {
    std::filesystem::remove(folder.path() / tile_path(0, i));
    std::filesystem::remove(folder.path() / tile_path(kBundles, i));
  }
  auto report = verify_log({.folder = folder.path(),
                            .policy = {.log = log.signer.key},
                            .minimum_index = 1'100,
                            .threads = 1});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->good()) << show(*report);
  EXPECT_EQ(report->pruned, 1'024U);
  EXPECT_EQ(report->entries, 66'000U - 1'024);
  EXPECT_THAT(report->not_verified, ElementsAre(HasSubstr("1024 entries before entry 1100")));
  report = verify_log({.folder = folder.path(),
                       .policy = {.log = log.signer.key},
                       .minimum_index = 1'023,
                       .threads = 1});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->problem_count, 2U) << show(*report);

  // Without being told, it takes the log's word for it, and says so.
  EXPECT_EQ(verify(folder.path(), log).problem_count, 8U);
  test::write_file(folder.path() / "pruned", "1024\n");
  const LogReport own = verify(folder.path(), log);
  EXPECT_TRUE(own.good()) << show(own);
  EXPECT_THAT(own.not_verified, ElementsAre(HasSubstr("by the log's own word")));
  for (const char* bad : {"", "66001\n", "1024\n\n", "x"}) {
    test::write_file(folder.path() / "pruned", bad);
    EXPECT_FALSE(verify(folder.path(), log).good()) << bad;
  }
}

TEST(LogVerifier, ReadsALogThatWentOnSinceItsCheckpoint) {
  TestLog log;
  log.add_numbered(600);
  const TempFolder folder;
  log.write(folder.path(), 600);
  test::write_file(folder.path() / "checkpoint", log.checkpoint(400));
  const LogReport report = verify(folder.path(), log);
  EXPECT_TRUE(report.good()) << show(report);
  EXPECT_EQ(report.entries, 400U);
  EXPECT_THAT(report.not_verified, ElementsAre(HasSubstr("does not cover")));
}

TEST(LogVerifier, ChecksThePartialTilesThatStayed) {
  TestLog log;
  log.add_numbered(600);
  const TempFolder folder;
  log.write(folder.path(), 300);
  log.write(folder.path(), 600);
  EXPECT_TRUE(verify(folder.path(), log).good());
  for (const int level : {kBundles, 0}) {
    const std::string path = tile_path(level, 1, 44);
    flip(folder.path() / path, 77, 1);
    const LogReport report = verify(folder.path(), log);
    ASSERT_EQ(report.problems.size(), 1U) << show(report);
    EXPECT_EQ(report.problems[0].file, path);
    EXPECT_EQ(report.problems[0].offset, 77U);
    flip(folder.path() / path, 77, 1);
  }
}

TEST(LogVerifier, CountsWitnessesAndSaysWhoIsUnknown) {
  TestLog log;
  log.add_numbered(10);
  const TempFolder folder;
  log.write(folder.path(), 10);
  const Signer one = Signer::make("w.test/1", KeyType::kCosignature, '1');
  const Signer two = Signer::make("w.test/2", KeyType::kCosignature, '2');
  const std::string text = log.text(10);
  test::write_file(folder.path() / "checkpoint",
                   log.checkpoint(10) + one.line(text, 1'700'000'000) + two.line(text, 5));
  LogReport report = verify(folder.path(), log, {.witnesses = {one.key}, .quorum = 1});
  EXPECT_TRUE(report.good()) << show(report);
  EXPECT_EQ(report.signatures.cosigned, 1U);
  EXPECT_EQ(report.signatures.latest_time(), 1'700'000'000U);
  EXPECT_THAT(report.not_verified, ElementsAre(HasSubstr("w.test/2")));

  test::write_file(folder.path() / "checkpoint", log.checkpoint(10) + two.line(text, 5));
  report = verify(folder.path(), log, {.witnesses = {one.key, two.key}, .quorum = 2});
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].what, "cosigned by 1 of the 2 witnesses needed");
}

TEST(LogVerifier, RefusesACheckpointOfAnotherKey) {
  TestLog log;
  log.add_numbered(10);
  const TempFolder folder;
  log.write(folder.path(), 10);
  const TestLog other('x');
  const LogReport report = verify(folder.path(), other);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].what, "not signed with the log's key");
  EXPECT_EQ(report.entries, 10U) << "what can be looked at is looked at all the same";
}

TEST(LogVerifier, EndsWhereTheCheckpointClaimsASizeWithoutEnd) {
  TestLog log;
  log.add_numbered(300);
  const TempFolder folder;
  log.write(folder.path(), 300);
  for (const char* size : {"18446744073709551615", "9223372036854775808", "72057594037927936"}) {
    const std::string text =
        log.signer.key.name() + "\n" + size + "\n" + show_hash(log.root(0, 300)) + "\n";
    test::write_file(folder.path() / "checkpoint", text + "\n" + log.signer.line(text));
    EXPECT_FALSE(verify(folder.path(), log).good());
  }
}

TEST(LogVerifier, SaysThatNobodysSignatureWasLookedAtWithoutAKey) {
  TestLog log;
  log.add_numbered(3);
  const TempFolder folder;
  log.write(folder.path(), 3);
  const auto report = verify_log({.folder = folder.path(), .policy = {}});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->good());
  EXPECT_THAT(report->not_verified, testing::Contains(HasSubstr("no key was given")));
}

}  // namespace
}  // namespace sally::verifier
