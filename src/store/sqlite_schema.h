// The numbered steps that bring a SQLite state to the present schema. A step, once released, is
// never edited: a change is a new step.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sally::store {

// In the header of the database file, so that no other program's database is taken for a state.
inline constexpr int32_t kSqliteApplicationId = 0x53414C59;  // `SALY`

struct Migration {
  std::string_view title;
  std::string_view sql;
};

inline constexpr std::array kMigrations = {
    Migration{"api keys", R"sql(
CREATE TABLE generation (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  value    INTEGER NOT NULL
) STRICT;
INSERT INTO generation VALUES (1, 1);

CREATE TABLE fact (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Times are microseconds since 1970. `scopes` counts the rows of api_key_scope: a key that lost
-- one would otherwise reach further than it was made for.
CREATE TABLE api_key (
  id        TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  team      TEXT NOT NULL,
  digest    BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  created   INTEGER NOT NULL,
  expires   INTEGER,
  revoked   INTEGER,
  last_used INTEGER,
  requests_per_minute INTEGER NOT NULL CHECK (requests_per_minute BETWEEN 0 AND 4294967295),
  scopes    INTEGER NOT NULL
) STRICT;

CREATE TABLE api_key_scope (
  key  TEXT NOT NULL REFERENCES api_key (id),
  kind TEXT NOT NULL CHECK (kind IN ('route', 'model')),
  name TEXT NOT NULL,
  PRIMARY KEY (key, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER api_key_inserted AFTER INSERT ON api_key BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER api_key_updated AFTER UPDATE OF id, name, team, digest, created, expires, revoked,
    requests_per_minute, scopes ON api_key BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER api_key_deleted AFTER DELETE ON api_key BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER api_key_scope_inserted AFTER INSERT ON api_key_scope BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER api_key_scope_updated AFTER UPDATE ON api_key_scope BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER api_key_scope_deleted AFTER DELETE ON api_key_scope BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER fact_inserted AFTER INSERT ON fact BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER fact_updated AFTER UPDATE ON fact BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER fact_deleted AFTER DELETE ON fact BEGIN
  UPDATE generation SET value = value + 1;
END;
)sql"},
    Migration{"outbox", R"sql(
-- `place` keeps the order; AUTOINCREMENT, so that a place is never used again.
CREATE TABLE outbox (
  place     INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT NOT NULL UNIQUE,
  entry     TEXT NOT NULL,
  attempted INTEGER
) STRICT;
)sql"},
    Migration{"revocations", R"sql(
CREATE TABLE revocation (
  id            TEXT PRIMARY KEY,
  kind          INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 255),
  target        TEXT NOT NULL,
  requested     INTEGER NOT NULL,
  issued_before INTEGER,
  until         INTEGER,
  lifted        INTEGER,
  who           TEXT NOT NULL,
  reason        TEXT NOT NULL CHECK (reason <> '')
) STRICT, WITHOUT ROWID;

CREATE TRIGGER revocation_inserted AFTER INSERT ON revocation BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER revocation_updated AFTER UPDATE ON revocation BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER revocation_deleted AFTER DELETE ON revocation BEGIN
  UPDATE generation SET value = value + 1;
END;
)sql"},
    Migration{"access grants", R"sql(
-- `approvals` counts the rows of access_approval, as `scopes` does those of api_key_scope.
CREATE TABLE access_grant (
  id          TEXT PRIMARY KEY,
  role        TEXT NOT NULL,
  principal   TEXT NOT NULL,
  asked_from  TEXT NOT NULL,
  reason      TEXT NOT NULL CHECK (reason <> ''),
  break_glass INTEGER NOT NULL CHECK (break_glass IN (0, 1)),
  needed      INTEGER NOT NULL CHECK (needed BETWEEN 0 AND 4294967295),
  lasts       INTEGER NOT NULL CHECK (lasts > 0),
  requested   INTEGER NOT NULL,
  lapses      INTEGER NOT NULL,
  approvals   INTEGER NOT NULL,
  state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 255),
  activated   INTEGER,
  ends        INTEGER,
  closed      INTEGER,
  closed_by   TEXT NOT NULL,
  closed_why  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_grant_open ON access_grant (id) WHERE state IN (0, 1);

CREATE TABLE access_approval (
  access_grant TEXT NOT NULL REFERENCES access_grant (id),
  who          TEXT NOT NULL,
  at_place     TEXT NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (access_grant, who)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER access_grant_inserted AFTER INSERT ON access_grant BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER access_grant_updated AFTER UPDATE ON access_grant BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER access_grant_deleted AFTER DELETE ON access_grant BEGIN
  UPDATE generation SET value = value + 1;
END;
)sql"},
    Migration{"pinned tools", R"sql(
CREATE TABLE tool_pin (
  route         TEXT NOT NULL,
  tool          TEXT NOT NULL,
  digest        BLOB NOT NULL CHECK (length(digest) = 32),
  description   TEXT NOT NULL,
  since         INTEGER NOT NULL,
  who           TEXT NOT NULL,
  reason        TEXT NOT NULL,
  listed_digest BLOB,
  listed        TEXT,
  changed       INTEGER,
  PRIMARY KEY (route, tool)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tool_pin_inserted AFTER INSERT ON tool_pin BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER tool_pin_updated AFTER UPDATE ON tool_pin BEGIN
  UPDATE generation SET value = value + 1;
END;
CREATE TRIGGER tool_pin_deleted AFTER DELETE ON tool_pin BEGIN
  UPDATE generation SET value = value + 1;
END;
)sql"},
    Migration{"received events", R"sql(
-- Which security events were received: each is taken once. That is no change of the state.
CREATE TABLE received_event (
  name TEXT PRIMARY KEY,
  at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql"},
};

}  // namespace sally::store
