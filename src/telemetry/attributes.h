// Attributes: the names that spans, metrics and log records carry, from the table in
// attributes.def, and how a value becomes bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "telemetry/proto.h"

namespace sally::telemetry {

enum class Attribute : uint8_t {
#define SALLY_ATTRIBUTE(constant, name, source, on, help) constant,
#include "telemetry/attributes.def"
};

struct AttributeRow {
  Attribute attribute;
  std::string_view name;
  std::string_view source;
  std::string_view on;
  std::string_view help;
};
std::span<const AttributeRow> attribute_table();
std::string_view name_of(Attribute attribute);

// Names of the conventions that are no longer to be used, and what stands in their place.
struct DeprecatedName {
  std::string_view name;
  std::string_view instead;
};
std::span<const DeprecatedName> deprecated_names();

// `gen_ai.operation.name` of an action, `gen_ai.provider.name` of a route's protocol; empty where
// the conventions have none.
std::string_view genai_operation(std::string_view action);
std::string_view genai_provider(std::string_view protocol);

// `text` as a value: valid UTF-8, at most 1 KiB.
std::string value_text(std::string_view text);

// Writes attributes as the repeated field `field` of the message that is being written.
class AttributeWriter {
 public:
  // `out` outlives the writer.
  AttributeWriter(ProtoWriter& out, uint32_t field) : out_(out), field_(field) {}
  // Nothing where the value is empty.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, int64_t value);
  void real(std::string_view name, double value);
  void flag(std::string_view name, bool value);
  void text(Attribute attribute, std::string_view value) { text(name_of(attribute), value); }
  void number(Attribute attribute, int64_t value) { number(name_of(attribute), value); }
  void flag(Attribute attribute, bool value) { flag(name_of(attribute), value); }

 private:
  template <typename Fill>
  void value(std::string_view name, const Fill& fill);
  ProtoWriter& out_;
  uint32_t field_;
};

}  // namespace sally::telemetry
