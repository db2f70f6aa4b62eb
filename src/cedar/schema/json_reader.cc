#include "cedar/schema/json_reader.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/result.h"
#include "base/text.h"
#include "cedar/names.h"
#include "cedar/schema/names.h"
#include "cedar/schema/resolver.h"
#include "formats/json/document.h"

namespace sally::cedar {
namespace {

using formats::JsonDocument;
using formats::JsonLimits;
using formats::JsonValue;

// A record nests two levels of JSON a level of types; above the outermost type stand six.
constexpr JsonLimits kLimits{
    .bytes = kMaxSchemaBytes, .depth = 2 * kMaxTypeDepth + 8, .nul_in_names = true};

Error malformed(const JsonValue& value, std::string_view what, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, fmt::format("`{}`: {}", printable(value.path()), what),
               std::move(hint));
}

class Reader {
 public:
  // Of the value it read last: where the error is.
  [[nodiscard]] Span span() const { return span_; }

  Result<SchemaFragment> read(const JsonValue& root) {
    SchemaFragment fragment;
    TRY(const auto spaces, enter(root).as_object());
    for (const JsonValue space : spaces) {
      TRY(auto read, read_namespace(space));
      fragment.namespaces.push_back(std::move(read));
    }
    return fragment;
  }

 private:
  // The value, which errors are about from now on.
  JsonValue enter(JsonValue value) {
    const auto at = static_cast<uint32_t>(value.offset());
    span_ = {at, at + 1};
    return value;
  }

  // The member where it is there. `null` counts as there.
  template <typename Read>
  Result<> if_there(const JsonValue& object, std::string_view name, Read read) {
    const auto member = object.find(name);
    return member ? read(enter(*member)) : ok();
  }

  Result<NamespaceDecl> read_namespace(const JsonValue& value) {
    static constexpr std::array<std::string_view, 4> kKnown = {"commonTypes", "entityTypes",
                                                               "actions", "annotations"};
    TRY_OK(enter(value).as_object());
    TRY_OK(value.only(kKnown));
    NamespaceDecl space;
    space.name = named(value);
    if (!space.name.name.empty() && !is_type_name(space.name.name)) {
      return malformed(value, "this is no name of a namespace", "write `Name` or `Outer::Inner`");
    }
    TRY_OK(if_there(value, "commonTypes", [&](const JsonValue& types) {
      return each(types, space.common_types,
                  [this](const JsonValue& type) { return read_common_type(type); });
    }));
    TRY(const auto entity_types, value.member("entityTypes"));
    TRY_OK(each(entity_types, space.entity_types,
                [this](const JsonValue& type) { return read_entity_type(type); }));
    TRY(const auto actions, value.member("actions"));
    TRY_OK(each(actions, space.actions,
                [this](const JsonValue& action) { return read_action(action); }));
    TRY(space.annotations, read_annotations(value));
    if (space.name.name.empty() && !space.annotations.empty()) {
      return malformed(value, "only a namespace with a name can have annotations");
    }
    return space;
  }

  // Reads every member of an object.
  template <typename Decl, typename Read>
  Result<> each(const JsonValue& object, std::vector<Decl>& out, Read read) {
    TRY(const auto members, enter(object).as_object());
    for (const JsonValue member : members) {
      TRY(auto decl, read(enter(member)));
      out.push_back(std::move(decl));
    }
    return ok();
  }

  Result<std::vector<Annotation>> read_annotations(const JsonValue& value) {
    std::vector<Annotation> annotations;
    TRY_OK(if_there(value, "annotations", [&](const JsonValue& object) -> Result<> {
      return each(object, annotations, [this](const JsonValue& one) -> Result<Annotation> {
        Annotation annotation{.name = std::string(one.name()), .value = {}, .span = span_};
        if (!is_word(annotation.name)) {
          return malformed(one, "an annotation is called by letters, digits and `_`");
        }
        if (!one.is_null()) {
          TRY(const auto text, one.as_string());
          annotation.value = std::string(text);
        }
        return annotation;
      });
    }));
    return annotations;
  }

  // The key this value stands under.
  [[nodiscard]] NameRef named(const JsonValue& value) const {
    return {std::string(value.name()), span_};
  }

  Result<NameRef> declared_type(const JsonValue& value) {
    if (!is_identifier(value.name())) {
      return malformed(value, "this is no name of a type",
                       "letters, digits and `_`, not a digit first, and no reserved word");
    }
    return named(value);
  }

  Result<std::string> path_of(const JsonValue& value) {
    TRY(const auto text, enter(value).as_string());
    if (!is_type_reference(text)) {
      return malformed(value, fmt::format("`{}` is no name of a type", printable(text)),
                       "write `Name` or `Namespace::Name`");
    }
    return std::string(text);
  }

