// The tables of a SQLite vault and what it asks of them. Private to the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sally::store {

// In the header of the database file, so that no other database is taken for a vault.
inline constexpr int32_t kVaultApplicationId = 0x53414C56;  // `SALV`
inline constexpr int32_t kVaultSchema = 1;

// Times are microseconds since 1970; tags and look_ups are keyed digests (vault_keys.h). Ids are
// never used twice (AUTOINCREMENT): what a deleted subject sealed stays nobody's.
inline constexpr std::string_view kVaultTables = R"sql(
CREATE TABLE fact (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  value    INTEGER NOT NULL
) STRICT;
INSERT INTO generation VALUES (1, 1);

CREATE TABLE subject (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  tag     BLOB NOT NULL UNIQUE CHECK (length(tag) = 32),
  key     BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;

-- `last`: the highest number that was given; `held`: how many entries there are.
CREATE TABLE scope (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  tag     BLOB NOT NULL UNIQUE CHECK (length(tag) = 32),
  last    INTEGER NOT NULL CHECK (last BETWEEN 0 AND 4294967295),
  held    INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;

-- `look_up` is gone when nobody is left who could open the value.
CREATE TABLE entry (
  scope   INTEGER NOT NULL REFERENCES scope (id),
  number  INTEGER NOT NULL,
  label   TEXT NOT NULL,
  look_up BLOB,
  expires INTEGER NOT NULL,
  PRIMARY KEY (scope, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_look_up ON entry (scope, look_up) WHERE look_up IS NOT NULL;
CREATE INDEX entry_expires ON entry (expires);

-- The value of an entry under the key of each subject that put it. A subject need not exist.
CREATE TABLE sealing (
  scope   INTEGER NOT NULL,
  number  INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  sealed  BLOB NOT NULL,
  PRIMARY KEY (scope, number, subject),
  FOREIGN KEY (scope, number) REFERENCES entry (scope, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX sealing_subject ON sealing (subject);
)sql";

enum VaultSql : size_t {
  kVaultBegin,
  kVaultCommit,
  kVaultGeneration,
  kFindFact,
  kAddFact,
  kFindScope,
  kAddScope,
  kSetScope,
  kFindSubject,
  kAddSubject,
  kFindEntry,
  kAddEntry,
  kKeepEntry,
  kFindSealing,
  kAddSealing,
  kGetValue,
  kCountSealings,
  kDeleteSubject,
  kBlindEntries,
  kCountForget,
  kListExpired,
  kDeleteSealings,
  kDeleteEntry,
  kReleaseEntry,
  kDeleteScopes,
  kDeleteSubjects,
  kVaultStatements,
};

inline constexpr std::array<std::string_view, kVaultStatements> kVaultSql = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "SELECT value FROM generation",
    "SELECT value FROM fact WHERE name = ?1",
    "INSERT INTO fact VALUES (?1, ?2)",
    "SELECT id, last, held FROM scope WHERE tag = ?1",
    "INSERT INTO scope (tag, last, held, expires) VALUES (?1, 0, 0, ?2) RETURNING id",
    "UPDATE scope SET last = ?2, held = ?3, expires = max(expires, ?4) WHERE id = ?1",
    "SELECT id, key FROM subject WHERE tag = ?1",
    "INSERT INTO subject (tag, key, created) VALUES (?1, ?2, ?3) RETURNING id",
    "SELECT number, label FROM entry WHERE scope = ?1 AND look_up = ?2",
    "INSERT INTO entry (scope, number, label, look_up, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
    "UPDATE entry SET expires = ?3 WHERE scope = ?1 AND number = ?2",
    "SELECT 1 FROM sealing WHERE scope = ?1 AND number = ?2 AND subject = ?3",
    "INSERT INTO sealing (scope, number, subject, sealed) VALUES (?1, ?2, ?3, ?4)",
    "SELECT entry.label, entry.expires, sealing.sealed, subject.tag, subject.key FROM scope"
    " JOIN entry ON entry.scope = scope.id"
    " JOIN sealing ON sealing.scope = entry.scope AND sealing.number = entry.number"
    " JOIN subject ON subject.id = sealing.subject"
    " WHERE scope.tag = ?1 AND entry.number = ?2 AND entry.expires > ?3 LIMIT 1",
    "SELECT count(*) FROM sealing WHERE subject = ?1",
    "DELETE FROM subject WHERE id = ?1",
    "UPDATE entry SET look_up = NULL WHERE look_up IS NOT NULL"
    " AND (scope, number) IN (SELECT scope, number FROM sealing WHERE subject = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM sealing JOIN subject ON subject.id = sealing.subject"
    "  WHERE sealing.scope = entry.scope AND sealing.number = entry.number)",
    "UPDATE generation SET value = value + 1",
    "SELECT scope, number FROM entry WHERE expires <= ?1 LIMIT ?2",
    "DELETE FROM sealing WHERE scope = ?1 AND number = ?2",
    "DELETE FROM entry WHERE scope = ?1 AND number = ?2",
    "UPDATE scope SET held = held - 1 WHERE id = ?1",
    "DELETE FROM scope WHERE expires <= ?1 AND held = 0",
    "DELETE FROM subject WHERE created <= ?1"
    " AND NOT EXISTS (SELECT 1 FROM sealing WHERE sealing.subject = subject.id)",
};

}  // namespace sally::store
