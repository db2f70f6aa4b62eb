#include "cedar/schema/type.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {

std::string_view name_of(ExtensionType type) {
  constexpr std::array<std::string_view, kExtensionTypes> kNames = {"decimal", "datetime",
                                                                    "duration", "ipaddr"};
  return kNames.at(static_cast<size_t>(type));
}

struct Type::Rep {
  Type element;
  std::vector<Attribute> attributes;
  bool open = false;
  std::vector<std::string> names;
  uint32_t weight = 1;
  uint32_t depth = 1;

  void count(const Type& part) {
    const uint32_t room = std::numeric_limits<uint32_t>::max() - weight;
    weight += std::min(room, part.weight());
    depth = std::max(depth, part.depth() + 1);
  }
};

Type Type::set(Type element) {
  auto rep = std::make_shared<Rep>();
  rep->count(element);
  rep->element = std::move(element);
  return {TypeKind::kSet, std::move(rep)};
}

Type Type::record(std::vector<Attribute> attributes, bool open) {
  auto rep = std::make_shared<Rep>();
  std::ranges::sort(attributes, {}, &Attribute::name);
  for (const Attribute& attribute : attributes) {
    rep->count(attribute.type);
  }
  rep->attributes = std::move(attributes);
  rep->open = open;
  return {TypeKind::kRecord, std::move(rep)};
}

Type Type::entity(std::string name) {
  auto rep = std::make_shared<Rep>();
  rep->names.push_back(std::move(name));
  return {TypeKind::kEntity, std::move(rep)};
}

Type Type::entities(std::vector<std::string> names) {
  SALLY_CHECK(!names.empty());
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  auto rep = std::make_shared<Rep>();
  rep->names = std::move(names);
  return {TypeKind::kEntity, std::move(rep)};
}

Type Type::extension(ExtensionType type) {
  Type made(TypeKind::kExtension);
  made.extension_ = type;
  return made;
}

const Type& Type::element() const {
  SALLY_CHECK(kind_ == TypeKind::kSet);
  return rep_->element;
}

std::span<const Attribute> Type::attributes() const {
  SALLY_CHECK(kind_ == TypeKind::kRecord);
  return rep_->attributes;
}

const Attribute* Type::find(std::string_view name) const {
  const auto all = attributes();
  const auto at = std::ranges::lower_bound(all, name, {}, &Attribute::name);
  return at != all.end() && at->name == name ? &*at : nullptr;
}

bool Type::is_open() const {
  SALLY_CHECK(kind_ == TypeKind::kRecord);
  return rep_->open;
}

std::span<const std::string> Type::entity_types() const {
  SALLY_CHECK(kind_ == TypeKind::kEntity);
  return rep_->names;
}

const std::string& Type::entity_type() const {
  const auto names = entity_types();
  SALLY_CHECK(names.size() == 1);
  return names.front();
}

ExtensionType Type::extension_type() const {
  SALLY_CHECK(kind_ == TypeKind::kExtension);
  return extension_;
}

uint32_t Type::weight() const {
  return rep_ ? rep_->weight : 1;
}

uint32_t Type::depth() const {
  return rep_ ? rep_->depth : 1;
}

std::string Type::to_string() const {
  std::string out;
  append(out);
  return out;
}

void Type::append(std::string& out) const {
  constexpr size_t kLongest = 160;
  if (out.size() > kLongest) {
    if (!out.ends_with("…")) {
      out += "…";
    }
    return;
  }
  switch (kind_) {
    case TypeKind::kNever:
      out += "Never";
      break;
    case TypeKind::kTrue:
      out += "True";
      break;
    case TypeKind::kFalse:
      out += "False";
      break;
    case TypeKind::kBool:
      out += "Bool";
      break;
    case TypeKind::kLong:
      out += "Long";
      break;
    case TypeKind::kString:
      out += "String";
      break;
    case TypeKind::kAnyEntity:
      out += "an entity";
      break;
    case TypeKind::kExtension:
      out += name_of(extension_);
      break;
    case TypeKind::kEntity:
      for (const auto& name : rep_->names) {
        out += &name == rep_->names.data() ? "" : " | ";
        out += name;
      }
      break;
    case TypeKind::kSet:
      out += "Set<";
      rep_->element.append(out);
      out += '>';
      break;
    case TypeKind::kRecord:
      append_record(out);
      break;
  }
}

void Type::append_record(std::string& out) const {
  out += '{';
  for (const auto& attribute : rep_->attributes) {
    if (out.ends_with("…")) {
      break;
    }
    out += &attribute == rep_->attributes.data() ? "" : ", ";
    out += is_identifier(attribute.name) ? attribute.name : quoted(attribute.name);
    out += attribute.required ? ": " : "?: ";
    attribute.type.append(out);
  }
  out += rep_->open ? ", ...}" : "}";
}

bool operator==(const Type& a, const Type& b) {
  if (a.kind_ != b.kind_ || a.extension_ != b.extension_) {
    return false;
  }
  if (a.rep_ == b.rep_) {
    return true;
  }
  return a.rep_->weight == b.rep_->weight && a.rep_->open == b.rep_->open &&
         a.rep_->names == b.rep_->names && a.rep_->attributes == b.rep_->attributes &&
         a.rep_->element == b.rep_->element;
}

}  // namespace sally::cedar
