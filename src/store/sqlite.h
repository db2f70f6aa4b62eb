// A SQLite connection with its prepared statements: the little of SQLite that the project needs,
// with failures as Errors. For this room, and for one that keeps an index of its own in a file.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::store {

// What the connection's last failed call means: busy is kUnavailable, a broken file kCorrupt, a
// unique column kConflict, the disk kIo. `what` says what was being done.
[[nodiscard]] Error sqlite_error(sqlite3* db, std::string_view what);

// One use of a prepared statement: bind, step, read columns; reset when it goes. Bound text and
// bytes outlive it.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  // Parameters count from 1.
  void bind(int parameter, std::string_view text);
  void bind(int parameter, ByteView bytes);
  void bind(int parameter, int64_t number);
  void bind(int parameter, std::optional<int64_t> number);

  // True when there is a row to read.
  [[nodiscard]] Result<bool> step();
  // Steps to the end of a statement that gives no rows.
  [[nodiscard]] Result<> run();

  // Columns of the present row count from 0.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] ByteView bytes(int column) const;  // until the next step
  [[nodiscard]] int64_t number(int column) const;
  [[nodiscard]] std::optional<int64_t> number_or_null(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
};

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
// A statement that is not kept for long. It goes before its connection.
using OwnedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Connection {
 public:
  // Opens the existing file `path` (absolute). `statements` is the table of SQL that `prepared`
  // names by position; it outlives the connection.
  static Result<Connection> open(const std::string& path,
                                 std::span<const std::string_view> statements);

  // Runs statements that take no parameters and give no rows.
  [[nodiscard]] Result<> execute(const std::string& sql, std::string_view what);
  // The first column of the first row.
  [[nodiscard]] Result<std::string> query(const std::string& sql, std::string_view what);
  // Row `index` of the table, prepared once.
  [[nodiscard]] Result<sqlite3_stmt*> prepared(size_t index);
  // A statement that is made up as it is needed. Values from outside are bound, never part of
  // `sql`.
  [[nodiscard]] Result<OwnedStatement> prepare(const std::string& sql);
  // How many rows the last statement changed.
  [[nodiscard]] int changes() const { return sqlite3_changes(db_.get()); }
  [[nodiscard]] sqlite3* handle() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  Connection(sqlite3* db, std::span<const std::string_view> statements)
      : db_(db), sql_(statements), prepared_(statements.size()) {}

  std::unique_ptr<sqlite3, Close> db_;
  std::span<const std::string_view> sql_;
  std::vector<OwnedStatement> prepared_;
};

// Undoes what was begun unless it was committed.
class Rollback {
 public:
  explicit Rollback(Connection& connection) : connection_(connection) {}
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  ~Rollback() {
    if (sqlite3_get_autocommit(connection_.handle()) == 0) {
      sqlite3_exec(connection_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }

 private:
  Connection& connection_;
};

}  // namespace sally::store
