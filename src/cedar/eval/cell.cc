#include "cedar/eval/cell.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace sally::cedar {
namespace {

constexpr size_t kFewFields = 8;

uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename Word>
uint64_t load(const char* from) {
  Word out;
  std::memcpy(&out, from, sizeof(out));
  return out;
}

// Different texts of one size, 1 to 8, have different words. What is read twice spares a call of
// memcpy with a size that only runs tell.
uint64_t last_word(const char* at, size_t size) {
  if (size >= sizeof(uint32_t)) {
    return load<uint32_t>(at) | load<uint32_t>(at + size - sizeof(uint32_t)) << 32;
  }
  return load<uint8_t>(at) | load<uint8_t>(at + size / 2) << 8 | load<uint8_t>(at + size - 1) << 16;
}

std::strong_ordering compare(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() <=> b.size() : a <=> b;
}

}  // namespace

uint64_t hash_text(std::string_view text, uint64_t seed) {
  constexpr uint64_t kOdd1 = 0x9E37'79B9'7F4A'7C15;
  constexpr uint64_t kOdd2 = 0xD6E8'FEB8'6659'FD93;
  uint64_t out = seed ^ (text.size() * kOdd1);
  const char* at = text.data();
  size_t left = text.size();
  for (; left > sizeof(uint64_t); at += sizeof(uint64_t), left -= sizeof(uint64_t)) {
    out = mix(out ^ load<uint64_t>(at) ^ kOdd2, kOdd1);
  }
  if (left > 0) {
    out = mix(out ^ last_word(at, left) ^ kOdd2, kOdd1);
  }
  return mix(out ^ kOdd1, kOdd2);
}

EntityName EntityName::of(std::string_view type, std::string_view id) {
  EntityName out;
  out.type = type;
  out.id = id;
  out.type_hash = hash_text(type, 0);
  out.hash = hash_text(id, out.type_hash);
  return out;
}

std::strong_ordering compare(const EntityName& a, const EntityName& b) {
  if (const auto by_hash = a.hash <=> b.hash; by_hash != 0) {
    return by_hash;
  }
  const auto by_type = compare(a.type, b.type);
  return by_type != 0 ? by_type : compare(a.id, b.id);
}

Cell Cell::of_text(std::string_view text) {
  Cell out;
  out.kind = ValueKind::kString;
  out.size = static_cast<uint32_t>(text.size());
  out.text = text.data();
  return out;
}

Cell Cell::of_entity(const EntityName* entity) {
  Cell out;
  out.kind = ValueKind::kEntity;
  out.entity = entity;
  return out;
}

Cell Cell::of_ip(const IpRange* ip) {
  Cell out;
  out.kind = ValueKind::kIp;
  out.ip = ip;
  return out;
}

Cell Cell::of_set(std::span<const Cell> elements) {
  Cell out;
  out.kind = ValueKind::kSet;
  out.size = static_cast<uint32_t>(elements.size());
  out.elements = elements.data();
  return out;
}

Cell Cell::of_record(std::span<const CellField> fields) {
  Cell out;
  out.kind = ValueKind::kRecord;
  out.size = static_cast<uint32_t>(fields.size());
  out.fields = fields.data();
  return out;
}

std::span<const CellField> Cell::as_record() const {
  return {fields, size};
}

std::strong_ordering compare(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) {
    return a.kind <=> b.kind;
  }
  switch (a.kind) {
    case ValueKind::kBool:
    case ValueKind::kLong:
    case ValueKind::kDecimal:
    case ValueKind::kDatetime:
    case ValueKind::kDuration:
      return a.number <=> b.number;
    case ValueKind::kString:
      return compare(a.as_text(), b.as_text());
    case ValueKind::kEntity:
      return compare(*a.entity, *b.entity);
    case ValueKind::kIp:
      return *a.ip <=> *b.ip;
    case ValueKind::kSet: {
      if (a.size != b.size || a.elements == b.elements) {
        return a.size <=> b.size;
      }
      for (uint32_t i = 0; i < a.size; ++i) {
        if (const auto order = compare(a.elements[i], b.elements[i]); order != 0) {
          return order;
        }
      }
      return std::strong_ordering::equal;
    }
    case ValueKind::kRecord: {
      if (a.size != b.size || a.fields == b.fields) {
        return a.size <=> b.size;
      }
      for (uint32_t i = 0; i < a.size; ++i) {
        if (const auto order = compare(a.fields[i].name, b.fields[i].name); order != 0) {
          return order;
        }
        if (const auto order = compare(a.fields[i].value, b.fields[i].value); order != 0) {
          return order;
        }
      }
      return std::strong_ordering::equal;
    }
  }
  return std::strong_ordering::equal;
}

bool same_value(const Cell& a, const Cell& b) {
  return compare(a, b) == 0;
}

const Cell* find_field(std::span<const CellField> record, std::string_view name) {
  if (record.size() <= kFewFields) {
    for (const CellField& field : record) {
      if (field.name == name) {
        return &field.value;
      }
    }
    return nullptr;
  }
  const auto at = std::lower_bound(
      record.begin(), record.end(), name,
      [](const CellField& field, std::string_view n) { return name_before(field.name, n); });
  return at != record.end() && at->name == name ? &at->value : nullptr;
}

