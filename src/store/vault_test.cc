// The conformance of both vaults, and what is SQLite's and the cache's own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/cached_vault.h"
#include "store/sqlite.h"
#include "store/sqlite_vault.h"
#include "store/sqlite_vault_statements.h"
#include "store/vault_keys.h"
#include "support/temp_folder.h"
#include "support/vault_conformance.h"

namespace sally::store {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime kNow = WallTime(Micros(1'000'000'000));

Secret root_key() {
  return Secret(std::string(32, 'r'));
}

struct SqliteVaultEngine {
  [[nodiscard]] std::unique_ptr<Vault> open(const VaultLimits& limits) const {
    auto vault = open_sqlite_vault(folder.file("vault.db"), IfMissing::kCreate, root_key(), limits,
                                   std::make_unique<SystemRandom>());
    EXPECT_TRUE(vault.ok()) << vault.error().to_string();
    return std::move(*vault);
  }
  test::TempFolder folder;
};

struct CachedVaultEngine {
  [[nodiscard]] std::unique_ptr<Vault> open(const VaultLimits& limits) const {
    SystemRandom random;
    return std::make_unique<CachedVault>(sqlite.open(limits), VaultCacheLimits(), random);
  }
  SqliteVaultEngine sqlite;
};

// A cache that is too small for anything.
struct ThrashedVaultEngine {
  [[nodiscard]] std::unique_ptr<Vault> open(const VaultLimits& limits) const {
    SystemRandom random;
    return std::make_unique<CachedVault>(sqlite.open(limits), VaultCacheLimits{.octets = 1},
                                         random);
  }
  SqliteVaultEngine sqlite;
};

}  // namespace
}  // namespace sally::store

namespace sally::test {
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, VaultConformance, store::SqliteVaultEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(Cached, VaultConformance, store::CachedVaultEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(Thrashed, VaultConformance, store::ThrashedVaultEngine);
}  // namespace sally::test

namespace sally::store {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every octet that lies in the folder, the write-ahead log's too.
std::string all_octets(const test::TempFolder& folder) {
  std::string out;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    out += contents(entry.path());
  }
  return out;
}

uint32_t put_one(Vault& vault, std::string_view scope, std::string_view subject,
                 std::string_view value) {
  const std::vector<VaultItem> items = {{"PERSON", value}};
  const auto entries = vault.put(scope, subject, items, kNow);
  EXPECT_TRUE(entries.ok()) << entries.error().to_string();
  return entries.ok() ? (*entries)[0].number : 0;
}

TEST(SqliteVault, NeverWritesAValueOrANameInTheClear) {
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  put_one(*vault, "the-session-name", "the-subject-name", "the-value-itself");
  const std::string while_open = all_octets(engine.folder);
  EXPECT_THAT(while_open, HasSubstr("PERSON")) << "the octets are looked at where they stand";
  for (const std::string_view name : {"the-session-name", "the-subject-name", "the-value-itself"}) {
    EXPECT_THAT(while_open, Not(HasSubstr(std::string(name))));
  }
}

// The wrapped key of every subject, as it stands in the tables.
std::vector<std::string> wrapped_keys(const std::string& path) {
  std::vector<std::string> out;
  auto connection = Connection::open(path, {});
  EXPECT_TRUE(connection.ok());
  auto prepared = connection->prepare("SELECT key FROM subject ORDER BY id");
  EXPECT_TRUE(prepared.ok());
  Statement statement(connection->handle(), prepared->get());
  while (*statement.step()) {
    out.push_back(statement.text(0));
  }
  return out;
}

TEST(SqliteVault, LeavesNoOctetOfAForgottenKey) {
  constexpr size_t kSubjects = 400;
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  for (size_t i = 0; i < kSubjects; ++i) {
    put_one(*vault, "s", "subject " + std::to_string(i), "value " + std::to_string(i));
  }
  const std::vector<std::string> keys = wrapped_keys(engine.folder.file("vault.db"));
  ASSERT_EQ(keys.size(), kSubjects);
  const std::string before = all_octets(engine.folder);
  for (size_t i = 0; i < kSubjects; i += 16) {
    ASSERT_THAT(before, HasSubstr(keys[i]));
    const auto count = vault->forget("subject " + std::to_string(i));
    ASSERT_TRUE(count.ok()) << count.error().to_string();
    EXPECT_EQ(*count, 1U);
  }
  const std::string after = all_octets(engine.folder);
  for (size_t i = 0; i < kSubjects; ++i) {
    // A third of a key would be found too.
    const bool found = after.find(keys[i].substr(0, 20)) != std::string::npos ||
                       after.find(keys[i].substr(20, 20)) != std::string::npos ||
                       after.find(keys[i].substr(40)) != std::string::npos;
    EXPECT_EQ(found, i % 16 != 0) << i;
  }
}

TEST(SqliteVault, GrowsNoLargerThanItMay) {
  constexpr uint64_t kMost = 200'000;
  const SqliteVaultEngine engine;
  const auto vault = engine.open({.octets = kMost});
  const std::string value(10'000, 'v');
  std::optional<Error> refused;
  for (int i = 0; i < 100 && !refused; ++i) {
    const std::string distinct = value + std::to_string(i);
    const std::vector<VaultItem> items = {{"PERSON", distinct}};
    const auto entries = vault->put("s", "u", items, kNow);
    if (!entries.ok()) {
      refused = entries.error();
    }
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->kind(), ErrorKind::kIo);
  EXPECT_LE(std::filesystem::file_size(engine.folder.file("vault.db")), kMost);
  ASSERT_TRUE(vault->get("s", 1, kNow).ok()) << "what is there can be read";
  const auto swept = vault->sweep(kNow + vault->limits().lifetime);
  ASSERT_TRUE(swept.ok()) << swept.error().to_string();
  put_one(*vault, "s", "u", "there is room again");
}

TEST(SqliteVault, OutlivesItsProcess) {
  const SqliteVaultEngine engine;
  const uint32_t number = put_one(*engine.open(VaultLimits()), "s", "u", "Ada");
  const auto value = engine.open(VaultLimits())->get("s", number, kNow);
  ASSERT_TRUE(value.ok() && *value);
  EXPECT_EQ((*value)->value.reveal(), "Ada");
}

TEST(SqliteVault, IsForItsOwnerAlone) {
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  put_one(*vault, "s", "u", "Ada");
  for (const auto& entry : std::filesystem::directory_iterator(engine.folder.path())) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << entry.path();
  }
  ASSERT_EQ(::chmod(engine.folder.file("vault.db").c_str(), 0640), 0);
  const auto refused =
      open_sqlite_vault(engine.folder.file("vault.db"), IfMissing::kFail, root_key(), VaultLimits(),
                        std::make_unique<SystemRandom>());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kDenied);
}

TEST(SqliteVault, RefusesAnotherKeyAndAnotherDatabase) {
  const SqliteVaultEngine engine;
  ASSERT_NE(engine.open(VaultLimits()), nullptr);
  const auto open = [&](const std::string& name, IfMissing if_missing, const Secret& root) {
    auto vault = open_sqlite_vault(engine.folder.file(name), if_missing, root, VaultLimits(),
                                   std::make_unique<SystemRandom>());
    return vault.ok() ? std::nullopt : std::optional(vault.error().kind());
  };
  EXPECT_EQ(open("vault.db", IfMissing::kFail, root_key()), std::nullopt);
  EXPECT_EQ(open("vault.db", IfMissing::kFail, Secret(std::string(32, 'x'))), ErrorKind::kCorrupt);
  EXPECT_EQ(open("vault.db", IfMissing::kFail, Secret("short")), ErrorKind::kUsage);
  EXPECT_EQ(open("none.db", IfMissing::kFail, root_key()), ErrorKind::kNotFound);
  ASSERT_TRUE(open_state("sqlite:" + engine.folder.file("state.db"), IfMissing::kCreate).ok());
  EXPECT_EQ(open("state.db", IfMissing::kCreate, root_key()), ErrorKind::kCorrupt);
}

// Somebody who can write to the file but has no key.
void run_sql(const std::string& path, const std::string& sql) {
  auto connection = Connection::open(path, {});
  ASSERT_TRUE(connection.ok());
  const auto done = connection->execute(sql, "test");
  ASSERT_TRUE(done.ok()) << done.error().to_string();
}

TEST(SqliteVault, OpensNoValueInAnotherPlace) {
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  put_one(*vault, "s", "u", "first");
  put_one(*vault, "s", "u", "second");
  run_sql(engine.folder.file("vault.db"),
          "UPDATE sealing SET sealed = (SELECT sealed FROM sealing WHERE number = 2)");
  const auto moved = vault->get("s", 1, kNow);
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().kind(), ErrorKind::kCorrupt);
  EXPECT_TRUE(vault->get("s", 2, kNow).ok());
}

