#include "store/sqlite_state.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "store/sqlite.h"
#include "support/grants_conformance.h"
#include "support/state_conformance.h"
#include "support/temp_folder.h"
#include "support/tool_pins_conformance.h"

namespace sally::store {
namespace {

using testing::HasSubstr;

struct SqliteEngine {
  std::unique_ptr<State> open() {
    auto state = open_state("sqlite:" + folder.file("state.db"), IfMissing::kCreate);
    EXPECT_TRUE(state.ok()) << state.error().to_string();
    return std::move(*state);
  }
  test::TempFolder folder;
};

}  // namespace
}  // namespace sally::store

namespace sally::test {
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, StateConformance, store::SqliteEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, GrantsConformance, store::SqliteEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ToolPinsConformance, store::SqliteEngine);
}  // namespace sally::test

namespace sally::store {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void overwrite(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

// Runs SQL of the test's own on a file, as somebody with the sqlite3 tool would.
void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << (message == nullptr ? "" : message);
  sqlite3_free(message);
  sqlite3_close(db);
}

class SqliteFile : public testing::Test {
 protected:
  Result<std::unique_ptr<State>> open(IfMissing if_missing = IfMissing::kCreate) {
    return open_sqlite_state(path_, if_missing);
  }
  // Makes a state with one scoped key and closes it.
  void make() {
    auto state = open();
    ASSERT_TRUE(state.ok()) << state.error().to_string();
    KeyRecord record = test::key_record("key_a", 1);
    record.models = {ModelId("large")};
    ASSERT_TRUE((*state)->write([&](Transaction& t) { return t.keys().create(record); }).ok());
  }
  Error open_error(IfMissing if_missing = IfMissing::kFail) {
    auto state = open(if_missing);
    EXPECT_FALSE(state.ok());
    return state.ok() ? Error(ErrorKind::kInternal, "it opened") : state.error();
  }

  test::TempFolder folder_;
  const std::string path_ = folder_.file("state.db");
};

TEST_F(SqliteFile, ARevocationOfAKindThatIsNotKnownIsAnErrorAndNotIgnored) {
  make();
  run_sql(path_, "INSERT INTO revocation VALUES ('a', 7, 't', 0, NULL, NULL, NULL, 'w', 'r')");
  auto state = open();
  ASSERT_TRUE(state.ok()) << state.error().to_string();
  const auto read = (*state)->read([](Transaction& transaction) -> Result<> {
    TRY_OK(transaction.revocations().in_force(WallTime()));
    return ok();
  });
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(read.error().message(), HasSubstr("kind 7"));
}

TEST_F(SqliteFile, OnlyItsOwnerCanReadIt) {
  auto state = open();
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(mode_of(path_), 0600U);
  EXPECT_EQ(mode_of(path_ + "-wal"), 0600U);
  EXPECT_EQ(mode_of(path_ + "-shm"), 0600U);
}

TEST_F(SqliteFile, OneOpenToOthersIsRefused) {
  make();
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    const Error error = open_error();
    EXPECT_EQ(error.kind(), ErrorKind::kDenied);
    EXPECT_THAT(error.hint(), HasSubstr("chmod 600"));
  }
}

