#include "telemetry/attributes.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "telemetry/otlp_fields.h"

namespace sally::telemetry {
namespace {

constexpr size_t kMostText = 1024;

constexpr auto kRows = std::to_array<AttributeRow>({
#define SALLY_ATTRIBUTE(constant, name, source, on, help) \
  {Attribute::constant, name, source, on, help},
#include "telemetry/attributes.def"
});

constexpr auto kDeprecated = std::to_array<DeprecatedName>({
#define SALLY_DEPRECATED(name, instead) {name, instead},
#include "telemetry/attributes.def"
});

struct Mapping {
  std::string_view from;
  std::string_view to;
};

constexpr auto kOperations = std::to_array<Mapping>({
#define SALLY_GENAI_OPERATION(action, operation) {action, operation},
#include "telemetry/attributes.def"
});

constexpr auto kProviders = std::to_array<Mapping>({
#define SALLY_GENAI_PROVIDER(protocol, provider) {protocol, provider},
#include "telemetry/attributes.def"
});

std::string_view look_up(std::span<const Mapping> rows, std::string_view from) {
  const auto found = std::ranges::find(rows, from, &Mapping::from);
  return found == rows.end() ? std::string_view() : found->to;
}

bool fits(std::string_view text) {
  return text.size() <= kMostText && is_utf8(text);
}

}  // namespace

std::span<const AttributeRow> attribute_table() {
  return kRows;
}

std::string_view name_of(Attribute attribute) {
  return kRows[static_cast<size_t>(attribute)].name;
}

std::span<const DeprecatedName> deprecated_names() {
  return kDeprecated;
}

std::string_view genai_operation(std::string_view action) {
  return look_up(kOperations, action);
}

std::string_view genai_provider(std::string_view protocol) {
  return look_up(kProviders, protocol);
}

std::string value_text(std::string_view text) {
  return fits(text) ? std::string(text) : printable(text, kMostText);
}

template <typename Fill>
void AttributeWriter::value(std::string_view name, const Fill& fill) {
  out_.message(field_, [&] {
    out_.bytes(otlp::key_value::kKey, name);
    out_.message(otlp::key_value::kValue, fill);
  });
}

void AttributeWriter::text(std::string_view name, std::string_view text) {
  if (text.empty()) {
    return;
  }
  value(name, [&] {
    if (fits(text)) {
      out_.bytes(otlp::any_value::kString, text);
    } else {
      out_.bytes(otlp::any_value::kString, value_text(text));
    }
  });
}

void AttributeWriter::number(std::string_view name, int64_t number) {
  value(name, [&] { out_.varint(otlp::any_value::kInt, static_cast<uint64_t>(number)); });
}

void AttributeWriter::real(std::string_view name, double number) {
  value(name, [&] { out_.real(otlp::any_value::kDouble, number); });
}

void AttributeWriter::flag(std::string_view name, bool flag) {
  value(name, [&] { out_.varint(otlp::any_value::kBool, flag ? 1 : 0); });
}

}  // namespace sally::telemetry
