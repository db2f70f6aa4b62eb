#include "cedar/schema/json_writer.h"

#include <string_view>

#include "formats/json/writer.h"

namespace sally::cedar {
namespace {

using formats::JsonWriter;

void write_annotations(JsonWriter& json, const std::vector<Annotation>& annotations) {
  if (annotations.empty()) {
    return;
  }
  json.key("annotations").begin_object();
  for (const auto& annotation : annotations) {
    json.member(annotation.name, annotation.value.value_or(""));
  }
  json.end_object();
}

void write_attributes(JsonWriter& json, const std::vector<AttributeDecl>& attributes);

// The members of a type's object. Recurses at most kMaxTypeDepth deep.
void write_type_members(JsonWriter& json, const TypeExpr& type) {
  switch (type.kind) {
    case TypeExpr::Kind::kName:
      json.member("type", "EntityOrCommon").member("name", type.name);
      break;
    case TypeExpr::Kind::kEntity:
      json.member("type", "Entity").member("name", type.name);
      break;
    case TypeExpr::Kind::kCommon:
      json.member("type", type.name);
      break;
    case TypeExpr::Kind::kExtension:
      json.member("type", "Extension").member("name", type.name);
      break;
    case TypeExpr::Kind::kBool:
      json.member("type", "Boolean");
      break;
    case TypeExpr::Kind::kLong:
      json.member("type", "Long");
      break;
    case TypeExpr::Kind::kString:
      json.member("type", "String");
      break;
    case TypeExpr::Kind::kSet:
      json.member("type", "Set").key("element").begin_object();
      write_type_members(json, type.element.front());
      json.end_object();
      break;
    case TypeExpr::Kind::kRecord:
      json.member("type", "Record");
      write_attributes(json, type.attributes);
      break;
  }
}

void write_attributes(JsonWriter& json, const std::vector<AttributeDecl>& attributes) {
  json.key("attributes").begin_object();
  for (const auto& attribute : attributes) {
    json.key(attribute.name).begin_object();
    write_type_members(json, attribute.type);
    if (!attribute.required) {
      json.member("required", false);
    }
    write_annotations(json, attribute.annotations);
    json.end_object();
  }
  json.end_object();
}

void write_type(JsonWriter& json, std::string_view key, const TypeExpr& type) {
  json.key(key).begin_object();
  write_type_members(json, type);
  json.end_object();
}

void write_names(JsonWriter& json, std::string_view key, const std::vector<NameRef>& names) {
  json.key(key).begin_array();
  for (const auto& name : names) {
    json.string(name.name);
  }
  json.end_array();
}

void write_common_types(JsonWriter& json, const NamespaceDecl& space) {
  json.key("commonTypes").begin_object();
  for (const auto& type : space.common_types) {
    json.key(type.name.name).begin_object();
    write_type_members(json, type.type);
    write_annotations(json, type.annotations);
    json.end_object();
  }
  json.end_object();
}

void write_entity_type(JsonWriter& json, const EntityTypeDecl& type) {
  json.begin_object();
  if (!type.enum_ids.empty()) {
    json.key("enum").begin_array();
    for (const auto& id : type.enum_ids) {
      json.string(id);
    }
    json.end_array();
  }
  if (!type.parents.empty()) {
    write_names(json, "memberOfTypes", type.parents);
  }
  if (type.shape) {
    write_type(json, "shape", *type.shape);
  }
  if (type.tags) {
    write_type(json, "tags", *type.tags);
  }
  write_annotations(json, type.annotations);
  json.end_object();
}

void write_entity_types(JsonWriter& json, const NamespaceDecl& space) {
  json.key("entityTypes").begin_object();
  for (const auto& type : space.entity_types) {
    for (const auto& name : type.names) {
      json.key(name.name);
      write_entity_type(json, type);
    }
  }
  json.end_object();
}

void write_action(JsonWriter& json, const ActionDecl& action) {
  json.begin_object();
  if (const auto& applies = action.applies_to) {
    json.key("appliesTo").begin_object();
    write_names(json, "principalTypes", applies->principals);
    write_names(json, "resourceTypes", applies->resources);
    if (applies->context) {
      write_type(json, "context", *applies->context);
    }
    json.end_object();
  }
  if (!action.parents.empty()) {
    json.key("memberOf").begin_array();
    for (const auto& parent : action.parents) {
      json.begin_object().member("id", parent.id);
      if (parent.type) {
        json.member("type", *parent.type);
      }
      json.end_object();
    }
    json.end_array();
  }
  write_annotations(json, action.annotations);
  json.end_object();
}

void write_actions(JsonWriter& json, const NamespaceDecl& space) {
  json.key("actions").begin_object();
  for (const auto& action : space.actions) {
    for (const auto& id : action.ids) {
      json.key(id.name);
      write_action(json, action);
    }
  }
  json.end_object();
}

bool is_empty(const NamespaceDecl& space) {
  return space.common_types.empty() && space.entity_types.empty() && space.actions.empty();
}

}  // namespace

std::string write_schema_json(const SchemaFragment& fragment) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& space : fragment.namespaces) {
    if (space.name.name.empty() && is_empty(space)) {
      continue;
    }
    json.key(space.name.name).begin_object();
    if (!space.common_types.empty()) {
      write_common_types(json, space);
    }
    write_entity_types(json, space);
    write_actions(json, space);
    write_annotations(json, space.annotations);
    json.end_object();
  }
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::cedar
