// For tests: an encoded message as a tree of fields by number.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "telemetry/otlp_fields.h"
#include "telemetry/proto.h"

namespace sally::telemetry {

// Every field `number` of `message`.
inline std::vector<ProtoReader::Field> all(std::string_view message, uint32_t number) {
  std::vector<ProtoReader::Field> out;
  ProtoReader reader(message);
  while (const auto field = reader.next()) {
    if (field->number == number) {
      out.push_back(*field);
    }
  }
  return out;
}

// The first one; an empty field where there is none.
inline ProtoReader::Field one(std::string_view message, uint32_t number) {
  const auto fields = all(message, number);
  return fields.empty() ? ProtoReader::Field{} : fields.front();
}

// The value of an attribute as text; `-` where it is absent.
inline std::string attribute(std::string_view message, uint32_t field, std::string_view name) {
  for (const auto& pair : all(message, field)) {
    if (one(pair.bytes, otlp::key_value::kKey).bytes != name) {
      continue;
    }
    const auto value = one(pair.bytes, otlp::key_value::kValue);
    ProtoReader reader(value.bytes);
    if (const auto inner = reader.next()) {
      return inner->number == otlp::any_value::kString ? std::string(inner->bytes)
                                                       : std::to_string(inner->number_value);
    }
  }
  return "-";
}

// The message within an export request's body that holds its elements.
inline std::string_view elements_of(std::string_view body) {
  const auto resource = one(body, otlp::export_request::kResourceElements);
  return one(resource.bytes, otlp::export_request::kScopeElements).bytes;
}

}  // namespace sally::telemetry
