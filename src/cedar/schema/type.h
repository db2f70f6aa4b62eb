// Type: what a Cedar schema says of a value, and what the type checker infers for an expression.
//
// A schema holds only kBool, kLong, kString, kSet, kRecord, kEntity (one type) and kExtension. The
// others live in the type checker: kTrue and kFalse (a condition whose value is known), kNever (the
// element of an empty set, an impossible environment), kAnyEntity, and kEntity of several types
// (permissive mode).
//
// Immutable and cheap to copy. Equal types compare equal however they were built.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sally::cedar {

enum class TypeKind : uint8_t {
  kNever,
  kTrue,
  kFalse,
  kBool,
  kLong,
  kString,
  kSet,
  kRecord,
  kEntity,
  kAnyEntity,
  kExtension,
};

enum class ExtensionType : uint8_t { kDecimal, kDatetime, kDuration, kIp };
inline constexpr size_t kExtensionTypes = 4;
// As schemas spell it: `decimal`, `datetime`, `duration`, `ipaddr`.
std::string_view name_of(ExtensionType type);

struct Attribute;

class Type {
 public:
  // kNever: for containers that are filled later.
  Type() = default;

  static Type never() { return {}; }
  static Type boolean() { return Type(TypeKind::kBool); }
  // kTrue or kFalse.
  static Type singleton(bool value) { return Type(value ? TypeKind::kTrue : TypeKind::kFalse); }
  static Type integer() { return Type(TypeKind::kLong); }
  static Type string() { return Type(TypeKind::kString); }
  static Type set(Type element);
  // `attributes` in any order; names are unique. An open record may have more than these.
  static Type record(std::vector<Attribute> attributes, bool open = false);
  static Type entity(std::string name);
  // One of several entity types; at least one.
  static Type entities(std::vector<std::string> names);
  static Type any_entity() { return Type(TypeKind::kAnyEntity); }
  static Type extension(ExtensionType type);

  [[nodiscard]] TypeKind kind() const { return kind_; }
  [[nodiscard]] bool is_bool() const {
    return kind_ == TypeKind::kBool || kind_ == TypeKind::kTrue || kind_ == TypeKind::kFalse;
  }
  [[nodiscard]] bool is_entity() const {
    return kind_ == TypeKind::kEntity || kind_ == TypeKind::kAnyEntity;
  }
  [[nodiscard]] bool is_extension(ExtensionType type) const {
    return kind_ == TypeKind::kExtension && extension_ == type;
  }

  // The parts; each aborts on a type of another kind. Views live as long as the type.
  [[nodiscard]] const Type& element() const;                         // kSet
  [[nodiscard]] std::span<const Attribute> attributes() const;       // kRecord, sorted by name
  [[nodiscard]] const Attribute* find(std::string_view name) const;  // kRecord; null: none
  [[nodiscard]] bool is_open() const;                                // kRecord
  [[nodiscard]] std::span<const std::string> entity_types() const;   // kEntity, sorted
  [[nodiscard]] const std::string& entity_type() const;              // kEntity of one type
  [[nodiscard]] ExtensionType extension_type() const;                // kExtension

  // The same for copies of one type, so that work on it can be shared; null for the simple ones.
  [[nodiscard]] const void* identity() const { return rep_.get(); }

  // How many nodes the type has written out, saturating; how deep it nests (a leaf: 1). A resolver
  // bounds both, so that whoever walks a type may recurse and ends.
  [[nodiscard]] uint32_t weight() const;
  [[nodiscard]] uint32_t depth() const;

  // In schema syntax, cut short where it is long: `Set<Long>`, `{"a b": String, age?: Long}`,
  // `Ns::User`. What no schema can say: `True`, `False`, `Never`, `A | B`.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Rep;
  void append(std::string& out) const;
  void append_record(std::string& out) const;
  explicit Type(TypeKind kind) : kind_(kind) {}
  Type(TypeKind kind, std::shared_ptr<const Rep> rep) : kind_(kind), rep_(std::move(rep)) {}

  TypeKind kind_ = TypeKind::kNever;
  ExtensionType extension_ = ExtensionType::kDecimal;
  std::shared_ptr<const Rep> rep_;  // of sets, records and entities
};

struct Attribute {
  std::string name;
  Type type;
  bool required = true;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

}  // namespace sally::cedar
