// What the SQLite engine asks of its tables, and how a row holds a time. Private to the engine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sally::store {

enum Sql : size_t {
  kBeginRead,
  kBeginWrite,
  kCommit,
  kGeneration,
  kGetFact,
  kPutFact,
  kInsertKey,
  kInsertScope,
  kFindKey,
  kFindScopes,
  kListKeys,
  kListScopes,
  kRevokeKey,
  kSetExpiry,
  kTouchKey,
  kAddOutbox,
  kListOutbox,
  kNoteAttempt,
  kRemoveOutbox,
  kCopy,
  kAddRevocation,
  kFindRevocation,
  kListRevocations,
  kRevocationsInForce,
  kLiftRevocation,
  kForgetRevocations,
  kNoteEvent,
  kForgetEvents,
  kStatements,
};

#define SALLY_KEY_COLUMNS \
  "id, name, team, digest, created, expires, revoked, last_used, requests_per_minute, scopes"
#define SALLY_REVOCATION_COLUMNS \
  "id, kind, target, requested, issued_before, until, lifted, who, reason"

inline constexpr std::array<std::string_view, kStatements> kSql = {
    "BEGIN",
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SELECT value FROM generation",
    "SELECT value FROM fact WHERE name = ?1",
    "INSERT INTO fact VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    "INSERT INTO api_key (" SALLY_KEY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    "INSERT INTO api_key_scope VALUES (?1, ?2, ?3)",
    "SELECT " SALLY_KEY_COLUMNS " FROM api_key WHERE id = ?1",
    "SELECT key, kind, name FROM api_key_scope WHERE key = ?1 ORDER BY kind, name",
    "SELECT " SALLY_KEY_COLUMNS " FROM api_key ORDER BY created, id",
    "SELECT key, kind, name FROM api_key_scope ORDER BY key, kind, name",
    "UPDATE api_key SET revoked = coalesce(revoked, ?2) WHERE id = ?1",
    "UPDATE api_key SET expires = ?2 WHERE id = ?1",
    "UPDATE api_key SET last_used = max(coalesce(last_used, ?2), ?2) WHERE id = ?1",
    "INSERT INTO outbox (id, entry) VALUES (?1, ?2)",
    "SELECT id, entry, attempted FROM outbox ORDER BY place LIMIT ?1",
    "UPDATE outbox SET attempted = coalesce(attempted, ?2) WHERE id = ?1",
    "DELETE FROM outbox WHERE id = ?1",
    "VACUUM INTO ?1",
    "INSERT INTO revocation (" SALLY_REVOCATION_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "SELECT " SALLY_REVOCATION_COLUMNS " FROM revocation WHERE id = ?1",
    "SELECT " SALLY_REVOCATION_COLUMNS " FROM revocation WHERE id > ?1 ORDER BY id LIMIT ?2",
    "SELECT " SALLY_REVOCATION_COLUMNS
    " FROM revocation WHERE lifted IS NULL AND (until IS NULL OR until > ?1) ORDER BY id",
    "UPDATE revocation SET lifted = ?2 WHERE id = ?1 AND lifted IS NULL",
    "DELETE FROM revocation WHERE lifted < ?1 OR until < ?1",
    "INSERT INTO received_event VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
    "DELETE FROM received_event WHERE at < ?1",
};
#undef SALLY_REVOCATION_COLUMNS
#undef SALLY_KEY_COLUMNS

inline int64_t to_number(WallTime time) {
  return time.time_since_epoch().count();
}
inline WallTime to_time(int64_t number) {
  return WallTime(Micros(number));
}
inline std::optional<int64_t> to_number(std::optional<WallTime> time) {
  return time ? std::optional(to_number(*time)) : std::nullopt;
}
inline std::optional<WallTime> to_time(std::optional<int64_t> number) {
  return number ? std::optional(to_time(*number)) : std::nullopt;
}

// kInternal where the transaction that asks is for reading only.
[[nodiscard]] inline Result<> check_writable(bool writable) {
  return writable ? ok() : Error(ErrorKind::kInternal, "a write inside a read transaction");
}

}  // namespace sally::store
