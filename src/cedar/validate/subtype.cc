#include "cedar/validate/subtype.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sally::cedar {
namespace {

bool is_attribute_subtype(const Attribute& a, const Attribute& b, Mode mode) {
  const bool presence =
      mode == Mode::kStrict ? a.required == b.required : a.required || !b.required;
  return presence && is_subtype(a.type, b.type, mode);
}

bool is_record_subtype(const Type& a, const Type& b, Mode mode) {
  if (!b.is_open() && (a.is_open() || a.attributes().size() != b.attributes().size())) {
    return false;
  }
  return std::ranges::all_of(b.attributes(), [&](const Attribute& attribute) {
    const Attribute* const own = a.find(attribute.name);
    return own != nullptr && is_attribute_subtype(*own, attribute, mode);
  });
}

bool is_entity_subtype(const Type& a, const Type& b, Mode mode) {
  return mode == Mode::kStrict ? a == b : std::ranges::includes(b.entity_types(), a.entity_types());
}

std::optional<Attribute> join(const Attribute& a, const Attribute& b, Mode mode) {
  if (mode == Mode::kStrict && a.required != b.required) {
    return std::nullopt;
  }
  auto type = least_upper_bound(a.type, b.type, mode);
  if (!type) {
    return std::nullopt;
  }
  return Attribute{a.name, *std::move(type), a.required && b.required};
}

std::optional<Type> join_records(const Type& a, const Type& b, Mode mode) {
  std::vector<Attribute> shared;
  for (const Attribute& attribute : a.attributes()) {
    if (const Attribute* const other = b.find(attribute.name)) {
      if (auto joined = join(attribute, *other, mode)) {
        shared.push_back(*std::move(joined));
      }
    }
  }
  const bool all = shared.size() == a.attributes().size() && shared.size() == b.attributes().size();
  if (!all && mode == Mode::kStrict) {
    return std::nullopt;
  }
  return Type::record(std::move(shared), !all || a.is_open() || b.is_open());
}

std::optional<Type> join_entities(const Type& a, const Type& b, Mode mode) {
  if (mode == Mode::kStrict) {
    return std::nullopt;
  }
  std::vector<std::string> names(a.entity_types().begin(), a.entity_types().end());
  names.insert(names.end(), b.entity_types().begin(), b.entity_types().end());
  return Type::entities(std::move(names));
}

}  // namespace

bool is_subtype(const Type& a, const Type& b, Mode mode) {
  if (a.kind() == TypeKind::kNever) {
    return true;
  }
  switch (b.kind()) {
    case TypeKind::kBool:
      return a.is_bool();
    case TypeKind::kAnyEntity:
      return a.is_entity();
    case TypeKind::kSet:
      return a.kind() == TypeKind::kSet && is_subtype(a.element(), b.element(), mode);
    case TypeKind::kRecord:
      return a.kind() == TypeKind::kRecord && is_record_subtype(a, b, mode);
    case TypeKind::kEntity:
      return a.kind() == TypeKind::kEntity && is_entity_subtype(a, b, mode);
    case TypeKind::kNever:
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kLong:
    case TypeKind::kString:
    case TypeKind::kExtension:
      return a == b;
  }
  return false;
}

std::optional<Type> least_upper_bound(const Type& a, const Type& b, Mode mode) {
  if (is_subtype(a, b, mode)) {
    return b;
  }
  if (is_subtype(b, a, mode)) {
    return a;
  }
  if (a.is_bool() && b.is_bool()) {
    return Type::boolean();
  }
  if (a.kind() != b.kind()) {
    return std::nullopt;
  }
  if (a.kind() == TypeKind::kSet) {
    auto element = least_upper_bound(a.element(), b.element(), mode);
    return element ? std::optional(Type::set(*std::move(element))) : std::nullopt;
  }
  if (a.kind() == TypeKind::kRecord) {
    return join_records(a, b, mode);
  }
  return a.kind() == TypeKind::kEntity ? join_entities(a, b, mode) : std::nullopt;
}

}  // namespace sally::cedar
