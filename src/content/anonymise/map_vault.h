// A vault in a map, for tests, fuzz targets and benchmarks.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/vault_keys.h"

namespace sally::content::anonymise {

class MapVault final : public store::Vault {
 public:
  MapVault() : keys_(make_keys()) {}

  Result<std::vector<store::VaultEntry>> put(std::string_view scope, std::string_view subject,
                                             std::span<const store::VaultItem> items,
                                             WallTime now) override {
    if (fails) {
      return Error(ErrorKind::kUnavailable, "the vault is closed");
    }
    ++puts;
    std::vector<store::VaultEntry> out;
    std::vector<Row>& rows = rows_[std::string(scope)];
    for (const store::VaultItem& item : items) {
      size_t number = 1;
      while (number <= rows.size() && rows[number - 1].value != item.value) {
        ++number;
      }
      if (number > rows.size()) {
        store::VaultEntry entry{.number = static_cast<uint32_t>(number),
                                .label = std::string(item.label),
                                .tag = keys_.tag(keys_.scope(scope), static_cast<uint32_t>(number),
                                                 item.label, item.value),
                                .expires = now + limits_.lifetime};
        rows.push_back({std::move(entry), std::string(item.value), std::string(subject)});
      }
      out.push_back(rows[number - 1].entry);
    }
    return out;
  }

  Result<std::optional<store::VaultValue>> get(std::string_view scope, uint32_t number,
                                               WallTime /*now*/) override {
    if (fails) {
      return Error(ErrorKind::kUnavailable, "the vault is closed");
    }
    ++gets;
    const std::vector<Row>& rows = rows_[std::string(scope)];
    if (number == 0 || number > rows.size() || rows[number - 1].forgotten) {
      return std::optional<store::VaultValue>();
    }
    const Row& row = rows[number - 1];
    return std::optional(store::VaultValue{row.entry, Secret(row.value)});
  }

  Result<size_t> forget(std::string_view subject) override {
    size_t count = 0;
    for (auto& [scope, rows] : rows_) {
      for (Row& row : rows) {
        count += row.subject == subject && !std::exchange(row.forgotten, true) ? 1 : 0;
      }
    }
    return count;
  }
  Result<size_t> sweep(WallTime /*now*/) override { return size_t{0}; }
  Result<uint64_t> generation() override { return uint64_t{0}; }
  [[nodiscard]] const store::VaultLimits& limits() const override { return limits_; }

  bool fails = false;
  size_t puts = 0;
  size_t gets = 0;

 private:
  struct Row {
    store::VaultEntry entry;
    std::string value;
    std::string subject;
    bool forgotten = false;
  };
  static store::VaultKeys make_keys() {
    auto keys = store::VaultKeys::derive(Secret(std::string(32, 'v')));
    SALLY_CHECK(keys.ok());
    return std::move(*keys);
  }

  store::VaultKeys keys_;
  store::VaultLimits limits_;
  std::map<std::string, std::vector<Row>> rows_;
};

}  // namespace sally::content::anonymise
