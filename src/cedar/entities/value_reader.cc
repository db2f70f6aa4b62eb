#include "cedar/entities/value_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/functions.h"

namespace sally::cedar {
namespace {

using formats::JsonType;
using formats::JsonValue;

Error invalid(const JsonValue& at, std::string_view what, std::string hint = {}) {
  const std::string path = at.path();
  return Error(ErrorKind::kInvalidInput,
               fmt::format("{}{}{}: {}", path.empty() ? "the document" : "`", path,
                           path.empty() ? "" : "`", what),
               std::move(hint));
}

const Type* element_of(const Type* type) {
  return type != nullptr && type->kind() == TypeKind::kSet ? &type->element() : nullptr;
}

const Type* field_of(const Type* type, std::string_view name) {
  const Attribute* attribute =
      type != nullptr && type->kind() == TypeKind::kRecord ? type->find(name) : nullptr;
  return attribute != nullptr ? &attribute->type : nullptr;
}

// The functions that give an extension value, and what they take: data holds no other calls.
struct CallRow {
  Function function;
  ExtensionType result;
  std::optional<ExtensionType> receiver;  // none: a string
  std::optional<ExtensionType> argument;  // none: there is no second
};
constexpr std::array kCalls{
    CallRow{Function::kDecimal, ExtensionType::kDecimal, {}, {}},
    CallRow{Function::kIp, ExtensionType::kIp, {}, {}},
    CallRow{Function::kDatetime, ExtensionType::kDatetime, {}, {}},
    CallRow{Function::kDuration, ExtensionType::kDuration, {}, {}},
    CallRow{Function::kOffset, ExtensionType::kDatetime, ExtensionType::kDatetime,
            ExtensionType::kDuration},
    CallRow{Function::kDurationSince, ExtensionType::kDuration, ExtensionType::kDatetime,
            ExtensionType::kDatetime},
    CallRow{Function::kToDate, ExtensionType::kDatetime, ExtensionType::kDatetime, {}},
    CallRow{Function::kToTime, ExtensionType::kDuration, ExtensionType::kDatetime, {}},
};

template <typename T>
Result<Value> built(const JsonValue& at, std::string_view text, std::string_view type,
                    Parsed<T> parsed, Value (*wrap)(T)) {
  if (!parsed.ok()) {
    return invalid(at, fmt::format("`{}` is no {}: {}", printable(text), type, parsed.problem()));
  }
  return wrap(*parsed);
}

Result<Value> construct(const JsonValue& at, ExtensionType type, std::string_view text) {
  switch (type) {
    case ExtensionType::kDecimal:
      return built(at, text, "decimal", Decimal::parse(text), Value::decimal);
    case ExtensionType::kDatetime:
      return built(at, text, "datetime", Datetime::parse(text), Value::datetime);
    case ExtensionType::kDuration:
      return built(at, text, "duration", Duration::parse(text), Value::duration);
    case ExtensionType::kIp:
      return built(at, text, "ipaddr", IpRange::parse(text), Value::ip);
  }
  return invalid(at, "expected an extension value");
}

ValueKind kind_of(ExtensionType type) {
  constexpr std::array<ValueKind, kExtensionTypes> kKinds{ValueKind::kDecimal, ValueKind::kDatetime,
                                                          ValueKind::kDuration, ValueKind::kIp};
  return kKinds[static_cast<size_t>(type)];
}

Result<Value> read_argument(const JsonValue& json, ExtensionType type) {
  const Type expected = Type::extension(type);
  TRY(Value value, read_value(json, &expected));
  if (value.kind() != kind_of(type)) {
    return invalid(
        json, fmt::format("expected {}, found {}", name_of(kind_of(type)), name_of(value.kind())));
  }
  return value;
}

Result<Value> call_method(const JsonValue& at, Function function, Datetime receiver,
                          const std::optional<Value>& argument) {
  if (function == Function::kToTime) {
    return Value::duration(receiver.to_time());
  }
  if (function == Function::kDurationSince) {
    if (const auto span = receiver.since(argument->as_datetime())) {
      return Value::duration(*span);
    }
  } else if (const auto instant = function == Function::kOffset
                                      ? receiver.offset(argument->as_duration())
                                      : receiver.to_date()) {
    return Value::datetime(*instant);
  }
  return invalid(at, fmt::format("`{}` overflows", row_of(function).name));
}

// `{"fn": .., "arg": ..}` or `{"fn": .., "args": [..]}`.
Result<Value> read_call(const JsonValue& json) {
  static constexpr std::array<std::string_view, 3> kMembers{"fn", "arg", "args"};
  TRY_OK(json.only(kMembers));
  TRY(const std::string_view name, json.string("fn"));
  const auto single = json.find("arg");
  const auto several = json.find("args");
  if (single.has_value() == several.has_value()) {
    return invalid(json, "expected either `arg` or `args`");
  }
  std::vector<JsonValue> arguments;
  if (single) {
    arguments.push_back(*single);
  } else {
    TRY(const JsonValue list, several->as_array());
    for (const JsonValue argument : list) {
      arguments.push_back(argument);
    }
  }
  const auto function = find_function(name);
  const auto* row = kCalls.begin();
  while (row != kCalls.end() && row->function != function) {
    ++row;
  }
  if (row == kCalls.end()) {
    return invalid(json, fmt::format("no function `{}` gives an extension value", printable(name)));
  }
  const size_t wanted = row->argument.has_value() ? 2 : 1;
  if (arguments.size() != wanted) {
    return invalid(json, fmt::format("`{}` takes {} argument{}, found {}", name, wanted,
                                     wanted == 1 ? "" : "s", arguments.size()));
  }
  if (!row->receiver.has_value()) {
    TRY(const std::string_view text, arguments[0].as_string());
    return construct(json, row->result, text);
  }
  TRY(const Value receiver, read_argument(arguments[0], *row->receiver));
  std::optional<Value> argument;
  if (row->argument.has_value()) {
    TRY(argument, read_argument(arguments[1], *row->argument));
  }
  return call_method(json, row->function, receiver.as_datetime(), argument);
}

// `{"type": .., "id": ..}`.
Result<EntityUid> read_type_and_id(const JsonValue& json) {
  static constexpr std::array<std::string_view, 2> kMembers{"type", "id"};
  TRY_OK(json.only(kMembers));
  TRY(const std::string_view type, json.string("type"));
  TRY(const std::string_view id, json.string("id"));
  if (!is_type_name(type)) {
    return invalid(json, fmt::format("`{}` is no name of an entity type", printable(type)),
                   "a name is made of identifiers with `::` between them");
  }
  return EntityUid{std::string(type), std::string(id)};
}

// The value of an escape that stands alone in its object; the object is refused where it does not.
Result<JsonValue> escaped(const JsonValue& json, std::string_view escape) {
  if (json.size() != 1) {
    return invalid(json, fmt::format("`{}` stands beside other members", escape));
  }
  return json.member(escape);
}

Result<Value> read_object(const JsonValue& json, const Type* type) {
  if (json.find("__entity").has_value()) {
    TRY(const JsonValue inner, escaped(json, "__entity"));
    TRY(EntityUid uid, read_type_and_id(inner));
    return Value::entity(std::move(uid));
  }
  if (json.find("__extn").has_value()) {
    TRY(const JsonValue inner, escaped(json, "__extn"));
    return read_call(inner);
  }
  if (json.find("__expr").has_value()) {
    return invalid(json, "`__expr` is not supported", "write `__entity` or `__extn`");
  }
  if (type != nullptr && type->is_entity()) {
    TRY(EntityUid uid, read_type_and_id(json));
    return Value::entity(std::move(uid));
  }
  if (type != nullptr && type->kind() == TypeKind::kExtension) {
    return read_call(json);
  }
  return read_record(json, type);
}

template <typename TypeOf>
Result<Value> read_fields(const JsonValue& json, const TypeOf& type_of) {
  TRY(const JsonValue object, json.as_object());
  std::vector<Field> fields;
  fields.reserve(object.size());
  for (const JsonValue member : object) {
    TRY(Value value, read_value(member, type_of(member.name())));
    fields.push_back({std::string(member.name()), std::move(value)});
  }
  return Value::record(std::move(fields));
}

}  // namespace

formats::JsonLimits cedar_json_limits() {
  return {.members = 10'000'000, .nul_in_names = true};
}

Result<Value> read_value(const JsonValue& json, const Type* type) {
  switch (json.type()) {
    case JsonType::kNull:
      return invalid(json, "null is no value of Cedar", "leave the member out");
    case JsonType::kBoolean: {
      TRY(const bool value, json.as_bool());
      return Value::boolean(value);
    }
    case JsonType::kNumber: {
      TRY(const int64_t value, json.as_int64());
      return Value::number(value);
    }
    case JsonType::kString: {
      TRY(const std::string_view text, json.as_string());
      if (type != nullptr && type->kind() == TypeKind::kExtension) {
        return construct(json, type->extension_type(), text);
      }
      return Value::string(std::string(text));
    }
    case JsonType::kArray: {
      std::vector<Value> elements;
      elements.reserve(json.size());
      for (const JsonValue element : json) {
        TRY(Value value, read_value(element, element_of(type)));
        elements.push_back(std::move(value));
      }
      return Value::set(std::move(elements));
    }
    case JsonType::kObject:
      return read_object(json, type);
  }
  return invalid(json, "expected a value");
}

Result<Value> read_record(const JsonValue& json, const Type* type) {
  return read_fields(json, [type](std::string_view name) { return field_of(type, name); });
}

Result<Value> read_tags(const JsonValue& json, const Type* type) {
  return read_fields(json, [type](std::string_view) { return type; });
}

Result<EntityUid> read_entity_uid(const JsonValue& json) {
  if (json.find("__entity").has_value()) {
    TRY(const JsonValue inner, escaped(json, "__entity"));
    return read_type_and_id(inner);
  }
  return read_type_and_id(json);
}

}  // namespace sally::cedar
