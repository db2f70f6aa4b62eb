#include "store/sqlite_vault.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "store/sqlite.h"
#include "store/sqlite_statements.h"
#include "store/sqlite_vault_file.h"
#include "store/vault_keys.h"

namespace sally::store {
namespace {

constexpr int64_t kSweepAtOnce = 500;

struct Scope {
  int64_t id = 0;
  int64_t last = 0;
  int64_t held = 0;
};

struct Subject {
  int64_t id = 0;
  crypto::Aead key;
};

class SqliteVault final : public Vault {
 public:
  SqliteVault(VaultFile file, VaultKeys keys, const VaultLimits& limits,
              std::unique_ptr<Random> random)
      : limits_(limits),
        keys_(std::move(keys)),
        random_(std::move(random)),
        writer_(std::move(file.writer)),
        reader_(std::move(file.reader)) {}

  Result<std::vector<VaultEntry>> put(std::string_view scope, std::string_view subject,
                                      std::span<const VaultItem> items, WallTime now) override;
  Result<std::optional<VaultValue>> get(std::string_view scope, uint32_t number,
                                        WallTime now) override;
  Result<size_t> forget(std::string_view subject) override;
  Result<size_t> sweep(WallTime now) override;
  Result<uint64_t> generation() override;
  [[nodiscard]] const VaultLimits& limits() const override { return limits_; }

 private:
  [[nodiscard]] Result<> check(std::span<const VaultItem> items) const;
  // All below: with the writer's mutex held, inside a transaction.
  Result<Scope> find_or_add_scope(const VaultDigest& tag, WallTime expires);
  Result<Subject> find_or_add_subject(const VaultDigest& tag, WallTime now);
  Result<VaultEntry> put_item(const VaultDigest& scope_tag, Scope& scope, const Subject& subject,
                              const VaultItem& item, WallTime expires);
  Result<> seal(const VaultDigest& scope_tag, const Scope& scope, uint32_t number,
                const Subject& subject, std::string_view value);
  Result<size_t> sweep_some(WallTime now);

