// Values, entities and requests as Cedar's JSON formats have them: what the readers beside this
// read back as the same.
#pragma once

#include <span>

#include "cedar/entities/entities.h"
#include "cedar/value.h"
#include "formats/json/writer.h"

namespace sally::cedar {

// With the escapes `__entity` and `__extn`. An instant beyond the years that can be written gives
// an argument that no reader takes. Values nest at most as deep as the writer does.
void write_value(formats::JsonWriter& json, const Value& value);
// `{"type": .., "id": ..}`.
void write_uid(formats::JsonWriter& json, const EntityUid& uid);
// An array.
void write_entities(formats::JsonWriter& json, std::span<const Entity> entities);

}  // namespace sally::cedar
