// SchemaFragment: the declarations of a schema as they were written, in either syntax. Names are
// not resolved yet; what can be seen from one declaration alone is right (identifiers, duplicate
// attributes), what needs the others is the resolver's (resolver.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

struct AttributeDecl;

// A type as it was written. Nests no deeper than kMaxTypeDepth.
struct TypeExpr {
  enum class Kind : uint8_t {
    kName,       // an entity type or a common type: what schema syntax writes
    kEntity,     // an entity type; this and all below but kSet and kRecord only in JSON
    kCommon,     // a common type
    kExtension,  // by its name
    kBool,
    kLong,
    kString,
    kSet,
    kRecord,
  };
  Kind kind = Kind::kRecord;
  Span span;
  std::string name;                       // kName, kEntity, kCommon, kExtension
  std::vector<TypeExpr> element;          // kSet: one
  std::vector<AttributeDecl> attributes;  // kRecord: in order of the text, names unique
};
inline constexpr size_t kMaxTypeDepth = 28;
// No schema is longer.
inline constexpr size_t kMaxSchemaBytes = size_t{16} << 20;

struct AttributeDecl {
  std::string name;
  bool required = true;
  TypeExpr type;
  std::vector<Annotation> annotations;
  Span span;  // of the name
};

// A name that is declared, or that something refers to: `User`, `Ns::User`, the id of an action.
struct NameRef {
  std::string name;
  Span span;
};

struct CommonTypeDecl {
  NameRef name;
  TypeExpr type;
  std::vector<Annotation> annotations;
};

// One declaration may have several names: `entity User, Admin { ... };`.
struct EntityTypeDecl {
  std::vector<NameRef> names;
  std::vector<NameRef> parents;
  std::optional<TypeExpr> shape;
  std::optional<TypeExpr> tags;
  std::vector<std::string> enum_ids;  // not empty: an enumerated type, without the three above
  std::vector<Annotation> annotations;
};

struct ActionRef {
  std::optional<std::string> type;  // none: `Action`
  std::string id;
  Span span;
};

struct AppliesTo {
  std::vector<NameRef> principals;
  std::vector<NameRef> resources;
  std::optional<TypeExpr> context;  // none: the empty record
};

struct ActionDecl {
  std::vector<NameRef> ids;
  std::vector<ActionRef> parents;
  std::optional<AppliesTo> applies_to;  // none: a group only
  std::vector<Annotation> annotations;
};

// One namespace; the one without a name holds what stands outside of any.
struct NamespaceDecl {
  NameRef name;
  std::vector<CommonTypeDecl> common_types;
  std::vector<EntityTypeDecl> entity_types;
  std::vector<ActionDecl> actions;
  std::vector<Annotation> annotations;
};

struct SchemaFragment {
  std::vector<NamespaceDecl> namespaces;
};

}  // namespace sally::cedar
