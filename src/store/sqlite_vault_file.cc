#include "store/sqlite_vault_file.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/text.h"
#include "store/sqlite_file.h"

namespace sally::store {
namespace {

constexpr FileWords kWords{
    .noun = "vault",
    .missing = "it is made where placeholders are first used",
    .damaged = "take it away: values that were replaced will no longer be restored",
};
constexpr uint64_t kPageSize = 4096;  // SQLite's since 3.12
constexpr std::string_view kKeyCheck = "key";

Error damaged(const std::string& path, std::string_view what) {
  return Error(ErrorKind::kCorrupt, fmt::format("the vault `{}` {}", printable(path), what),
               std::string(kWords.damaged));
}

// Refuses what is not ours before anything is written to it, and makes the tables where there is
// nothing yet.
Result<> make_tables(Connection& connection, const std::string& path, IfMissing if_missing,
                     const VaultDigest& check) {
  TRY(const std::string application,
      connection.query("PRAGMA application_id", "cannot read the vault"));
  TRY(const std::string objects,
      connection.query("SELECT count(*) FROM sqlite_schema", "cannot read the vault"));
  if (application == fmt::format("{}", kVaultApplicationId)) {
    return ok();
  }
  if (application != "0" || objects != "0") {
    return damaged(path, "is a database, but not a Sallyport vault");
  }
  if (if_missing == IfMissing::kFail) {
    return damaged(path, "is empty");
  }
  TRY_OK(run(connection, kVaultBegin));
  const Rollback rollback(connection);
  TRY_OK(connection.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                        kVaultApplicationId, kVaultSchema) +
                                std::string(kVaultTables),
                            "cannot make the vault"));
  TRY_OK(run(connection, kAddFact, kKeyCheck, ByteView(check)));
  return run(connection, kVaultCommit);
}

Result<> check_ours(Connection& connection, const std::string& path, const VaultDigest& check) {
  TRY(const std::string schema,
      connection.query("PRAGMA user_version", "cannot read the vault's version"));
  if (schema != fmt::format("{}", kVaultSchema)) {
    return Error(ErrorKind::kConflict,
                 fmt::format("the vault `{}` has schema {}, this program knows {}", printable(path),
                             printable(schema), kVaultSchema),
                 "it was used by a newer sallyport: install that one");
  }
  TRY(const std::string verdict,
      connection.query("PRAGMA quick_check(1)", "cannot check the vault"));
  if (verdict != "ok") {
    return damaged(path, fmt::format("is damaged: {}", printable(verdict)));
  }
  TRY(sqlite3_stmt * prepared, connection.prepared(kFindFact));
  Statement statement(connection.handle(), prepared);
  statement.bind(1, kKeyCheck);
  TRY(const bool row, statement.step());
  if (!row || !constant_time_equal(statement.bytes(0), check)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("the vault `{}` was made with another key", printable(path)),
                 "restore the key file that belongs to it, or take the vault away");
  }
  return ok();
}

// What SQLite frees it overwrites; what it copies for a while it keeps in memory; commits do not
// wait for the disk; the log is written back by `sweep` unless it grows beyond 32 MiB.
constexpr const char* kSettings =
    "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 8000;";

}  // namespace

Result<VaultFile> open_vault_file(const std::string& path, IfMissing if_missing,
                                  const VaultDigest& check, uint64_t octets) {
  TRY(const ClaimedFile file, claim_file(path, if_missing, kWords));
  TRY(Connection writer, Connection::open(file.path, kVaultSql));
  TRY_OK(writer.execute(kSettings, "cannot set up the vault"));
  TRY_OK(make_tables(writer, file.path, if_missing, check));
  TRY_OK(check_ours(writer, file.path, check));
  TRY(const std::string mode, writer.query("PRAGMA journal_mode = WAL", "cannot set up the vault"));
  if (mode != "wal") {
    return Error(ErrorKind::kIo,
                 fmt::format("the vault `{}` cannot keep a write-ahead log", printable(file.path)),
                 "put it on a local file system");
  }
  TRY_OK(writer.execute(fmt::format("PRAGMA max_page_count = {}", octets / kPageSize),
                        "cannot bound the vault"));
  TRY(Connection reader, Connection::open(file.path, kVaultSql));
  return VaultFile{std::move(writer), std::move(reader)};
}

}  // namespace sally::store
