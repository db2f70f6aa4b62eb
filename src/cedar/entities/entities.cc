#include "cedar/entities/entities.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

template <typename T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

bool before(const Entity& entity, const EntityUid& uid) {
  return entity.uid < uid;
}

}  // namespace

Result<Entities> Entities::create(std::vector<Entity> entities) {
  Entities out;
  for (Entity& entity : entities) {
    sort_unique(entity.parents);
  }
  std::sort(entities.begin(), entities.end(),
            [](const Entity& a, const Entity& b) { return a.uid < b.uid; });
  for (size_t i = 1; i < entities.size(); ++i) {
    if (entities[i].uid == entities[i - 1].uid && !(entities[i] == entities[i - 1])) {
      return Error(ErrorKind::kConflict,
                   fmt::format("entity `{}` is given twice, with different contents",
                               printable(quoted(entities[i].uid))));
    }
  }
  entities.erase(std::unique(entities.begin(), entities.end(),
                             [](const Entity& a, const Entity& b) { return a.uid == b.uid; }),
                 entities.end());
  out.entities_ = std::move(entities);
  for (const Entity& entity : out.entities_) {
    out.names_.push_back(entity.uid);
    out.names_.insert(out.names_.end(), entity.parents.begin(), entity.parents.end());
  }
  sort_unique(out.names_);
  if (out.names_.size() >= kNone) {
    return Error(ErrorKind::kTooLarge, "too many entities");
  }
  TRY_OK(out.close());
  return out;
}

uint32_t Entities::name_index(const EntityUid& uid) const {
  const auto at = std::lower_bound(names_.begin(), names_.end(), uid);
  SALLY_CHECK(at != names_.end() && *at == uid);
  return static_cast<uint32_t>(at - names_.begin());
}

// Parents before children, without recursion: an entity is ready once all its parents are done.
Result<> Entities::close() {
  std::vector<uint32_t> entity_of(names_.size(), kNone);
  for (size_t i = 0; i < entities_.size(); ++i) {
    entity_of[name_index(entities_[i].uid)] = static_cast<uint32_t>(i);
  }
  ancestors_.resize(entities_.size());
  std::vector<std::vector<uint32_t>> children(entities_.size());
  std::vector<size_t> waits_for(entities_.size(), 0);
  std::vector<uint32_t> ready;
  for (uint32_t i = 0; i < entities_.size(); ++i) {
    for (const EntityUid& parent : entities_[i].parents) {
      const uint32_t name = name_index(parent);
      ancestors_[i].push_back(name);
      if (entity_of[name] != kNone) {
        children[entity_of[name]].push_back(i);
        ++waits_for[i];
      }
    }
    if (waits_for[i] == 0) {
      ready.push_back(i);
    }
  }
  size_t pairs = 0;
  size_t done = 0;
  for (; done < ready.size(); ++done) {
    const uint32_t self = ready[done];
    auto& mine = ancestors_[self];
    const size_t direct = mine.size();
    for (size_t i = 0; i < direct; ++i) {
      if (const uint32_t parent = entity_of[mine[i]]; parent != kNone) {
        const auto& theirs = ancestors_[parent];
        mine.insert(mine.end(), theirs.begin(), theirs.end());
      }
    }
    sort_unique(mine);
    pairs += mine.size();
    if (pairs > kMaxClosure) {
      return Error(ErrorKind::kTooLarge, "the hierarchy of the entities is too large",
                   "fewer or shallower groups");
    }
    for (const uint32_t child : children[self]) {
      if (--waits_for[child] == 0) {
        ready.push_back(child);
      }
    }
  }
  if (done == entities_.size()) {
    return ok();
  }
  // What was never ready waits for something that was never ready: following that ends in a circle.
  auto at = static_cast<uint32_t>(
      std::find_if(waits_for.begin(), waits_for.end(), [](size_t n) { return n > 0; }) -
      waits_for.begin());
  std::vector<bool> seen(entities_.size(), false);
  while (!seen[at]) {
    seen[at] = true;
    for (const EntityUid& parent : entities_[at].parents) {
      const uint32_t next = entity_of[name_index(parent)];
      if (next != kNone && waits_for[next] > 0) {
        at = next;
        break;
      }
    }
  }
  return Error(ErrorKind::kInvalidInput,
               fmt::format("entity `{}` is in itself", printable(quoted(entities_[at].uid))),
               "the parents of entities must not form a circle");
}

const Entity* Entities::find(const EntityUid& uid) const {
  const auto at = std::lower_bound(entities_.begin(), entities_.end(), uid, before);
  return at != entities_.end() && at->uid == uid ? &*at : nullptr;
}

bool Entities::is_in(const EntityUid& uid, const EntityUid& ancestor) const {
  if (uid == ancestor) {
    return true;
  }
  const Entity* entity = find(uid);
  const auto name = std::lower_bound(names_.begin(), names_.end(), ancestor);
  if (entity == nullptr || name == names_.end() || *name != ancestor) {
    return false;
  }
  const auto mine = ancestors(static_cast<size_t>(entity - entities_.data()));
  return std::binary_search(mine.begin(), mine.end(), static_cast<uint32_t>(name - names_.begin()));
}

std::span<const uint32_t> Entities::ancestors(size_t index) const {
  SALLY_CHECK(index < ancestors_.size());
  return ancestors_[index];
}

}  // namespace sally::cedar
