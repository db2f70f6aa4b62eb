#include "store/sqlite_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "store/sqlite.h"
#include "store/sqlite_file.h"
#include "store/sqlite_grants.h"
#include "store/sqlite_revocations.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_statements.h"
#include "store/sqlite_tool_pins.h"

namespace sally::store {
namespace {

constexpr FileWords kWords{
    .noun = "state",
    .missing = "`sallyport init` makes one",
    .damaged = "restore the last good backup, or make a new one with `sallyport init`",
};

// A key whose scopes have yet to be read, and how many it must have.
struct PartialKey {
  KeyRecord record;
  int64_t scopes = 0;
};

Result<PartialKey> read_key(const Statement& row) {
  PartialKey key;
  KeyRecord& record = key.record;
  record.id = KeyId(row.text(0));
  record.name = row.text(1);
  record.team = TeamId(row.text(2));
  const ByteView digest = row.bytes(3);
  if (digest.size() != record.digest.size()) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("key `{}` has no digest", printable(record.id.str())));
  }
  std::copy(digest.begin(), digest.end(), record.digest.begin());
  record.created = to_time(row.number(4));
  record.expires = to_time(row.number_or_null(5));
  record.revoked = to_time(row.number_or_null(6));
  record.last_used = to_time(row.number_or_null(7));
  record.requests_per_minute = static_cast<uint32_t>(row.number(8));
  key.scopes = row.number(9);
  return key;
}

void add_scope(KeyRecord& record, std::string_view kind, std::string name) {
  if (kind == "route") {
    record.routes.emplace_back(std::move(name));
  } else {
    record.models.emplace_back(std::move(name));
  }
}

Result<> check_scopes(const PartialKey& key) {
  const size_t read = key.record.routes.size() + key.record.models.size();
  if (std::cmp_not_equal(read, key.scopes)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("key `{}` has {} of its {} scopes", printable(key.record.id.str()),
                             read, key.scopes),
                 "the state was altered from outside; revoke the key or restore a backup");
  }
  return ok();
}

