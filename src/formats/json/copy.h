// A value of a document, written again.
#pragma once

#include "formats/json/document.h"
#include "formats/json/writer.h"

namespace sally::formats {

// Appends `value` and all below it: numbers as they were written, strings in the writer's one form,
// no white space. The document's depth and the writer's own together are at most
// JsonWriter::kMaxDepth.
void copy(const JsonValue& value, JsonWriter& json);

// The same with the members of every object in the order of their names (by bytes): two values that
// differ in white space, in escapes or in the order of members give the same text. Numbers count as
// they were written. After RFC 8785, which rounds numbers to a double: a digest must tell them
// apart.
void copy_canonical(const JsonValue& value, JsonWriter& json);

}  // namespace sally::formats