  const VaultLimits limits_;
  const VaultKeys keys_;
  std::mutex writing_;
  const std::unique_ptr<Random> random_;  // guarded by writing_
  Connection writer_;                     // the same
  std::mutex reading_;                    // taken after writing_ where both are
  Connection reader_;                     // guarded by reading_: a read waits for no write
};

Result<> SqliteVault::check(std::span<const VaultItem> items) const {
  for (const VaultItem& item : items) {
    if (item.label.empty() || item.label.size() > kMostLabel || item.value.empty() ||
        item.value.size() > limits_.value_octets) {
      return Error(ErrorKind::kTooLarge, "a value does not fit into the vault");
    }
  }
  return ok();
}

Result<Scope> SqliteVault::find_or_add_scope(const VaultDigest& tag, WallTime expires) {
  {
    TRY(sqlite3_stmt * prepared, writer_.prepared(kFindScope));
    Statement statement(writer_.handle(), prepared);
    statement.bind(1, ByteView(tag));
    TRY(const bool row, statement.step());
    if (row) {
      return Scope{statement.number(0), statement.number(1), statement.number(2)};
    }
  }
  TRY(const auto id, number(writer_, kAddScope, ByteView(tag), to_number(expires)));
  return Scope{.id = id.value_or(0)};
}

Result<Subject> SqliteVault::find_or_add_subject(const VaultDigest& tag, WallTime now) {
  {
    TRY(sqlite3_stmt * prepared, writer_.prepared(kFindSubject));
    Statement statement(writer_.handle(), prepared);
    statement.bind(1, ByteView(tag));
    TRY(const bool row, statement.step());
    if (row) {
      TRY(crypto::Aead key, keys_.open_subject_key(tag, statement.bytes(1)));
      return Subject{statement.number(0), std::move(key)};
    }
  }
  TRY(const Bytes wrapped, keys_.make_subject_key(tag, *random_));
  TRY(crypto::Aead key, keys_.open_subject_key(tag, wrapped));
  TRY(const auto id,
      number(writer_, kAddSubject, ByteView(tag), ByteView(wrapped), to_number(now)));
  return Subject{id.value_or(0), std::move(key)};
}

Result<> SqliteVault::seal(const VaultDigest& scope_tag, const Scope& scope, uint32_t number,
                           const Subject& subject, std::string_view value) {
  TRY(const Bytes sealed,
      subject.key.seal(as_bytes(value), VaultKeys::place(scope_tag, number), *random_));
  return run(writer_, kAddSealing, scope.id, int64_t{number}, subject.id, ByteView(sealed));
}

Result<VaultEntry> SqliteVault::put_item(const VaultDigest& scope_tag, Scope& scope,
                                         const Subject& subject, const VaultItem& item,
                                         WallTime expires) {
  const VaultDigest look_up = keys_.look_up(scope_tag, item.value);
  VaultEntry entry{.number = 0, .label = std::string(item.label), .tag = {}, .expires = expires};
  {
    TRY(sqlite3_stmt * prepared, writer_.prepared(kFindEntry));
    Statement statement(writer_.handle(), prepared);
    statement.bind(1, scope.id);
    statement.bind(2, ByteView(look_up));
    TRY(const bool row, statement.step());
    if (row) {
      entry.number = static_cast<uint32_t>(statement.number(0));
      entry.label = statement.text(1);
    }
  }
  if (entry.number != 0) {
    TRY_OK(run(writer_, kKeepEntry, scope.id, int64_t{entry.number}, to_number(expires)));
    TRY(const auto sealed,
        number(writer_, kFindSealing, scope.id, int64_t{entry.number}, subject.id));
    if (!sealed) {
      TRY_OK(seal(scope_tag, scope, entry.number, subject, item.value));
    }
  } else {
    if (std::cmp_greater_equal(scope.held, limits_.values_per_scope) ||
        scope.last >= std::numeric_limits<uint32_t>::max()) {
      return Error(ErrorKind::kTooMany, "the vault holds as many values of this scope as it may",
                   "begin a new session, or raise the limit");
    }
    ++scope.held;
    entry.number = static_cast<uint32_t>(++scope.last);
    TRY_OK(run(writer_, kAddEntry, scope.id, scope.last, item.label, ByteView(look_up),
               to_number(expires)));
    TRY_OK(seal(scope_tag, scope, entry.number, subject, item.value));
  }
  entry.tag = keys_.tag(scope_tag, entry.number, entry.label, item.value);
  return entry;
}

Result<std::vector<VaultEntry>> SqliteVault::put(std::string_view scope_name,
                                                 std::string_view subject_name,
                                                 std::span<const VaultItem> items, WallTime now) {
  TRY_OK(check(items));
  const VaultDigest scope_tag = keys_.scope(scope_name);
  const VaultDigest subject_tag = keys_.subject(subject_name);
  const WallTime expires = now + limits_.lifetime;
  std::vector<VaultEntry> out;
  out.reserve(items.size());

  const std::lock_guard lock(writing_);
  TRY_OK(run(writer_, kVaultBegin));
  const Rollback rollback(writer_);
  TRY(Scope scope, find_or_add_scope(scope_tag, expires));
  TRY(const Subject subject, find_or_add_subject(subject_tag, now));
  for (const VaultItem& item : items) {
    TRY(VaultEntry entry, put_item(scope_tag, scope, subject, item, expires));
    out.push_back(std::move(entry));
  }
  TRY_OK(run(writer_, kSetScope, scope.id, scope.last, scope.held, to_number(expires)));
  TRY_OK(run(writer_, kVaultCommit));
  return out;
}

Result<std::optional<VaultValue>> SqliteVault::get(std::string_view scope_name, uint32_t number,
                                                   WallTime now) {
  const VaultDigest scope_tag = keys_.scope(scope_name);
  VaultValue out;
  Bytes sealed;
  VaultDigest subject_tag;
  Bytes wrapped;
  {
    const std::lock_guard lock(reading_);
    TRY(sqlite3_stmt * prepared, reader_.prepared(kGetValue));
    Statement statement(reader_.handle(), prepared);
    statement.bind(1, ByteView(scope_tag));
    statement.bind(2, int64_t{number});
    statement.bind(3, to_number(now));
    TRY(const bool row, statement.step());
    if (!row) {
      return std::optional<VaultValue>();
    }
    out.entry.label = statement.text(0);
    out.entry.expires = to_time(statement.number(1));
    sealed.assign(statement.bytes(2).begin(), statement.bytes(2).end());
    if (statement.bytes(3).size() != subject_tag.size()) {
      return Error(ErrorKind::kCorrupt, "the vault has a subject without a name");
    }
    std::ranges::copy(statement.bytes(3), subject_tag.begin());
    wrapped.assign(statement.bytes(4).begin(), statement.bytes(4).end());
  }
  TRY(const crypto::Aead key, keys_.open_subject_key(subject_tag, wrapped));
  TRY(out.value, key.open(sealed, VaultKeys::place(scope_tag, number)));
  out.entry.number = number;
  out.entry.tag = keys_.tag(scope_tag, number, out.entry.label, out.value.reveal());
  return std::optional(std::move(out));
}

Result<size_t> SqliteVault::forget(std::string_view subject) {
  const VaultDigest tag = keys_.subject(subject);
  const std::lock_guard lock(writing_);
  int64_t forgotten = 0;
  {
    TRY_OK(run(writer_, kVaultBegin));
    const Rollback rollback(writer_);
    TRY(const auto id, number(writer_, kFindSubject, ByteView(tag)));
    if (id) {
      TRY(const auto count, number(writer_, kCountSealings, *id));
      forgotten = count.value_or(0);
      TRY_OK(run(writer_, kDeleteSubject, *id));
      TRY_OK(run(writer_, kBlindEntries, *id));
    }
    TRY_OK(run(writer_, kCountForget));
    TRY_OK(run(writer_, kVaultCommit));
  }
  // The log still holds pages as they were: it is brought into the file and cut to nothing, even
  // where the key was deleted by an earlier call that could not do so.
  const std::lock_guard reading(reading_);
  TRY(const std::string busy,
      writer_.query("PRAGMA wal_checkpoint(TRUNCATE)", "cannot clear the vault's log"));
  if (busy != "0") {
    return Error(ErrorKind::kUnavailable,
                 "the subject's key is deleted, but the vault's log is still in use",
                 "make the call again, so that no octet of the key is left there");
  }
  return static_cast<size_t>(forgotten);
}

// One short transaction: a request that waits for it waits for some hundred rows.
Result<size_t> SqliteVault::sweep_some(WallTime now) {
  TRY_OK(run(writer_, kVaultBegin));
  const Rollback rollback(writer_);
  std::vector<std::pair<int64_t, int64_t>> expired;
  {
    TRY(sqlite3_stmt * prepared, writer_.prepared(kListExpired));
    Statement statement(writer_.handle(), prepared);
    statement.bind(1, to_number(now));
    statement.bind(2, kSweepAtOnce);
    for (;;) {
      TRY(const bool row, statement.step());
      if (!row) {
        break;
      }
      expired.emplace_back(statement.number(0), statement.number(1));
    }
  }
  for (const auto& [scope, place] : expired) {
    TRY_OK(run(writer_, kDeleteSealings, scope, place));
    TRY_OK(run(writer_, kDeleteEntry, scope, place));
    TRY_OK(run(writer_, kReleaseEntry, scope));
  }
  if (expired.empty()) {
    TRY_OK(run(writer_, kDeleteScopes, to_number(now)));
    TRY_OK(run(writer_, kDeleteSubjects, to_number(now - limits_.lifetime)));
  }
  TRY_OK(run(writer_, kVaultCommit));
  return expired.size();
}

Result<size_t> SqliteVault::sweep(WallTime now) {
  size_t swept = 0;
  for (;;) {
    const std::lock_guard lock(writing_);
    TRY(const size_t some, sweep_some(now));
    if (some == 0) {
      // Here and not in a request, as far as possible: a checkpoint waits for the disk.
      TRY_OK(
          writer_.execute("PRAGMA wal_checkpoint(PASSIVE)", "cannot write the vault's log back"));
      return swept;
    }
    swept += some;
  }
}

Result<uint64_t> SqliteVault::generation() {
  const std::lock_guard lock(reading_);
  TRY(const auto value, number(reader_, kVaultGeneration));
  if (!value) {
    return Error(ErrorKind::kCorrupt, "the vault has no generation");
  }
  return static_cast<uint64_t>(*value);
}

}  // namespace

Result<std::unique_ptr<Vault>> open_sqlite_vault(const std::string& path, IfMissing if_missing,
                                                 const Secret& root, const VaultLimits& limits,
                                                 std::unique_ptr<Random> random) {
  TRY(VaultKeys keys, VaultKeys::derive(root));
  TRY(VaultFile file, open_vault_file(path, if_missing, keys.check(), limits.octets));
  return std::unique_ptr<Vault>(
      std::make_unique<SqliteVault>(std::move(file), std::move(keys), limits, std::move(random)));
}

}  // namespace sally::store
