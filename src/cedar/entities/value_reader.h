// Values in Cedar's JSON format: numbers, strings, arrays (sets), objects (records), and the
// escapes
// `{"__entity": {"type": .., "id": ..}}` and `{"__extn": {"fn": .., "arg": ..}}`.
#pragma once

#include "base/result.h"
#include "cedar/schema/type.h"
#include "cedar/value.h"
#include "formats/json/document.h"

namespace sally::cedar {

// The limits for documents of this format, which may name an attribute with NUL in it.
[[nodiscard]] formats::JsonLimits cedar_json_limits();

// With a type the short forms are taken too: `{"type": .., "id": ..}` where an entity is expected,
// a string or `{"fn": .., "arg": ..}` where an extension value is. Whether the value then is of the
// type is for the validator to say. kInvalidInput with the path otherwise.
Result<Value> read_value(const formats::JsonValue& json, const Type* type = nullptr);
// A record, as attributes, tags and contexts are; `type` of kRecord. No escape is taken.
Result<Value> read_record(const formats::JsonValue& json, const Type* type = nullptr);
// A record all of whose fields have one type, as tags have.
Result<Value> read_tags(const formats::JsonValue& json, const Type* type = nullptr);
// `{"type": .., "id": ..}` or `{"__entity": {"type": .., "id": ..}}`.
Result<EntityUid> read_entity_uid(const formats::JsonValue& json);

}  // namespace sally::cedar
