#include "cedar/eval/store.h"

#include <algorithm>

#include "base/check.h"

namespace sally::cedar {
namespace {

constexpr size_t kFewAncestors = 8;

// A growing arena gives what it is asked for.
const EntityName* name_in(Arena& arena, const EntityUid& uid) {
  const EntityName* out = nullptr;
  SALLY_CHECK(to_name(uid, arena, out));
  return out;
}

Cell cell_in(Arena& arena, const Value& value) {
  Cell out;
  SALLY_CHECK(to_cell(value, arena, out));
  return out;
}

}  // namespace

bool StoredEntity::is_in(const EntityName& ancestor) const {
  if (ancestors.size() <= kFewAncestors) {
    return std::any_of(ancestors.begin(), ancestors.end(),
                       [&](const EntityName* name) { return same_entity(*name, ancestor); });
  }
  const auto at =
      std::lower_bound(ancestors.begin(), ancestors.end(), ancestor,
                       [](const EntityName* a, const EntityName& b) { return compare(*a, b) < 0; });
  return at != ancestors.end() && same_entity(**at, ancestor);
}

EntityStore EntityStore::create(const Entities& entities) {
  EntityStore out;
  std::vector<const EntityName*> names;
  names.reserve(entities.names().size());
  for (const EntityUid& uid : entities.names()) {
    names.push_back(name_in(out.arena_, uid));
  }
  std::vector<StoredEntity> stored;
  stored.reserve(entities.all().size());
  for (size_t i = 0; i < entities.all().size(); ++i) {
    const Entity& entity = entities.all()[i];
    const auto ancestors = entities.ancestors(i);
    auto* list = out.arena_.allocate<const EntityName*>(ancestors.size());
    for (size_t k = 0; k < ancestors.size(); ++k) {
      list[k] = names[ancestors[k]];
    }
    std::sort(list, list + ancestors.size(),
              [](const EntityName* a, const EntityName* b) { return compare(*a, *b) < 0; });
    StoredEntity& entry = stored.emplace_back();
    entry.name = *name_in(out.arena_, entity.uid);
    entry.attributes = cell_in(out.arena_, entity.attributes);
    entry.tags = cell_in(out.arena_, entity.tags);
    entry.ancestors = {list, ancestors.size()};
  }
  out.table_ = FrozenTable(std::move(stored));
  for (StoredEntity& entry : out.table_.entries()) {
    entry.name.stored = &entry;
  }
  return out;
}

}  // namespace sally::cedar