  Result<CommonTypeDecl> read_common_type(const JsonValue& value) {
    CommonTypeDecl decl;
    TRY(decl.name, declared_type(value));
    TRY(decl.type, read_type(value, kWithAnnotations));
    TRY(decl.annotations, read_annotations(value));
    return decl;
  }

  Result<EntityTypeDecl> read_entity_type(const JsonValue& value) {
    static constexpr std::array<std::string_view, 5> kStandard = {"memberOfTypes", "shape", "tags",
                                                                  "annotations", "enum"};
    static constexpr std::array<std::string_view, 2> kEnumerated = {"enum", "annotations"};
    EntityTypeDecl decl;
    TRY(auto name, declared_type(value));
    decl.names.push_back(std::move(name));
    TRY_OK(value.as_object());
    const auto ids = value.find("enum");
    TRY_OK(ids ? value.only(kEnumerated) : value.only(kStandard));
    if (ids) {
      TRY(decl.enum_ids, read_enum(*ids));
    }
    TRY_OK(if_there(value, "memberOfTypes", [&](const JsonValue& list) -> Result<> {
      TRY(decl.parents, read_names(list));
      return ok();
    }));
    TRY_OK(if_there(value, "shape", [&](const JsonValue& type) -> Result<> {
      TRY(decl.shape, read_type(type, kBare));
      return ok();
    }));
    TRY_OK(if_there(value, "tags", [&](const JsonValue& type) -> Result<> {
      TRY(decl.tags, read_type(type, kBare));
      return ok();
    }));
    TRY(decl.annotations, read_annotations(value));
    return decl;
  }

  Result<std::vector<std::string>> read_enum(const JsonValue& value) {
    std::vector<std::string> ids;
    TRY(const auto list, enter(value).as_array());
    for (const JsonValue id : list) {
      TRY(const auto text, enter(id).as_string());
      ids.emplace_back(text);
    }
    if (ids.empty()) {
      return malformed(value, "an enumerated type needs at least one entity");
    }
    return ids;
  }

  Result<std::vector<NameRef>> read_names(const JsonValue& value) {
    std::vector<NameRef> names;
    TRY(const auto list, enter(value).as_array());
    for (const JsonValue name : list) {
      TRY(auto path, path_of(name));
      names.push_back({std::move(path), span_});
    }
    return names;
  }

  Result<ActionDecl> read_action(const JsonValue& value) {
    static constexpr std::array<std::string_view, 4> kKnown = {"attributes", "appliesTo",
                                                               "memberOf", "annotations"};
    ActionDecl decl;
    decl.ids.push_back(named(value));
    TRY_OK(value.as_object());
    TRY_OK(value.only(kKnown));
    if (const auto attributes = value.find("attributes"); attributes && !attributes->is_null()) {
      return malformed(enter(*attributes), "actions have no attributes", "leave it out");
    }
    TRY_OK(if_there(value, "memberOf", [&](const JsonValue& list) -> Result<> {
      return list.is_null() ? ok() : read_action_refs(list, decl.parents);
    }));
    TRY_OK(if_there(value, "appliesTo", [&](const JsonValue& applies) -> Result<> {
      if (!applies.is_null()) {
        TRY(decl.applies_to, read_applies_to(applies));
      }
      return ok();
    }));
    TRY(decl.annotations, read_annotations(value));
    return decl;
  }

  Result<> read_action_refs(const JsonValue& value, std::vector<ActionRef>& refs) {
    static constexpr std::array<std::string_view, 2> kKnown = {"id", "type"};
    TRY(const auto list, value.as_array());
    for (const JsonValue one : list) {
      TRY_OK(enter(one).as_object());
      TRY_OK(one.only(kKnown));
      TRY(const auto id, one.string("id"));
      ActionRef ref{.type = {}, .id = std::string(id), .span = span_};
      if (const auto type = one.find("type"); type && !type->is_null()) {
        TRY(ref.type, path_of(*type));
      }
      refs.push_back(std::move(ref));
    }
    return ok();
  }

  Result<AppliesTo> read_applies_to(const JsonValue& value) {
    static constexpr std::array<std::string_view, 3> kKnown = {"principalTypes", "resourceTypes",
                                                               "context"};
    AppliesTo applies;
    TRY_OK(value.as_object());
    TRY_OK(value.only(kKnown));
    TRY(const auto principals, value.member("principalTypes"));
    TRY(applies.principals, read_names(principals));
    TRY(const auto resources, value.member("resourceTypes"));
    TRY(applies.resources, read_names(resources));
    TRY_OK(if_there(value, "context", [&](const JsonValue& type) -> Result<> {
      TRY(applies.context, read_type(type, kBare));
      return ok();
    }));
    return applies;
  }

