// The revocations of a SQLite state, inside one transaction.
#pragma once

#include "store/sqlite.h"
#include "store/state.h"

namespace sally::store {

class SqliteRevocations final : public RevocationRepository {
 public:
  // `connection` outlives it.
  SqliteRevocations(Connection& connection, bool writable)
      : connection_(connection), writable_(writable) {}

  Result<> add(const RevocationRecord& record) override;
  Result<RevocationRecord> find(std::string_view id) override;
  Result<std::vector<RevocationRecord>> list(std::string_view after, size_t most) override;
  Result<std::vector<RevocationRecord>> in_force(WallTime now) override;
  Result<> lift(std::string_view id, WallTime at) override;
  Result<size_t> forget(WallTime before) override;
  Result<bool> note_event(std::string_view name, WallTime at) override;
  Result<> forget_events(WallTime before) override;

 private:
  Connection& connection_;
  const bool writable_;
};

}  // namespace sally::store
