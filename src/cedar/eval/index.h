// PolicyIndex: which policies may apply to a request, found by the scope. Each policy stands under
// one key, the rarest that its scope has: an entity (or, of an action list, each of them), a type,
// or, where the scope asks for nothing, under none.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "cedar/eval/frozen_table.h"
#include "cedar/eval/request.h"
#include "cedar/eval/store.h"

namespace sally::cedar {

// A key under which a policy may stand. The name outlives the index; of a type its id is empty and
// its hash that of the type.
struct IndexKey {
  enum class Place : uint8_t { kPrincipal, kAction, kResource, kPrincipalType, kResourceType };
  Place place;
  const EntityName* name;
};
inline constexpr size_t kIndexPlaces = 5;

// The choices of one policy. A policy without any is always a candidate. A choice of several keys
// puts the policy under each of them.
using IndexChoice = std::vector<IndexKey>;

class PolicyIndex {
 public:
  PolicyIndex() = default;
  // Of policy i, choices[i].
  explicit PolicyIndex(const std::vector<std::vector<IndexChoice>>& choices);

  // Appends the policies that may apply, sorted, each once. `out` has room for all of them.
  void find(const RequestView& request, const EntityStore& store, std::vector<uint32_t>& out) const;

 private:
  struct Entry {
    EntityName name;
    uint32_t begin = 0;  // in policies_
    uint32_t end = 0;
  };
  using Table = FrozenTable<Entry>;

  [[nodiscard]] const Table& table(IndexKey::Place place) const {
    return tables_[static_cast<size_t>(place)];
  }
  void add(const Entry* entry, std::vector<uint32_t>& out) const;
  void find_entity(IndexKey::Place place, const EntityName& name, const EntityStore& store,
                   std::vector<uint32_t>& out) const;
  void find_type(IndexKey::Place place, const EntityName& name, std::vector<uint32_t>& out) const;

  std::array<Table, kIndexPlaces> tables_;
  std::vector<uint32_t> policies_;  // of each entry together, ascending
  std::vector<uint32_t> always_;
  bool repeats_ = false;  // whether some policy stands under several keys
};

}  // namespace sally::cedar
