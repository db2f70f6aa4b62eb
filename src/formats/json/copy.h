// A value of a document, written again.
#pragma once

#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::formats {

// Appends `value` and all below it: numbers as they were written, strings in the writer's one form,
// no white space. The document's depth and the writer's own together are at most
// JsonWriter::kMaxDepth.
void copy(const JsonValue& value, JsonWriter& json);

}  // namespace sally::formats
