// Entities and contexts from JSON.
//
//   [{"uid": {"type": "User", "id": "a"}, "attrs": {"age": 7}, "parents": [], "tags": {}}]
#pragma once

#include <string_view>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/schema/schema.h"
#include "formats/json/document.h"

namespace sally::cedar {

// With a schema: attributes and tags are read by their declared types, so the short forms of
// entities and extension values are taken; the actions of the schema are added; an action in the
// text has to be what the schema says; an entity of no declared type is refused. Whether the rest
// fits the schema is for validate/ to say. kInvalidInput with the path, or as Entities::create.
Result<Entities> read_entities(std::string_view json, const Schema* schema = nullptr);
Result<Entities> read_entities(const formats::JsonValue& json, const Schema* schema = nullptr);

// A context: a record. With a schema, as the request of that action has it.
Result<Value> read_context(std::string_view json, const Schema* schema = nullptr,
                           const EntityUid* action = nullptr);
Result<Value> read_context(const formats::JsonValue& json, const Schema* schema = nullptr,
                           const EntityUid* action = nullptr);

}  // namespace sally::cedar