TEST(SqliteVault, ShowsARelabelledValueByItsTag) {
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  const std::vector<VaultItem> items = {{"PERSON", "Ada"}};
  const auto entries = vault->put("s", "u", items, kNow);
  ASSERT_TRUE(entries.ok());
  run_sql(engine.folder.file("vault.db"), "UPDATE entry SET label = 'PHONE'");
  const auto value = vault->get("s", 1, kNow);
  ASSERT_TRUE(value.ok() && *value);
  EXPECT_NE((*value)->entry.tag, (*entries)[0].tag);
}

TEST(SqliteVault, RestoresFromACopyNothingOfWhoWasForgotten) {
  const SqliteVaultEngine engine;
  const auto vault = engine.open(VaultLimits());
  const uint32_t number = put_one(*vault, "s", "ada", "Ada");
  ASSERT_TRUE(vault->forget("ada").ok());
  std::filesystem::copy_file(engine.folder.file("vault.db"), engine.folder.file("copy.db"));
  ASSERT_EQ(::chmod(engine.folder.file("copy.db").c_str(), 0600), 0);
  const auto copy = open_sqlite_vault(engine.folder.file("copy.db"), IfMissing::kFail, root_key(),
                                      VaultLimits(), std::make_unique<SystemRandom>());
  ASSERT_TRUE(copy.ok()) << copy.error().to_string();
  const auto value = (*copy)->get("s", number, kNow);
  ASSERT_TRUE(value.ok());
  EXPECT_FALSE(value->has_value());
}

