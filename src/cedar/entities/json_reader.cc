#include "cedar/entities/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "cedar/entities/value_reader.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

Error about(const EntityUid& uid, std::string_view what) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("entity `{}`: {}", printable(quoted(uid)), what));
}

// What the schema says of an entity's attributes and tags; nulls where it is not asked.
struct Shape {
  const Type* attributes = nullptr;
  const Type* tags = nullptr;
};

Result<Shape> shape_of(const EntityUid& uid, const Schema* schema) {
  if (schema == nullptr || schema->find_action(uid) != nullptr) {
    return Shape{};
  }
  if (schema->is_action_type(uid.type)) {
    return about(uid, "the schema declares no such action");
  }
  const EntityType* type = schema->find_entity_type(uid.type);
  if (type == nullptr) {
    return about(uid, "the schema declares no such entity type");
  }
  return Shape{&type->attributes, type->tags.has_value() ? &*type->tags : nullptr};
}

Result<Entity> read_entity(const JsonValue& json, const Schema* schema) {
  static constexpr std::array<std::string_view, 4> kMembers{"uid", "attrs", "parents", "tags"};
  TRY_OK(json.only(kMembers));
  Entity out;
  TRY(const JsonValue uid, json.member("uid"));
  TRY(out.uid, read_entity_uid(uid));
  TRY(const Shape shape, shape_of(out.uid, schema));
  TRY(const JsonValue attributes, json.member("attrs"));
  TRY(out.attributes, read_record(attributes, shape.attributes));
  if (const auto tags = json.find("tags")) {
    TRY(out.tags, read_tags(*tags, shape.tags));
  }
  TRY(const JsonValue parents, json.member("parents"));
  TRY(const JsonValue list, parents.as_array());
  for (const JsonValue parent : list) {
    TRY(EntityUid name, read_entity_uid(parent));
    if (is_action_type(out.uid.type) && !is_action_type(name.type)) {
      return about(out.uid, "an action is only in actions");
    }
    out.parents.push_back(std::move(name));
  }
  return out;
}

Entity entity_of(const Action& action) {
  Entity out;
  out.uid = action.uid;
  out.parents = action.parents;
  return out;
}

// An action that the text gives too may name its groups directly or through other actions of the
// text, as long as the closure is that of the schema.
Result<> check_action(const Entity& given, const Action& declared, const Entities& entities) {
  const auto index = static_cast<size_t>(entities.find(given.uid) - entities.all().data());
  const auto ancestors = entities.ancestors(index);
  bool same = given.attributes.as_record().empty() && given.tags.as_record().empty() &&
              ancestors.size() == declared.ancestors.size();
  for (size_t i = 0; same && i < ancestors.size(); ++i) {
    same = entities.names()[ancestors[i]] == declared.ancestors[i];
  }
  return same ? ok() : about(given.uid, "the schema declares this action otherwise");
}

Result<Entities> with_actions(std::vector<Entity> given, const Schema& schema) {
  std::vector<Entity> actions;
  std::ranges::copy_if(given, std::back_inserter(actions), [&](const Entity& entity) {
    return schema.find_action(entity.uid) != nullptr;
  });
  // What the text says is complete in itself: the actions of the schema fill no gap in it.
  TRY(const Entities said, Entities::create(std::move(actions)));
  for (const Entity& action : said.all()) {
    TRY_OK(check_action(action, *schema.find_action(action.uid), said));
  }
  for (const auto& [uid, action] : schema.actions()) {
    if (said.find(uid) == nullptr) {
      given.push_back(entity_of(action));
    }
  }
  return Entities::create(std::move(given));
}

}  // namespace

Result<Entities> read_entities(std::string_view json, const Schema* schema) {
  TRY(const JsonDocument document, JsonDocument::parse(json, cedar_json_limits()));
  return read_entities(document.root(), schema);
}

Result<Entities> read_entities(const JsonValue& json, const Schema* schema) {
  TRY(const JsonValue list, json.as_array());
  std::vector<Entity> entities;
  entities.reserve(list.size() + (schema != nullptr ? schema->actions().size() : 0));
  for (const JsonValue item : list) {
    TRY(Entity entity, read_entity(item, schema));
    entities.push_back(std::move(entity));
  }
  if (schema != nullptr) {
    return with_actions(std::move(entities), *schema);
  }
  return Entities::create(std::move(entities));
}

Result<Value> read_context(const JsonValue& json, const Schema* schema, const EntityUid* action) {
  const Type* type = nullptr;
  if (schema != nullptr && action != nullptr) {
    const Action* declared = schema->find_action(*action);
    if (declared == nullptr) {
      return Error(
          ErrorKind::kInvalidInput,
          fmt::format("action `{}` is not declared in the schema", printable(quoted(*action))));
    }
    type = &declared->context;
  }
  // An escape in the place of the whole context is no context.
  TRY(Value context, read_value(json, type));
  if (context.kind() != ValueKind::kRecord) {
    return Error(ErrorKind::kInvalidInput, "the context is no record");
  }
  return context;
}

Result<Value> read_context(std::string_view json, const Schema* schema, const EntityUid* action) {
  TRY(const JsonDocument document, JsonDocument::parse(json, cedar_json_limits()));
  return read_context(document.root(), schema, action);
}

}  // namespace sally::cedar