bool contains(std::span<const Cell> set, const Cell& element) {
  const auto at = std::lower_bound(set.begin(), set.end(), element,
                                   [](const Cell& a, const Cell& b) { return compare(a, b) < 0; });
  return at != set.end() && same_value(*at, element);
}

size_t sort_set(std::span<Cell> elements) {
  std::sort(elements.begin(), elements.end(),
            [](const Cell& a, const Cell& b) { return compare(a, b) < 0; });
  return static_cast<size_t>(std::unique(elements.begin(), elements.end(), same_value) -
                             elements.begin());
}

bool to_name(const EntityUid& uid, Arena& arena, const EntityName*& out) {
  auto* name = arena.allocate<EntityName>(1);
  std::string_view type;
  std::string_view id;
  if (name == nullptr || !arena.copy(uid.type, type) || !arena.copy(uid.id, id)) {
    return false;
  }
  out = std::construct_at(name, EntityName::of(type, id));
  return true;
}

namespace {

bool set_to_cell(std::span<const Value> elements, Arena& arena, Cell& out) {
  Cell* cells = arena.allocate<Cell>(elements.size());
  if (cells == nullptr) {
    return false;
  }
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!to_cell(elements[i], arena, *std::construct_at(cells + i))) {
      return false;
    }
  }
  // The order of cells is another one.
  out = Cell::of_set({cells, sort_set({cells, elements.size()})});
  return true;
}

bool record_to_cell(std::span<const Field> fields, Arena& arena, Cell& out) {
  auto* cells = arena.allocate<CellField>(fields.size());
  if (cells == nullptr) {
    return false;
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    CellField& field = *std::construct_at(cells + i);
    if (!arena.copy(fields[i].name, field.name) || !to_cell(fields[i].value, arena, field.value)) {
      return false;
    }
  }
  std::sort(cells, cells + fields.size(),
            [](const CellField& a, const CellField& b) { return name_before(a.name, b.name); });
  out = Cell::of_record({cells, fields.size()});
  return true;
}

}  // namespace

bool to_cell(const Value& value, Arena& arena, Cell& out) {
  switch (value.kind()) {
    case ValueKind::kBool:
      out = Cell::of_bool(value.as_bool());
      return true;
    case ValueKind::kLong:
      out = Cell::of_number(ValueKind::kLong, value.as_long());
      return true;
    case ValueKind::kDecimal:
      out = Cell::of_number(ValueKind::kDecimal, value.as_decimal().ten_thousandths);
      return true;
    case ValueKind::kDatetime:
      out = Cell::of_number(ValueKind::kDatetime, value.as_datetime().milliseconds);
      return true;
    case ValueKind::kDuration:
      out = Cell::of_number(ValueKind::kDuration, value.as_duration().milliseconds);
      return true;
    case ValueKind::kString: {
      std::string_view text;
      if (!arena.copy(value.as_string(), text)) {
        return false;
      }
      out = Cell::of_text(text);
      return true;
    }
    case ValueKind::kEntity: {
      const EntityName* name = nullptr;
      if (!to_name(value.as_entity(), arena, name)) {
        return false;
      }
      out = Cell::of_entity(name);
      return true;
    }
    case ValueKind::kIp: {
      auto* ip = arena.allocate<IpRange>(1);
      if (ip == nullptr) {
        return false;
      }
      out = Cell::of_ip(std::construct_at(ip, value.as_ip()));
      return true;
    }
    case ValueKind::kSet:
      return set_to_cell(value.as_set(), arena, out);
    case ValueKind::kRecord:
      return record_to_cell(value.as_record(), arena, out);
  }
  return false;
}

EntityUid to_uid(const EntityName& name) {
  return {std::string(name.type), std::string(name.id)};
}

Value to_value(const Cell& cell) {
  switch (cell.kind) {
    case ValueKind::kBool:
      return Value::boolean(cell.number != 0);
    case ValueKind::kLong:
      return Value::number(cell.number);
    case ValueKind::kDecimal:
      return Value::decimal({cell.number});
    case ValueKind::kDatetime:
      return Value::datetime({cell.number});
    case ValueKind::kDuration:
      return Value::duration({cell.number});
    case ValueKind::kString:
      return Value::string(std::string(cell.as_text()));
    case ValueKind::kEntity:
      return Value::entity(to_uid(*cell.entity));
    case ValueKind::kIp:
      return Value::ip(*cell.ip);
    case ValueKind::kSet: {
      std::vector<Value> elements;
      for (const Cell& element : cell.as_set()) {
        elements.push_back(to_value(element));
      }
      return Value::set(std::move(elements));
    }
    case ValueKind::kRecord: {
      std::vector<Field> fields;
      for (const CellField& field : cell.as_record()) {
        fields.push_back({std::string(field.name), to_value(field.value)});
      }
      return Value::record(std::move(fields));
    }
  }
  return Value::empty_record();
}

}  // namespace sally::cedar
