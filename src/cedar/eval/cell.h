// Cell: a Cedar value in 16 bytes that owns nothing. What it points to lives in an Arena: of the
// compiled policies, of the entity store, of the request, or of one evaluation.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include "cedar/eval/arena.h"
#include "cedar/value.h"

namespace sally::cedar {

struct StoredEntity;
struct CellField;

// The name of an entity, with its hashes: comparing two names that differ costs one comparison.
struct EntityName {
  std::string_view type;
  std::string_view id;
  uint64_t type_hash = 0;
  uint64_t hash = 0;                     // of type and id
  const StoredEntity* stored = nullptr;  // where the holder knows it already

  // Hashes are filled in.
  static EntityName of(std::string_view type, std::string_view id);
};

[[nodiscard]] uint64_t hash_text(std::string_view text, uint64_t seed);

inline bool same_entity(const EntityName& a, const EntityName& b) {
  return &a == &b || (a.hash == b.hash && a.type == b.type && a.id == b.id);
}
// A total order.
[[nodiscard]] std::strong_ordering compare(const EntityName& a, const EntityName& b);

struct Cell {
  ValueKind kind = ValueKind::kBool;
  uint32_t size = 0;  // of a string in bytes, of a set, of a record
  union {
    int64_t number = 0;  // kBool (0, 1), kLong, kDecimal, kDatetime, kDuration
    const char* text;
    const EntityName* entity;
    const Cell* elements;     // sorted, without duplicates
    const CellField* fields;  // sorted by name
    const IpRange* ip;
  };

  static Cell of_number(ValueKind kind, int64_t number) {
    Cell out;
    out.kind = kind;
    out.number = number;
    return out;
  }
  static Cell of_bool(bool value) { return of_number(ValueKind::kBool, value ? 1 : 0); }
  static Cell of_text(std::string_view text);
  static Cell of_entity(const EntityName* entity);
  static Cell of_ip(const IpRange* ip);
  // Takes `elements` as they are: sorted, without duplicates.
  static Cell of_set(std::span<const Cell> elements);
  // Takes `fields` as they are: sorted by name, names unique.
  static Cell of_record(std::span<const CellField> fields);

  [[nodiscard]] std::string_view as_text() const { return {text, size}; }
  [[nodiscard]] std::span<const Cell> as_set() const { return {elements, size}; }
  [[nodiscard]] std::span<const CellField> as_record() const;
};

struct CellField {
  std::string_view name;
  Cell value;
};

// The order of fields in a record: shorter names first.
inline bool name_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// A total order over all values; equal exactly where Cedar's `==` is true.
[[nodiscard]] std::strong_ordering compare(const Cell& a, const Cell& b);
[[nodiscard]] bool same_value(const Cell& a, const Cell& b);

// Null where the record has no such field.
[[nodiscard]] const Cell* find_field(std::span<const CellField> record, std::string_view name);
[[nodiscard]] bool contains(std::span<const Cell> set, const Cell& element);

// Sorts in place and drops duplicates; how many stay, in front.
[[nodiscard]] size_t sort_set(std::span<Cell> elements);

// Copies into an arena, texts included; false where its limit is reached.
[[nodiscard]] bool to_cell(const Value& value, Arena& arena, Cell& out);
[[nodiscard]] bool to_name(const EntityUid& uid, Arena& arena, const EntityName*& out);
[[nodiscard]] Value to_value(const Cell& cell);
[[nodiscard]] EntityUid to_uid(const EntityName& name);

}  // namespace sally::cedar