class SqliteTransaction final : public Transaction,
                                KeyRepository,
                                ValueRepository,
                                OutboxRepository {
 public:
  SqliteTransaction(Connection& connection, bool writable)
      : connection_(connection),
        writable_(writable),
        revocations_(connection, writable),
        grants_(connection, writable),
        tool_pins_(connection, writable) {}

  KeyRepository& keys() override { return *this; }
  RevocationRepository& revocations() override { return revocations_; }
  GrantRepository& grants() override { return grants_; }
  ToolPinRepository& tool_pins() override { return tool_pins_; }
  ValueRepository& values() override { return *this; }
  OutboxRepository& outbox() override { return *this; }

 private:
  // --- ValueRepository
  Result<std::optional<std::string>> get(std::string_view name) override {
    TRY(sqlite3_stmt * prepared, connection_.prepared(kGetFact));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, name);
    TRY(const bool row, statement.step());
    return row ? std::optional(statement.text(0)) : std::nullopt;
  }

  Result<> put(std::string_view name, std::string_view value) override {
    TRY_OK(check_writable());
    TRY(sqlite3_stmt * prepared, connection_.prepared(kPutFact));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, name);
    statement.bind(2, value);
    return statement.run();
  }

  // --- KeyRepository
  Result<> create(const KeyRecord& record) override {
    TRY_OK(check_writable());
    TRY(sqlite3_stmt * prepared, connection_.prepared(kInsertKey));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, record.id.str());
    statement.bind(2, record.name);
    statement.bind(3, record.team.str());
    statement.bind(4, ByteView(record.digest));
    statement.bind(5, to_number(record.created));
    statement.bind(6, to_number(record.expires));
    statement.bind(7, to_number(record.revoked));
    statement.bind(8, to_number(record.last_used));
    statement.bind(9, int64_t{record.requests_per_minute});
    statement.bind(10, static_cast<int64_t>(record.routes.size() + record.models.size()));
    TRY_OK(statement.run());
    for (const RouteId& route : record.routes) {
      TRY_OK(create_scope(record.id, "route", route.str()));
    }
    for (const ModelId& model : record.models) {
      TRY_OK(create_scope(record.id, "model", model.str()));
    }
    return ok();
  }

  Result<KeyRecord> find(const KeyId& id) override {
    PartialKey key;
    {
      TRY(sqlite3_stmt * prepared, connection_.prepared(kFindKey));
      Statement statement(connection_.handle(), prepared);
      statement.bind(1, id.str());
      TRY(const bool row, statement.step());
      if (!row) {
        return not_found(id);
      }
      TRY(key, read_key(statement));
    }
    TRY(sqlite3_stmt * prepared, connection_.prepared(kFindScopes));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, id.str());
    for (;;) {
      TRY(const bool row, statement.step());
      if (!row) {
        break;
      }
      add_scope(key.record, statement.text(1), statement.text(2));
    }
    TRY_OK(check_scopes(key));
    return std::move(key.record);
  }

  Result<std::vector<KeyRecord>> list() override {
    std::vector<PartialKey> keys;
    {
      TRY(sqlite3_stmt * prepared, connection_.prepared(kListKeys));
      Statement statement(connection_.handle(), prepared);
      for (;;) {
        TRY(const bool row, statement.step());
        if (!row) {
          break;
        }
        TRY(PartialKey key, read_key(statement));
        keys.push_back(std::move(key));
      }
    }
    std::map<std::string_view, KeyRecord*> by_id;
    for (PartialKey& key : keys) {
      by_id.emplace(key.record.id.str(), &key.record);
    }
    TRY(sqlite3_stmt * prepared, connection_.prepared(kListScopes));
    Statement statement(connection_.handle(), prepared);
    for (;;) {
      TRY(const bool row, statement.step());
      if (!row) {
        break;
      }
      const auto found = by_id.find(as_text(statement.bytes(0)));
      if (found != by_id.end()) {
        add_scope(*found->second, statement.text(1), statement.text(2));
      }
    }
    std::vector<KeyRecord> out;
    out.reserve(keys.size());
    for (PartialKey& key : keys) {
      TRY_OK(check_scopes(key));
      out.push_back(std::move(key.record));
    }
    return out;
  }

  Result<> revoke(const KeyId& id, WallTime at) override { return set_time(kRevokeKey, id, at); }
  Result<> set_expiry(const KeyId& id, WallTime at) override {
    return set_time(kSetExpiry, id, at);
  }
  Result<> touch_last_used(const KeyId& id, WallTime at) override {
    return set_time(kTouchKey, id, at);
  }

  // --- OutboxRepository
  Result<> add(std::string_view id, std::string_view entry) override {
    TRY_OK(check_writable());
    TRY(sqlite3_stmt * prepared, connection_.prepared(kAddOutbox));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, id);
    statement.bind(2, entry);
    return statement.run();
  }

  Result<std::vector<OutboxEntry>> list(size_t most) override {
    TRY(sqlite3_stmt * prepared, connection_.prepared(kListOutbox));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, static_cast<int64_t>(most));
    std::vector<OutboxEntry> out;
    for (;;) {
      TRY(const bool row, statement.step());
      if (!row) {
        return out;
      }
      OutboxEntry entry{.id = statement.text(0), .entry = statement.text(1), .attempted = {}};
      if (const auto attempted = statement.number_or_null(2)) {
        entry.attempted = static_cast<uint64_t>(*attempted);
      }
      out.push_back(std::move(entry));
    }
  }

  Result<> note_attempt(std::string_view id, uint64_t position) override {
    return change_outbox(kNoteAttempt, id, static_cast<int64_t>(position));
  }
  Result<> remove(std::string_view id) override { return change_outbox(kRemoveOutbox, id, {}); }

  Result<> change_outbox(Sql sql, std::string_view id, std::optional<int64_t> position) {
    TRY_OK(check_writable());
    TRY(sqlite3_stmt * prepared, connection_.prepared(sql));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, id);
    if (position) {
      statement.bind(2, *position);
    }
    TRY_OK(statement.run());
    if (connection_.changes() == 0) {
      return Error(ErrorKind::kNotFound,
                   fmt::format("nothing waits under the id `{}`", printable(id)));
    }
    return ok();
  }

  // --- shared
  static Error not_found(const KeyId& id) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no key `{}`", printable(id.str())));
  }

  [[nodiscard]] Result<> check_writable() const { return store::check_writable(writable_); }

  Result<> create_scope(const KeyId& id, std::string_view kind, std::string_view name) {
    TRY(sqlite3_stmt * prepared, connection_.prepared(kInsertScope));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, id.str());
    statement.bind(2, kind);
    statement.bind(3, name);
    return statement.run();
  }

  Result<> set_time(Sql sql, const KeyId& id, WallTime at) {
    TRY_OK(check_writable());
    TRY(sqlite3_stmt * prepared, connection_.prepared(sql));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, id.str());
    statement.bind(2, to_number(at));
    TRY_OK(statement.run());
    if (connection_.changes() == 0) {
      return not_found(id);
    }
    return ok();
  }

  Connection& connection_;
  const bool writable_;
  SqliteRevocations revocations_;
  SqliteGrants grants_;
  SqliteToolPins tool_pins_;
};

