#include "cedar/entities/json_writer.h"

#include <string>
#include <string_view>

namespace sally::cedar {
namespace {

void write_call(formats::JsonWriter& json, std::string_view function, const std::string& argument) {
  json.begin_object().key("__extn").begin_object();
  json.member("fn", function).member("arg", argument);
  json.end_object().end_object();
}

}  // namespace

void write_uid(formats::JsonWriter& json, const EntityUid& uid) {
  json.begin_object();
  json.member("type", uid.type).member("id", uid.id);
  json.end_object();
}

void write_value(formats::JsonWriter& json, const Value& value) {
  switch (value.kind()) {
    case ValueKind::kBool:
      json.boolean(value.as_bool());
      break;
    case ValueKind::kLong:
      json.number(value.as_long());
      break;
    case ValueKind::kString:
      json.string(value.as_string());
      break;
    case ValueKind::kEntity:
      json.begin_object().key("__entity");
      write_uid(json, value.as_entity());
      json.end_object();
      break;
    case ValueKind::kSet:
      json.begin_array();
      for (const Value& element : value.as_set()) {
        write_value(json, element);
      }
      json.end_array();
      break;
    case ValueKind::kRecord:
      json.begin_object();
      for (const Field& field : value.as_record()) {
        json.key(field.name);
        write_value(json, field.value);
      }
      json.end_object();
      break;
    case ValueKind::kDecimal:
      write_call(json, "decimal", value.as_decimal().to_string());
      break;
    case ValueKind::kDatetime:
      write_call(json, "datetime", value.as_datetime().to_string());
      break;
    case ValueKind::kDuration:
      write_call(json, "duration", value.as_duration().to_string());
      break;
    case ValueKind::kIp:
      write_call(json, "ip", value.as_ip().to_string());
      break;
  }
}

void write_entities(formats::JsonWriter& json, std::span<const Entity> entities) {
  json.begin_array();
  for (const Entity& entity : entities) {
    json.begin_object().key("uid");
    write_uid(json, entity.uid);
    json.key("attrs");
    write_value(json, entity.attributes);
    if (!entity.tags.as_record().empty()) {
      json.key("tags");
      write_value(json, entity.tags);
    }
    json.key("parents").begin_array();
    for (const EntityUid& parent : entity.parents) {
      write_uid(json, parent);
    }
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace sally::cedar
