#include "formats/json/copy.h"

namespace sally::formats {

// As deep as the reader of the document let it be.
void copy(const JsonValue& value, JsonWriter& json) {
  switch (value.type()) {
    case JsonType::kNull:
      json.null();
      break;
    case JsonType::kBoolean:
      json.boolean(*value.as_bool());
      break;
    case JsonType::kNumber:
      json.raw(value.raw_number());
      break;
    case JsonType::kString:
      json.string(*value.as_string());
      break;
    case JsonType::kArray:
      json.begin_array();
      for (const JsonValue element : value) {
        copy(element, json);
      }
      json.end_array();
      break;
    case JsonType::kObject:
      json.begin_object();
      for (const JsonValue member : value) {
        json.key(member.name());
        copy(member, json);
      }
      json.end_object();
      break;
  }
}

}  // namespace sally::formats
