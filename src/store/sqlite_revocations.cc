#include "store/sqlite_revocations.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "store/sqlite_statements.h"

namespace sally::store {
namespace {

Result<RevocationRecord> read_row(const Statement& row) {
  RevocationRecord record;
  record.id = row.text(0);
  const int64_t kind = row.number(1);
  // One that this program does not know must not be one that is not in force.
  if (kind < 0 || std::cmp_greater_equal(kind, kRevokedKinds)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("revocation `{}` is of kind {}, this program knows up to {}",
                             printable(record.id), kind, kRevokedKinds - 1),
                 "it was made by a newer sallyport: install that one");
  }
  record.kind = static_cast<RevokedKind>(kind);
  record.target = row.text(2);
  record.requested = to_time(row.number(3));
  record.issued_before = to_time(row.number_or_null(4));
  record.until = to_time(row.number_or_null(5));
  record.lifted = to_time(row.number_or_null(6));
  record.who = row.text(7);
  record.reason = row.text(8);
  return record;
}

Result<std::vector<RevocationRecord>> read_rows(Statement& statement) {
  std::vector<RevocationRecord> out;
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) {
      return out;
    }
    TRY(RevocationRecord record, read_row(statement));
    out.push_back(std::move(record));
  }
}

}  // namespace

Result<> SqliteRevocations::add(const RevocationRecord& record) {
  TRY_OK(check_writable(writable_));
  TRY(sqlite3_stmt * prepared, connection_.prepared(kAddRevocation));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, record.id);
  statement.bind(2, static_cast<int64_t>(record.kind));
  statement.bind(3, record.target);
  statement.bind(4, to_number(record.requested));
  statement.bind(5, to_number(record.issued_before));
  statement.bind(6, to_number(record.until));
  statement.bind(7, to_number(record.lifted));
  statement.bind(8, record.who);
  statement.bind(9, record.reason);
  return statement.run();
}

Result<RevocationRecord> SqliteRevocations::find(std::string_view id) {
  TRY(sqlite3_stmt * prepared, connection_.prepared(kFindRevocation));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, id);
  TRY(const bool row, statement.step());
  if (!row) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no revocation `{}`", printable(id)));
  }
  return read_row(statement);
}

Result<std::vector<RevocationRecord>> SqliteRevocations::list(std::string_view after, size_t most) {
  TRY(sqlite3_stmt * prepared, connection_.prepared(kListRevocations));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, after);
  statement.bind(2, static_cast<int64_t>(most));
  return read_rows(statement);
}

Result<std::vector<RevocationRecord>> SqliteRevocations::in_force(WallTime now) {
  TRY(sqlite3_stmt * prepared, connection_.prepared(kRevocationsInForce));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, to_number(now));
  return read_rows(statement);
}

Result<> SqliteRevocations::lift(std::string_view id, WallTime at) {
  TRY_OK(check_writable(writable_));
  TRY_OK(find(id));
  TRY(sqlite3_stmt * prepared, connection_.prepared(kLiftRevocation));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, id);
  statement.bind(2, to_number(at));
  return statement.run();
}

Result<size_t> SqliteRevocations::forget(WallTime before) {
  TRY_OK(check_writable(writable_));
  TRY(sqlite3_stmt * prepared, connection_.prepared(kForgetRevocations));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, to_number(before));
  TRY_OK(statement.run());
  return static_cast<size_t>(connection_.changes());
}

Result<bool> SqliteRevocations::note_event(std::string_view name, WallTime at) {
  TRY_OK(check_writable(writable_));
  TRY(sqlite3_stmt * prepared, connection_.prepared(kNoteEvent));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, name);
  statement.bind(2, to_number(at));
  TRY_OK(statement.run());
  return connection_.changes() == 1;
}

Result<> SqliteRevocations::forget_events(WallTime before) {
  TRY_OK(check_writable(writable_));
  TRY(sqlite3_stmt * prepared, connection_.prepared(kForgetEvents));
  Statement statement(connection_.handle(), prepared);
  statement.bind(1, to_number(before));
  return statement.run();
}

}  // namespace sally::store