Result<> run(Connection& connection, Sql sql) {
  TRY(sqlite3_stmt * prepared, connection.prepared(sql));
  Statement statement(connection.handle(), prepared);
  return statement.run();
}

class SqliteState final : public State {
 public:
  SqliteState(std::string path, FileIdentity identity, Connection connection)
      : path_(std::move(path)), identity_(identity), connection_(std::move(connection)) {}

  Result<> read(const Body& body) override { return transact(kBeginRead, body); }
  Result<> write(const Body& body) override { return transact(kBeginWrite, body); }

  Result<> copy_to(const std::string& path) override {
    // Made here for its mode; SQLite takes an empty file for its own.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
      return Error(errno == EEXIST ? ErrorKind::kConflict : ErrorKind::kIo,
                   fmt::format("cannot copy the state to `{}`: {}", printable(path),
                               std::generic_category().message(errno)));
    }
    ::close(fd);
    const std::lock_guard lock(mutex_);
    TRY(sqlite3_stmt * prepared, connection_.prepared(kCopy));
    Statement statement(connection_.handle(), prepared);
    statement.bind(1, path);
    return statement.run();
  }

  Result<uint64_t> generation() override {
    if (identity_of(path_) != identity_) {
      return Error(ErrorKind::kUnavailable,
                   fmt::format("the state `{}` was moved or replaced while open", printable(path_)),
                   "restart the gate after restoring a state");
    }
    const std::lock_guard lock(mutex_);
    TRY(sqlite3_stmt * prepared, connection_.prepared(kGeneration));
    Statement statement(connection_.handle(), prepared);
    TRY(const bool row, statement.step());
    if (!row) {
      return Error(ErrorKind::kCorrupt, "the state has no generation");
    }
    return static_cast<uint64_t>(statement.number(0));
  }

 private:
  Result<> transact(Sql begin, const Body& body) {
    const std::lock_guard lock(mutex_);
    TRY_OK(run(connection_, begin));
    const Rollback rollback(connection_);
    SqliteTransaction transaction(connection_, begin == kBeginWrite);
    TRY_OK(body(transaction));
    return run(connection_, kCommit);
  }

  const std::string path_;
  const FileIdentity identity_;
  std::mutex mutex_;
  Connection connection_;
};

Result<int64_t> query_number(Connection& connection, const std::string& sql) {
  TRY(const std::string text, connection.query(sql, "cannot read the state"));
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(ErrorKind::kCorrupt, "the state answers with no number");
  }
  return number;
}

