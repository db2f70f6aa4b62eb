// Small questions to the JSON syntax, for the readers of policies and of expressions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cedar/entity_uid.h"
#include "cedar/syntax/span.h"
#include "formats/json/document.h"

namespace sally::cedar {

// What both readers of the JSON syntax look at values with: every answer that is not there is a
// problem already told.
class EstShapes {
 public:
  explicit EstShapes(std::vector<Problem>& problems) : problems_(problems) {}

  [[nodiscard]] static Span span_of(const formats::JsonValue& value);
  // Always nullopt, to return.
  std::nullopt_t fail(const formats::JsonValue& at, std::string message, std::string help = {});

  // An object whose members are all among `known`.
  bool object(const formats::JsonValue& value, std::string_view what,
              std::span<const std::string_view> known);
  std::optional<formats::JsonValue> member(const formats::JsonValue& object, std::string_view name);
  std::optional<std::string> string(const formats::JsonValue& value, std::string_view what);
  std::optional<std::string> string_member(const formats::JsonValue& object, std::string_view name);
  // A name of an entity type.
  std::optional<std::string> type_member(const formats::JsonValue& object, std::string_view name);
  // `{"type": "T", "id": "x"}`, or that as the `__entity` of an object.
  std::optional<EntityUid> entity(const formats::JsonValue& value);

 private:
  std::vector<Problem>& problems_;
};

}  // namespace sally::cedar