TEST_F(SqliteFile, AMissingOneIsMadeOnlyWhenAsked) {
  EXPECT_EQ(open_error().kind(), ErrorKind::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(open().ok());
  EXPECT_TRUE(open(IfMissing::kFail).ok());
}

TEST_F(SqliteFile, AnEmptyOneIsNotTakenForAState) {
  overwrite(path_, "");
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(open_error().kind(), ErrorKind::kCorrupt);
}

TEST_F(SqliteFile, AnotherProgramsDatabaseIsLeftAlone) {
  run_sql(path_, "CREATE TABLE theirs (a)");
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  const std::string before = contents(path_);
  const Error error = open_error(IfMissing::kCreate);
  EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  EXPECT_THAT(error.message(), HasSubstr("not a Sallyport state"));
  EXPECT_EQ(contents(path_), before);
}

TEST_F(SqliteFile, AFileThatIsNoDatabaseIsRefused) {
  overwrite(path_, std::string(4096, 'x'));
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(open_error().kind(), ErrorKind::kCorrupt);
}

TEST_F(SqliteFile, AFolderIsRefused) {
  std::filesystem::create_directory(path_);
  EXPECT_EQ(open_error().kind(), ErrorKind::kUsage);
}

TEST_F(SqliteFile, ANewerSchemaIsRefusedWithAHint) {
  make();
  run_sql(path_, "INSERT INTO migration VALUES (999, 'from the future')");
  const Error error = open_error();
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_THAT(error.message(), HasSubstr("schema 999"));
  EXPECT_THAT(error.hint(), HasSubstr("newer sallyport"));
}

TEST_F(SqliteFile, OpeningAnUpToDateOneWritesNothing) {
  make();
  const std::string before = contents(path_);
  ASSERT_TRUE(open().ok());
  EXPECT_EQ(contents(path_), before);
}

TEST_F(SqliteFile, OneCutShortIsNeverTakenForAWholeOne) {
  make();
  const std::string whole = contents(path_);
  ASSERT_GT(whole.size(), 8192U);
  for (size_t length = 0; length < whole.size(); length += length < 200 ? 1 : 509) {
    std::filesystem::remove(path_ + "-wal");
    std::filesystem::remove(path_ + "-shm");
    if (length > 512 && whole.find_first_not_of('\0', length) == std::string::npos) {
      continue;  // zeros were cut off from the last page, as which SQLite reads what is not there
    }
    overwrite(path_, std::string_view(whole).substr(0, length));
    auto state = open(IfMissing::kFail);
    ASSERT_FALSE(state.ok()) << length;
    EXPECT_EQ(state.error().kind(), ErrorKind::kCorrupt) << length << state.error().to_string();
  }
}

TEST_F(SqliteFile, DamageIsAnErrorAndNeverACrash) {
  make();
  const std::string whole = contents(path_);
  for (size_t place = 0; place < whole.size(); place += 97) {
    std::filesystem::remove(path_ + "-wal");
    std::filesystem::remove(path_ + "-shm");
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x5a);
    overwrite(path_, damaged);
    auto state = open(IfMissing::kFail);
    if (state.ok()) {
      const Result<> read = (*state)->read([](Transaction& transaction) -> Result<> {
        TRY(const auto keys, transaction.keys().list());
        return ok();
      });
      (void)read.ok();  // a changed letter in a name is no damage that the file can show
    }
  }
}

TEST_F(SqliteFile, AKeyThatLostAScopeIsCorruptAndNotUnlimited) {
  make();
  run_sql(path_, "DELETE FROM api_key_scope");
  auto state = open();
  ASSERT_TRUE(state.ok());
  const Result<> listed = (*state)->read([](Transaction& transaction) -> Result<> {
    TRY(const auto keys, transaction.keys().list());
    return ok();
  });
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().kind(), ErrorKind::kCorrupt);
  const Result<> found = (*state)->read([](Transaction& transaction) -> Result<> {
    TRY(const auto key, transaction.keys().find(KeyId("key_a")));
    return ok();
  });
  EXPECT_EQ(found.error().kind(), ErrorKind::kCorrupt);
}

TEST_F(SqliteFile, AChangeMadeWithAnotherToolChangesTheGeneration) {
  make();
  auto state = open();
  ASSERT_TRUE(state.ok());
  const uint64_t before = *(*state)->generation();
  run_sql(path_, "UPDATE api_key SET revoked = 1");
  EXPECT_NE(*(*state)->generation(), before);
}

TEST_F(SqliteFile, OneReplacedWhileOpenIsNoticed) {
  make();
  auto state = open();
  ASSERT_TRUE(state.ok());
  ASSERT_TRUE((*state)->generation().ok());
  const std::string copy = folder_.file("copy.db");
  std::filesystem::copy_file(path_, copy);
  std::filesystem::rename(copy, path_);
  const auto generation = (*state)->generation();
  ASSERT_FALSE(generation.ok());
  EXPECT_EQ(generation.error().kind(), ErrorKind::kUnavailable);
  std::filesystem::remove(path_);
  EXPECT_FALSE((*state)->generation().ok());
}

TEST_F(SqliteFile, ManyOpenersOfANewOneAgree) {
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { failed += open().ok() ? 0 : 1; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(open(IfMissing::kFail).ok());
}

TEST(OpenState, AnUnknownSchemeIsRefusedWithoutWhatFollowsIt) {
  const auto state = open_state("postgresql://user:hunter2@host/db", IfMissing::kFail);
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().kind(), ErrorKind::kUsage);
  EXPECT_THAT(state.error().message(), HasSubstr("`postgresql`"));
  EXPECT_THAT(state.error().to_string(), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(state.error().hint(), HasSubstr("sqlite:PATH"));
}

TEST(OpenState, APathIsNeeded) {
  for (const char* url : {"", "sqlite", "sqlite:", ":", "/var/lib/state.db"}) {
    EXPECT_EQ(open_state(url, IfMissing::kCreate).error().kind(), ErrorKind::kUsage) << url;
  }
}

TEST(OpenState, ANameWithAMeaningToSqliteIsAnOrdinaryFile) {
  const test::TempFolder folder;
  const std::string path = folder.file(":memory:");
  ASSERT_TRUE(open_state("sqlite:" + path, IfMissing::kCreate).ok());
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace sally::store
