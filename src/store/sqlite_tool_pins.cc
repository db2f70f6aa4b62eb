#include "store/sqlite_tool_pins.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/sqlite_statements.h"

namespace sally::store {
namespace {

// Tools change a few times a month: their statements are prepared as they are needed.
#define SALLY_TOOL_COLUMNS \
  "route, tool, digest, description, since, who, reason, listed_digest, listed, changed"
constexpr const char* kPut = "INSERT OR REPLACE INTO tool_pin (" SALLY_TOOL_COLUMNS
                             ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr const char* kFind =
    "SELECT " SALLY_TOOL_COLUMNS " FROM tool_pin WHERE route = ?1 AND tool = ?2";
constexpr const char* kList = "SELECT " SALLY_TOOL_COLUMNS " FROM tool_pin ORDER BY route, tool";
#undef SALLY_TOOL_COLUMNS

Result<ToolDescription> read_description(const Statement& row, int digest, int text) {
  ToolDescription out;
  const ByteView bytes = row.bytes(digest);
  if (bytes.size() != out.digest.size()) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("tool `{}` has no digest", printable(row.text(1))));
  }
  std::ranges::copy(bytes, out.digest.begin());
  out.text = row.text(text);
  return out;
}

Result<ToolPinRecord> read_row(const Statement& row) {
  ToolPinRecord record;
  record.route = row.text(0);
  record.tool = row.text(1);
  TRY(record.approved, read_description(row, 2, 3));
  record.since = to_time(row.number(4));
  record.who = row.text(5);
  record.reason = row.text(6);
  record.changed = to_time(row.number_or_null(9));
  if (record.changed) {
    TRY(record.listed, read_description(row, 7, 8));
  }
  return record;
}

}  // namespace

Result<> SqliteToolPins::put(const ToolPinRecord& record) {
  TRY_OK(check_writable(writable_));
  TRY(const OwnedStatement prepared, connection_.prepare(kPut));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, record.route);
  statement.bind(2, record.tool);
  statement.bind(3, ByteView(record.approved.digest));
  statement.bind(4, record.approved.text);
  statement.bind(5, to_number(record.since));
  statement.bind(6, record.who);
  statement.bind(7, record.reason);
  if (record.listed) {
    statement.bind(8, ByteView(record.listed->digest));
    statement.bind(9, record.listed->text);
  }
  statement.bind(10, to_number(record.changed));
  return statement.run();
}

Result<std::optional<ToolPinRecord>> SqliteToolPins::find(std::string_view route,
                                                          std::string_view tool) {
  TRY(const OwnedStatement prepared, connection_.prepare(kFind));
  Statement statement(connection_.handle(), prepared.get());
  statement.bind(1, route);
  statement.bind(2, tool);
  TRY(const bool row, statement.step());
  if (!row) {
    return std::optional<ToolPinRecord>();
  }
  TRY(ToolPinRecord record, read_row(statement));
  return std::optional(std::move(record));
}

Result<std::vector<ToolPinRecord>> SqliteToolPins::list() {
  TRY(const OwnedStatement prepared, connection_.prepare(kList));
  Statement statement(connection_.handle(), prepared.get());
  std::vector<ToolPinRecord> out;
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) {
      return out;
    }
    TRY(ToolPinRecord record, read_row(statement));
    out.push_back(std::move(record));
  }
}

}  // namespace sally::store
