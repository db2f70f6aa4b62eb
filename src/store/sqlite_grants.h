// The grants in a SQLite state. Private to the engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/grants.h"
#include "store/sqlite.h"

namespace sally::store {

// Inside one transaction, which it does not outlive.
class SqliteGrants final : public GrantRepository {
 public:
  SqliteGrants(Connection& connection, bool writable)
      : connection_(connection), writable_(writable) {}

  [[nodiscard]] Result<> create(const GrantRecord& record) override;
  [[nodiscard]] Result<GrantRecord> find(std::string_view id) override;
  [[nodiscard]] Result<std::vector<GrantRecord>> list(size_t most) override;
  [[nodiscard]] Result<std::vector<GrantRecord>> open() override;
  [[nodiscard]] Result<> update(const GrantRecord& record) override;

 private:
  Result<> add_approvals(const GrantRecord& record);
  Result<> read_approvals(GrantRecord& record);
  // All rows that are left.
  Result<std::vector<GrantRecord>> read(Statement& statement);

  Connection& connection_;
  const bool writable_;
};

}  // namespace sally::store
