// The file of a SQLite vault: opened, made, checked, and how its statements are run. Private to the
// engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/sqlite.h"
#include "store/sqlite_vault_statements.h"
#include "store/state.h"
#include "store/vault_keys.h"

namespace sally::store {

// Two connections: what reads waits for no write.
struct VaultFile {
  Connection writer;
  Connection reader;
};

// `check` tells whether the file belongs to the key at hand; the file does not grow beyond
// `octets`. Errors as open_sqlite_vault.
[[nodiscard]] Result<VaultFile> open_vault_file(const std::string& path, IfMissing if_missing,
                                                const VaultDigest& check, uint64_t octets);

// Runs a statement that gives no row, its parameters in their order.
template <typename... Values>
[[nodiscard]] Result<> run(Connection& connection, VaultSql sql, const Values&... values) {
  TRY(sqlite3_stmt * prepared, connection.prepared(sql));
  Statement statement(connection.handle(), prepared);
  int parameter = 0;
  (statement.bind(++parameter, values), ...);
  return statement.run();
}

// The first column of the first row; nothing where there is no row.
template <typename... Values>
[[nodiscard]] Result<std::optional<int64_t>> number(Connection& connection, VaultSql sql,
                                                    const Values&... values) {
  TRY(sqlite3_stmt * prepared, connection.prepared(sql));
  Statement statement(connection.handle(), prepared);
  int parameter = 0;
  (statement.bind(++parameter, values), ...);
  TRY(const bool row, statement.step());
  return row ? std::optional(statement.number(0)) : std::nullopt;
}

}  // namespace sally::store