Error no_state(const std::string& path) {
  return Error(ErrorKind::kCorrupt, fmt::format("the state `{}` is empty", printable(path)),
               std::string(kWords.damaged));
}

// Refuses what is not ours before anything is written to it.
Result<> check_ours(Connection& connection, const std::string& path, IfMissing if_missing) {
  TRY(const int64_t application, query_number(connection, "PRAGMA application_id"));
  TRY(const int64_t objects, query_number(connection, "SELECT count(*) FROM sqlite_schema"));
  if (application != kSqliteApplicationId && (application != 0 || objects != 0)) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` is a database, but not a Sallyport state", printable(path)),
                 "give the state a file of its own");
  }
  if (objects == 0 && if_missing == IfMissing::kFail) {
    return no_state(path);
  }
  TRY(const std::string verdict,
      connection.query("PRAGMA quick_check(1)", "cannot check the state"));
  if (verdict != "ok") {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("the state `{}` is damaged: {}", printable(path), printable(verdict)),
                 "stop every gate, keep the file for later, and restore the last good backup");
  }
  return ok();
}

// The number of steps applied so far. kConflict when they are more than this program knows.
Result<size_t> schema_of(Connection& connection, const std::string& path) {
  TRY(const int64_t tables,
      query_number(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'migration'"));
  if (tables == 0) {
    return size_t{0};
  }
  TRY(const int64_t present,
      query_number(connection, "SELECT coalesce(max(version), 0) FROM migration"));
  if (std::cmp_greater(present, kMigrations.size())) {
    return Error(ErrorKind::kConflict,
                 fmt::format("the state `{}` has schema {}, this program knows up to {}",
                             printable(path), present, kMigrations.size()),
                 "it was used by a newer sallyport: install that one, or restore an older backup");
  }
  return static_cast<size_t>(std::max<int64_t>(present, 0));
}

// Applies the steps that are missing, all in one transaction. Writes nothing when none is.
Result<> migrate(Connection& connection, const std::string& path) {
  constexpr std::string_view kWhat = "cannot bring the state up to date";
  TRY(const size_t seen, schema_of(connection, path));
  if (seen == kMigrations.size()) {
    return ok();
  }
  TRY_OK(run(connection, kBeginWrite));
  const Rollback rollback(connection);
  TRY(const size_t present, schema_of(connection, path));  // now that nobody else can change it
  if (present == 0) {
    TRY_OK(connection.execute(
        fmt::format("PRAGMA application_id = {};"
                    "CREATE TABLE migration (version INTEGER PRIMARY KEY, title TEXT NOT NULL)"
                    " STRICT;",
                    kSqliteApplicationId),
        kWhat));
  }
  for (size_t i = present; i < kMigrations.size(); ++i) {
    const Migration& step = kMigrations[i];
    TRY_OK(connection.execute(std::string(step.sql), kWhat));
    TRY_OK(connection.execute(
        fmt::format("INSERT INTO migration VALUES ({}, '{}')", i + 1, step.title), kWhat));
  }
  return run(connection, kCommit);
}

}  // namespace

Result<std::unique_ptr<State>> open_sqlite_state(const std::string& given, IfMissing if_missing) {
  TRY(const ClaimedFile file, claim_file(given, if_missing, kWords));
  const std::string& path = file.path;
  TRY(Connection connection, Connection::open(path, kSql));
  TRY_OK(check_ours(connection, path, if_missing));
  TRY(const std::string mode,
      connection.query("PRAGMA journal_mode = WAL", "cannot set up the state"));
  if (mode != "wal") {
    return Error(ErrorKind::kIo,
                 fmt::format("the state `{}` cannot keep a write-ahead log", printable(path)),
                 "put it on a local file system");
  }
  TRY_OK(migrate(connection, path));
  return std::unique_ptr<State>(
      std::make_unique<SqliteState>(path, file.identity, std::move(connection)));
}

}  // namespace sally::store
