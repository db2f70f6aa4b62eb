#include "app/log_archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "ledger/ledger.h"
#include "ledger/log_reader.h"
#include "support/temp_folder.h"
#include "verifier/log_verifier.h"

namespace sally::app {
namespace {

class LogArchive : public testing::Test {
 protected:
  static crypto::Ed25519PrivateKey key() {
    return *crypto::Ed25519PrivateKey::from_seed(Secret(std::string(32, 'k')));
  }
  std::unique_ptr<ledger::Ledger> open(const std::filesystem::path& folder) {
    // Small segments, so that the journal moves on while a backup is made.
    auto made = ledger::Ledger::open(
        {.folder = folder, .origin = "example.test/gate", .segment_bytes = 4'096}, key(), clock_,
        log_);
    EXPECT_TRUE(made.ok()) << made.error().to_string();
    return *std::move(made);
  }
  static void append(ledger::Ledger& ledger, int count) {
    const std::string entry(100, 'e');
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(ledger.append(entry).ok());
    }
    ASSERT_TRUE(ledger.flush().ok());
  }
  // What comes out of `archive`, in a folder: a log that verifies, of at least `entries`, on which
  // a ledger goes on.
  void expect_whole(std::string_view archive, uint64_t entries) {
    const test::TempFolder into;
    const auto extracted = extract(
        [&archive](MutableBytes to) -> Result<size_t> {
          const size_t part = std::min(to.size(), archive.size());
          std::ranges::copy(as_bytes(archive.substr(0, part)), to.begin());
          archive.remove_prefix(part);
          return part;
        },
        into.path());
    ASSERT_TRUE(extracted.ok()) << extracted.error().to_string();
    verifier::VerifyOptions asked{.folder = into.path() / "log"};
    auto log_key = verifier::VerifierKey::parse(vkey_);
    ASSERT_TRUE(log_key.ok());
    asked.policy.log = *log_key;
    const auto report = verifier::verify_log(asked);
    ASSERT_TRUE(report.ok());
    for (const verifier::Problem& problem : report->problems) {
      ADD_FAILURE() << problem.file << ": " << problem.what;
    }
    EXPECT_GE(report->checkpoint.size, entries);
    const auto again = open(into.path() / "log");
    ASSERT_NE(again, nullptr);
    EXPECT_GE(again->append("one more").value_or(0), entries);
  }

  test::TempFolder folder_;
  const SystemClock clock_;
  Logger log_{::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
              clock_};
  std::string vkey_;
};

TEST_F(LogArchive, ALogThatMovesOnMeanwhileIsWhole) {
  // From which of the archive's files on the log goes on, over the end of a tile.
  for (const std::string_view from : {"log/checkpoint", "log/journal/", "log/tile/"}) {
    const test::TempFolder folder;
    const auto ledger = open(folder.path());
    vkey_ = ledger->verifier_key().to_string();
    append(*ledger, 300);
    std::string archive;
    int moves = 0;
    ArchiveWriter writer([&](ByteView bytes) {
      archive += as_text(bytes);
      if (archive.find(from) != std::string::npos && moves < 8) {
        ++moves;
        append(*ledger, 300);
      }
      return ok();
    });
    const auto added = add_log(writer, "log", folder.path());
    ASSERT_TRUE(added.ok()) << added.error().to_string();
    ASSERT_TRUE(writer.finish().ok());
    EXPECT_EQ(moves, 8) << from;
    expect_whole(archive, 300);
  }
}

TEST_F(LogArchive, ALogThatDoesNotMoveIsWhole) {
  {
    const auto ledger = open(folder_.path());
    vkey_ = ledger->verifier_key().to_string();
    append(*ledger, 700);
  }
  std::string archive;
  ArchiveWriter writer([&](ByteView bytes) {
    archive += as_text(bytes);
    return ok();
  });
  ASSERT_TRUE(add_log(writer, "log", folder_.path()).ok());
  ASSERT_TRUE(writer.finish().ok());
  expect_whole(archive, 700);
}

TEST_F(LogArchive, NoLogIsNoArchive) {
  ArchiveWriter writer([](ByteView) { return ok(); });
  const auto added = add_log(writer, "log", folder_.path());
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace sally::app
