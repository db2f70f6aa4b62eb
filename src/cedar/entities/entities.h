// Entities: what is known of principals, actions and resources, with the closure of "is in".
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "cedar/value.h"

namespace sally::cedar {

struct Entity {
  EntityUid uid;
  Value attributes = Value::empty_record();
  Value tags = Value::empty_record();
  std::vector<EntityUid> parents;

  friend bool operator==(const Entity&, const Entity&) = default;
};

// An immutable set of entities, one for each uid. Parents need not be in it. Publish it as
// `shared_ptr<const Entities>`: a change is a new set.
class Entities {
 public:
  Entities() = default;
  // Entities that are equal count once. kConflict where two of one uid differ; kInvalidInput where
  // an entity would be in itself; kTooLarge where the closure has more than kMaxClosure pairs.
  static Result<Entities> create(std::vector<Entity> entities);
  static constexpr size_t kMaxClosure = size_t{1} << 26;

  // Sorted by uid; the parents of each sorted, without duplicates.
  [[nodiscard]] std::span<const Entity> all() const { return entities_; }
  // Null where there is none.
  [[nodiscard]] const Entity* find(const EntityUid& uid) const;
  // Whether `uid` is `ancestor` or lies in it.
  [[nodiscard]] bool is_in(const EntityUid& uid, const EntityUid& ancestor) const;

  // Everything that is named, as an entity or as a parent; sorted.
  [[nodiscard]] std::span<const EntityUid> names() const { return names_; }
  // Of all()[index]: what it lies in, as indices into names(), sorted.
  [[nodiscard]] std::span<const uint32_t> ancestors(size_t index) const;

 private:
  Result<> close();
  [[nodiscard]] uint32_t name_index(const EntityUid& uid) const;

  std::vector<Entity> entities_;
  std::vector<EntityUid> names_;
  std::vector<std::vector<uint32_t>> ancestors_;  // one for each entity
};

}  // namespace sally::cedar
