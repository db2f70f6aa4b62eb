#include "store/sqlite.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace sally::store {
namespace {

constexpr int kBusyTimeoutMs = 5'000;
constexpr int kMaxValueBytes = 1 << 20;
constexpr std::string_view kRestore =
    "stop every gate, keep the file for later, and restore the last good backup";

int size_of(size_t size) {
  SALLY_CHECK(size <= static_cast<size_t>(kMaxValueBytes));
  return static_cast<int>(size);
}

}  // namespace

Error sqlite_error(sqlite3* db, std::string_view what) {
  const int code = sqlite3_extended_errcode(db);
  std::string message = fmt::format("{}: {}", what, printable(sqlite3_errmsg(db)));
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(ErrorKind::kUnavailable, std::move(message),
                   "another process holds the state for long; try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(ErrorKind::kCorrupt, std::move(message), std::string(kRestore));
    case SQLITE_CONSTRAINT:
      return Error(code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY
                       ? ErrorKind::kConflict
                       : ErrorKind::kInternal,
                   std::move(message));
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Error(ErrorKind::kIo, std::move(message));
    default:
      return Error(ErrorKind::kInternal, std::move(message));
  }
}

// A bind fails only for a parameter number that the SQL does not have: a defect.
void Statement::bind(int parameter, std::string_view text) {
  SALLY_CHECK(sqlite3_bind_text(statement_, parameter, text.empty() ? "" : text.data(),
                                size_of(text.size()), SQLITE_STATIC) == SQLITE_OK);
}
void Statement::bind(int parameter, ByteView bytes) {
  SALLY_CHECK(sqlite3_bind_blob(statement_, parameter, bytes.data(), size_of(bytes.size()),
                                SQLITE_STATIC) == SQLITE_OK);
}
void Statement::bind(int parameter, int64_t number) {
  SALLY_CHECK(sqlite3_bind_int64(statement_, parameter, number) == SQLITE_OK);
}
void Statement::bind(int parameter, std::optional<int64_t> number) {
  if (number) {
    bind(parameter, *number);
  } else {
    SALLY_CHECK(sqlite3_bind_null(statement_, parameter) == SQLITE_OK);
  }
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return sqlite_error(db_, "the state refused a statement");
  }
}

Result<> Statement::run() {
  TRY(const bool row, step());
  SALLY_CHECK(!row);
  return ok();
}

std::string Statement::text(int column) const {
  return std::string(as_text(bytes(column)));
}
ByteView Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const std::byte*>(data), data == nullptr ? 0 : static_cast<size_t>(size)};
}
int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}
std::optional<int64_t> Statement::number_or_null(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) {
    return std::nullopt;
  }
  return number(column);
}

Result<Connection> Connection::open(const std::string& path,
                                    std::span<const std::string_view> statements) {
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &db,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  SALLY_CHECK(db != nullptr);  // null only when memory ran out
  Connection connection(db, statements);
  if (code != SQLITE_OK) {
    return sqlite_error(db, "cannot open the state");
  }
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  // Nothing stored in the file is executed beyond our own schema, and no statement of ours can
  // write to the schema tables: a file that somebody altered stays data.
  constexpr std::pair<int, int> kHardening[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},
      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_DQS_DDL, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
      {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
  };
  for (const auto& [option, value] : kHardening) {
    SALLY_CHECK(sqlite3_db_config(db, option, value, nullptr) == SQLITE_OK);
  }
  TRY_OK(connection.execute("PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL;",
                            "cannot set up the state"));
  return connection;
}

Result<> Connection::execute(const std::string& sql, std::string_view what) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(db_.get(), what);
  }
  return ok();
}

Result<OwnedStatement> Connection::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr) != SQLITE_OK) {
    return sqlite_error(db_.get(), "a statement is not understood");
  }
  return OwnedStatement(raw);
}

Result<std::string> Connection::query(const std::string& sql, std::string_view what) {
  auto owned = prepare(sql);
  if (!owned.ok()) {
    return std::move(owned).error().in(what);
  }
  Statement statement(db_.get(), owned->get());
  Result<bool> row = statement.step();
  if (!row.ok()) {
    return std::move(row).error().in(what);
  }
  return *row ? statement.text(0) : std::string();
}

Result<sqlite3_stmt*> Connection::prepared(size_t index) {
  auto& slot = prepared_.at(index);
  if (!slot) {
    sqlite3_stmt* raw = nullptr;
    const std::string_view sql = sql_[index];
    if (sqlite3_prepare_v3(db_.get(), sql.data(), size_of(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &raw, nullptr) != SQLITE_OK) {
      return sqlite_error(db_.get(), "the state does not understand a statement");
    }
    slot.reset(raw);
  }
  return slot.get();
}

}  // namespace sally::store
