// The pinned tools of a SQLite state, inside one transaction.
#pragma once

#include "store/sqlite.h"
#include "store/tool_pins.h"

namespace sally::store {

class SqliteToolPins final : public ToolPinRepository {
 public:
  // `connection` outlives it.
  SqliteToolPins(Connection& connection, bool writable)
      : connection_(connection), writable_(writable) {}

  Result<> put(const ToolPinRecord& record) override;
  Result<std::optional<ToolPinRecord>> find(std::string_view route, std::string_view tool) override;
  Result<std::vector<ToolPinRecord>> list() override;

 private:
  Connection& connection_;
  const bool writable_;
};

}  // namespace sally::store
