#include "formats/json/copy.h"

#include <algorithm>
#include <vector>

namespace sally::formats {
namespace {

enum class Order : bool { kAsWritten, kByName };

// As deep as the reader of the document let it be.
void copy(const JsonValue& value, JsonWriter& json, Order order);

void copy_members(const JsonValue& object, JsonWriter& json, Order order) {
  std::vector<JsonValue> members;
  members.reserve(object.size());
  for (const JsonValue member : object) {
    members.push_back(member);
  }
  if (order == Order::kByName) {
    std::ranges::sort(members, {}, &JsonValue::name);
  }
  for (const JsonValue& member : members) {
    json.key(member.name());
    copy(member, json, order);
  }
}

void copy(const JsonValue& value, JsonWriter& json, Order order) {
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
        copy(element, json, order);
      }
      json.end_array();
      break;
    case JsonType::kObject:
      json.begin_object();
      copy_members(value, json, order);
      json.end_object();
      break;
  }
}

}  // namespace

void copy(const JsonValue& value, JsonWriter& json) {
  copy(value, json, Order::kAsWritten);
}

void copy_canonical(const JsonValue& value, JsonWriter& json) {
  copy(value, json, Order::kByName);
}

}  // namespace sally::formats