// Counts what reaches the vault below the cache.
class CountingVault final : public Vault {
 public:
  explicit CountingVault(std::unique_ptr<Vault> vault) : vault_(std::move(vault)) {}
  Result<std::vector<VaultEntry>> put(std::string_view scope, std::string_view subject,
                                      std::span<const VaultItem> items, WallTime now) override {
    puts += items.size();
    return vault_->put(scope, subject, items, now);
  }
  Result<std::optional<VaultValue>> get(std::string_view scope, uint32_t number,
                                        WallTime now) override {
    ++gets;
    return vault_->get(scope, number, now);
  }
  Result<size_t> forget(std::string_view subject) override { return vault_->forget(subject); }
  Result<size_t> sweep(WallTime now) override { return vault_->sweep(now); }
  Result<uint64_t> generation() override { return vault_->generation(); }
  [[nodiscard]] const VaultLimits& limits() const override { return vault_->limits(); }

  size_t puts = 0;
  size_t gets = 0;

 private:
  std::unique_ptr<Vault> vault_;
};

class CacheOfVault : public testing::Test {
 protected:
  explicit CacheOfVault(size_t octets = size_t{1} << 20) {
    auto counting = std::make_unique<CountingVault>(engine_.open(VaultLimits()));
    below_ = counting.get();
    SystemRandom random;
    vault_ = std::make_unique<CachedVault>(std::move(counting), VaultCacheLimits{octets}, random);
  }
  SqliteVaultEngine engine_;
  CountingVault* below_;
  std::unique_ptr<CachedVault> vault_;
};

TEST_F(CacheOfVault, WritesAValueOnceAndReadsItNever) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(put_one(*vault_, "s", "u", "Ada"), 1U);
    EXPECT_TRUE(vault_->get("s", 1, kNow).ok());
  }
  EXPECT_EQ(below_->puts, 1U);
  EXPECT_EQ(below_->gets, 0U);
}

TEST_F(CacheOfVault, WritesAValueForEverySubject) {
  put_one(*vault_, "s", "one", "Ada");
  put_one(*vault_, "s", "two", "Ada");
  EXPECT_EQ(below_->puts, 2U);
}

TEST_F(CacheOfVault, WritesAnOldValueAgainSoThatItLivesOn) {
  const std::vector<VaultItem> items = {{"PERSON", "Ada"}};
  const Millis lifetime = vault_->limits().lifetime;
  ASSERT_TRUE(vault_->put("s", "u", items, kNow).ok());
  ASSERT_TRUE(vault_->put("s", "u", items, kNow + lifetime / 2).ok());
  EXPECT_EQ(below_->puts, 1U);
  ASSERT_TRUE(vault_->put("s", "u", items, kNow + lifetime * 3 / 4).ok());
  EXPECT_EQ(below_->puts, 2U);
  const auto value = vault_->get("s", 1, kNow + lifetime * 3 / 2);
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value->has_value());
}

TEST_F(CacheOfVault, KeepsNothingOfAnyoneOnceSomebodyIsForgotten) {
  put_one(*vault_, "s", "u", "Ada");
  EXPECT_GT(vault_->cached_octets(), 0U);
  ASSERT_TRUE(vault_->forget("u").ok());
  EXPECT_EQ(vault_->cached_octets(), 0U);
}

TEST_F(CacheOfVault, IsBounded) {
  const std::string value(10'000, 'v');
  for (int i = 0; i < 300; ++i) {
    put_one(*vault_, "scope " + std::to_string(i), "u", value);
    EXPECT_LE(vault_->cached_octets(), size_t{1} << 20);
  }
  EXPECT_GT(vault_->cached_octets(), size_t{1} << 19);
  const auto first = vault_->get("scope 0", 1, kNow);
  ASSERT_TRUE(first.ok() && *first);
  EXPECT_EQ(below_->gets, 1U) << "the oldest went";
  ASSERT_TRUE(vault_->get("scope 299", 1, kNow).ok());
  EXPECT_EQ(below_->gets, 1U) << "the youngest stayed";
}

}  // namespace
}  // namespace sally::store
