#include "store/sqlite_grants.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "store/sqlite_statements.h"

namespace sally::store {
namespace {

// Grants change a few times a day: their statements are prepared as they are needed.
#define SALLY_GRANT_COLUMNS                                                                  \
  "id, role, principal, asked_from, reason, break_glass, needed, lasts, requested, lapses, " \
  "approvals, state, activated, ends, closed, closed_by, closed_why"
constexpr const char* kInsert =
    "INSERT INTO access_grant (" SALLY_GRANT_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
constexpr const char* kUpdate =
    "UPDATE access_grant SET approvals = ?2, state = ?3, activated = ?4, ends = ?5, closed = ?6, "
    "closed_by = ?7, closed_why = ?8 WHERE id = ?1";
constexpr const char* kFind = "SELECT " SALLY_GRANT_COLUMNS " FROM access_grant WHERE id = ?1";
constexpr const char* kList =
    "SELECT " SALLY_GRANT_COLUMNS " FROM access_grant ORDER BY id DESC LIMIT ?1";
constexpr const char* kOpen =
    "SELECT " SALLY_GRANT_COLUMNS " FROM access_grant WHERE state IN (0, 1) ORDER BY id";
constexpr const char* kInsertApproval =
    "INSERT INTO access_approval (access_grant, who, at_place, at) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT DO NOTHING";
constexpr const char* kFindApprovals =
    "SELECT who, at_place, at FROM access_approval WHERE access_grant = ?1 ORDER BY who";
#undef SALLY_GRANT_COLUMNS

// A grant whose approvals have yet to be read, and how many it must have.
struct PartialGrant {
  GrantRecord record;
  int64_t approvals = 0;
};

Result<PartialGrant> read_row(const Statement& row) {
  PartialGrant out;
  GrantRecord& record = out.record;
  record.id = row.text(0);
  record.role = row.text(1);
  record.principal = row.text(2);
  record.from = row.text(3);
  record.reason = row.text(4);
  record.break_glass = row.number(5) != 0;
  record.needed = static_cast<uint32_t>(row.number(6));
  record.lasts = Millis(row.number(7));
  record.requested = to_time(row.number(8));
  record.lapses = to_time(row.number(9));
  out.approvals = row.number(10);
  const int64_t state = row.number(11);
  if (state < 0 || std::cmp_greater_equal(state, kGrantStates)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("grant `{}` is in state {}, this program knows up to {}",
                             printable(record.id), state, kGrantStates - 1),
                 "it was made by a newer sallyport: install that one");
  }
  record.state = static_cast<GrantState>(state);
  record.activated = to_time(row.number_or_null(12));
  record.ends = to_time(row.number_or_null(13));
  record.closed = to_time(row.number_or_null(14));
  record.closed_by = row.text(15);
  record.closed_why = row.text(16);
  if (record.state == GrantState::kActive && !record.ends) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("grant `{}` is active without an end", printable(record.id)),
                 "the state was altered from outside; restore a backup");
  }
  return out;
}

Result<> check_approvals(const PartialGrant& grant) {
  if (std::cmp_not_equal(grant.record.approvals.size(), grant.approvals)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("grant `{}` has {} of its {} approvals", printable(grant.record.id),
                             grant.record.approvals.size(), grant.approvals),
                 "the state was altered from outside; restore a backup");
  }
  return ok();
}

Error not_found(std::string_view id) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no grant `{}`", printable(id)),
               "sallyport access list");
}

}  // namespace

Result<> SqliteGrants::create(const GrantRecord& record) {
  TRY_OK(check_writable(writable_));
  TRY(const OwnedStatement prepared, connection_.prepare(kInsert));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, record.id);
  statement.bind(2, record.role);
  statement.bind(3, record.principal);
  statement.bind(4, record.from);
  statement.bind(5, record.reason);
  statement.bind(6, int64_t{record.break_glass});
  statement.bind(7, int64_t{record.needed});
  statement.bind(8, record.lasts.count());
  statement.bind(9, to_number(record.requested));
  statement.bind(10, to_number(record.lapses));
  statement.bind(11, static_cast<int64_t>(record.approvals.size()));
  statement.bind(12, static_cast<int64_t>(record.state));
  statement.bind(13, to_number(record.activated));
  statement.bind(14, to_number(record.ends));
  statement.bind(15, to_number(record.closed));
  statement.bind(16, record.closed_by);
  statement.bind(17, record.closed_why);
  TRY_OK(statement.run());
  return add_approvals(record);
}

Result<> SqliteGrants::update(const GrantRecord& record) {
  TRY_OK(check_writable(writable_));
  {
    TRY(const OwnedStatement prepared, connection_.prepare(kUpdate));
    Statement statement(connection_.handle(), prepared.get());
    statement.bind(1, record.id);
    statement.bind(2, static_cast<int64_t>(record.approvals.size()));
    statement.bind(3, static_cast<int64_t>(record.state));
    statement.bind(4, to_number(record.activated));
    statement.bind(5, to_number(record.ends));
    statement.bind(6, to_number(record.closed));
    statement.bind(7, record.closed_by);
    statement.bind(8, record.closed_why);
    TRY_OK(statement.run());
  }
  if (connection_.changes() == 0) {
    return not_found(record.id);
  }
  return add_approvals(record);
}

Result<> SqliteGrants::add_approvals(const GrantRecord& record) {
  for (const GrantApproval& approval : record.approvals) {
    TRY(const OwnedStatement prepared, connection_.prepare(kInsertApproval));
    Statement statement(connection_.handle(), prepared.get());
    statement.bind(1, record.id);
    statement.bind(2, approval.who);
    statement.bind(3, approval.from);
    statement.bind(4, to_number(approval.at));
    TRY_OK(statement.run());
  }
  return ok();
}

Result<> SqliteGrants::read_approvals(GrantRecord& record) {
  TRY(const OwnedStatement prepared, connection_.prepare(kFindApprovals));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, record.id);
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) {
      return ok();
    }
    record.approvals.push_back(
        {statement.text(0), statement.text(1), to_time(statement.number(2))});
  }
}

Result<std::vector<GrantRecord>> SqliteGrants::read(Statement& statement) {
  std::vector<GrantRecord> out;
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) {
      return out;
    }
    TRY(PartialGrant grant, read_row(statement));
    TRY_OK(read_approvals(grant.record));
    TRY_OK(check_approvals(grant));
    out.push_back(std::move(grant.record));
  }
}

Result<GrantRecord> SqliteGrants::find(std::string_view id) {
  TRY(const OwnedStatement prepared, connection_.prepare(kFind));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, id);
  TRY(std::vector<GrantRecord> found, read(statement));
  if (found.empty()) {
    return not_found(id);
  }
  return std::move(found.front());
}

Result<std::vector<GrantRecord>> SqliteGrants::list(size_t most) {
  TRY(const OwnedStatement prepared, connection_.prepare(kList));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, static_cast<int64_t>(most));
  return read(statement);
}

Result<std::vector<GrantRecord>> SqliteGrants::open() {
  TRY(const OwnedStatement prepared, connection_.prepare(kOpen));
  Statement statement(connection_.handle(), prepared.get());
  return read(statement);
}

}  // namespace sally::store
