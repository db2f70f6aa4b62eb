#include "cedar/syntax/est_shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cedar/names.h"

namespace sally::cedar {

using formats::JsonValue;

namespace {

constexpr std::array<std::string_view, 1> kEntityEscape{"__entity"};
constexpr std::array<std::string_view, 2> kEntityMembers{"type", "id"};

}  // namespace

Span EstShapes::span_of(const JsonValue& value) {
  const auto at = static_cast<uint32_t>(value.offset());
  return {at, at + 1};
}

std::nullopt_t EstShapes::fail(const JsonValue& at, std::string message, std::string help) {
  problems_.push_back({span_of(at), std::move(message), std::move(help)});
  return std::nullopt;
}

bool EstShapes::object(const JsonValue& value, std::string_view what,
                       std::span<const std::string_view> known) {
  if (!value.is_object()) {
    fail(value, fmt::format("expected {}, found {}", what, name_of(value.type())));
    return false;
  }
  for (const JsonValue member : value) {
    if (std::ranges::find(known, member.name()) == known.end()) {
      const std::string_view near = nearest(member.name(), known);
      fail(member, fmt::format("unknown member `{}` in {}", printable(member.name()), what),
           near.empty() ? std::string() : fmt::format("did you mean `{}`?", near));
      return false;
    }
  }
  return true;
}

std::optional<JsonValue> EstShapes::member(const JsonValue& object, std::string_view name) {
  auto found = object.find(name);
  if (!found) {
    return fail(object, fmt::format("`{}` is missing", name));
  }
  return found;
}

std::optional<std::string> EstShapes::string(const JsonValue& value, std::string_view what) {
  const auto text = value.as_string();
  if (!text.ok()) {
    return fail(value, fmt::format("expected {}, found {}", what, name_of(value.type())));
  }
  return std::string(*text);
}

std::optional<std::string> EstShapes::string_member(const JsonValue& object,
                                                    std::string_view name) {
  const auto found = member(object, name);
  return found ? string(*found, "a string") : std::nullopt;
}

std::optional<std::string> EstShapes::type_member(const JsonValue& object, std::string_view name) {
  auto type = string_member(object, name);
  if (type && !is_type_name(*type)) {
    return fail(*object.find(name), fmt::format("`{}` is no entity type", printable(*type)),
                "a type is `User` or `Namespace::User`, without spaces or reserved words");
  }
  return type;
}

std::optional<EntityUid> EstShapes::entity(const JsonValue& value) {
  constexpr std::string_view kWhat = "an entity";
  const auto escaped = value.find(kEntityEscape.front());
  if (escaped && !object(value, kWhat, kEntityEscape)) {
    return std::nullopt;
  }
  const JsonValue inner = escaped.value_or(value);
  if (!object(inner, kWhat, kEntityMembers)) {
    return std::nullopt;
  }
  auto type = type_member(inner, "type");
  auto id = string_member(inner, "id");
  if (!type || !id) {
    return std::nullopt;
  }
  return EntityUid{*std::move(type), *std::move(id)};
}

}  // namespace sally::cedar