  // What may stand beside the type itself, by where it stands.
  enum Beside : uint8_t { kBare, kWithAnnotations, kOfAttribute };

  // Refuses members that are neither `extra` nor allowed by where the type stands.
  static Result<> only(const JsonValue& value, Beside beside,
                       std::initializer_list<std::string_view> extra) {
    std::vector<std::string_view> known = {"type"};
    known.insert(known.end(), extra);
    if (beside != kBare) {
      known.emplace_back("annotations");
    }
    if (beside == kOfAttribute) {
      known.emplace_back("required");
    }
    return value.only(known);
  }

  // Recurses as deep as kLimits lets the document nest.
  Result<TypeExpr> read_type(const JsonValue& value, Beside beside) {
    using Kind = TypeExpr::Kind;
    struct Row {
      std::string_view name;
      Kind kind;
    };
    static constexpr std::array<Row, 8> kKinds = {{{"Long", Kind::kLong},
                                                   {"String", Kind::kString},
                                                   {"Boolean", Kind::kBool},
                                                   {"Set", Kind::kSet},
                                                   {"Record", Kind::kRecord},
                                                   {"Entity", Kind::kEntity},
                                                   {"EntityOrCommon", Kind::kName},
                                                   {"Extension", Kind::kExtension}}};
    TRY_OK(enter(value).as_object());
    TypeExpr expr;
    expr.span = span_;
    TRY(const auto type, value.string("type"));
    expr.kind = Kind::kCommon;
    for (const Row& row : kKinds) {
      if (row.name == type) {
        expr.kind = row.kind;
      }
    }
    switch (expr.kind) {
      case Kind::kLong:
      case Kind::kString:
      case Kind::kBool:
        TRY_OK(only(value, beside, {}));
        break;
      case Kind::kSet: {
        TRY_OK(only(value, beside, {"element"}));
        TRY(const auto element, value.member("element"));
        TRY(auto read, read_type(element, kBare));
        expr.element.push_back(std::move(read));
        break;
      }
      case Kind::kRecord:
        TRY_OK(only(value, beside, {"attributes", "additionalAttributes"}));
        TRY_OK(read_attributes(value, expr));
        break;
      case Kind::kEntity:
      case Kind::kName: {
        TRY_OK(only(value, beside, {"name"}));
        TRY(const auto name, value.member("name"));
        TRY(expr.name, path_of(name));
        break;
      }
      case Kind::kExtension: {
        TRY_OK(only(value, beside, {"name"}));
        TRY(const auto name, value.string("name"));
        expr.name = name;
        break;
      }
      case Kind::kCommon: {
        TRY_OK(only(value, beside, {}));
        TRY(const auto name, value.member("type"));
        TRY(expr.name, path_of(name));
        break;
      }
    }
    return expr;
  }

  Result<> read_attributes(const JsonValue& value, TypeExpr& expr) {
    if (const auto open = value.find("additionalAttributes")) {
      TRY(const bool is_open, enter(*open).as_bool());
      if (is_open) {
        return malformed(*open, "a record has the attributes it declares and no others",
                         "leave it out, or write `false`");
      }
    }
    TRY(const auto attributes, value.member("attributes"));
    return each(attributes, expr.attributes, [this](const JsonValue& one) -> Result<AttributeDecl> {
      AttributeDecl attribute;
      attribute.name = one.name();
      attribute.span = span_;
      TRY(attribute.type, read_type(one, kOfAttribute));
      TRY(attribute.annotations, read_annotations(one));
      if (const auto required = one.find("required")) {
        TRY(attribute.required, enter(*required).as_bool());
      }
      return attribute;
    });
  }

  Span span_;
};

std::vector<Problem> problem(Span span, const Error& error) {
  return {{span, error.message(), error.hint()}};
}

}  // namespace

ParseResult<SchemaFragment> read_schema_fragment_json(std::string_view json) {
  auto document = JsonDocument::parse(json, kLimits);
  if (!document.ok()) {
    return problem({}, document.error());
  }
  Reader reader;
  auto fragment = reader.read(document->root());
  if (!fragment.ok()) {
    return problem(reader.span(), fragment.error());
  }
  return *std::move(fragment);
}

ParseResult<Schema> read_schema_json(std::string_view json) {
  auto fragment = read_schema_fragment_json(json);
  return fragment.ok() ? resolve(*fragment) : ParseResult<Schema>(fragment.problems());
}

}  // namespace sally::cedar
