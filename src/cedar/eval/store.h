// EntityStore: entities in the form that evaluation reads. Built from Entities, immutable, shared
// between threads as `shared_ptr<const EntityStore>`.
#pragma once

#include <span>

#include "cedar/entities/entities.h"
#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/eval/frozen_table.h"

namespace sally::cedar {

struct StoredEntity {
  EntityName name;  // `stored` is this
  Cell attributes;
  Cell tags;
  std::span<const EntityName* const> ancestors;  // sorted by compare()

  [[nodiscard]] bool is_in(const EntityName& ancestor) const;
};

class EntityStore {
 public:
  EntityStore() : arena_(Arena::growing()) {}
  static EntityStore create(const Entities& entities);
  EntityStore(EntityStore&&) noexcept = default;
  EntityStore& operator=(EntityStore&&) noexcept = default;

  // Null where it is not in the store.
  [[nodiscard]] const StoredEntity* find(const EntityName& name) const {
    return name.stored != nullptr ? name.stored : table_.find(name);
  }
  // Whether `name` is `ancestor` or lies in it.
  [[nodiscard]] bool is_in(const EntityName& name, const EntityName& ancestor) const {
    if (same_entity(name, ancestor)) {
      return true;
    }
    const StoredEntity* entity = find(name);
    return entity != nullptr && entity->is_in(ancestor);
  }
  [[nodiscard]] size_t size() const { return table_.entries().size(); }

 private:
  Arena arena_;  // texts, attributes, ancestors
  FrozenTable<StoredEntity> table_;
};

}  // namespace sally::cedar
