// EntityUid: the name of an entity, `Type::"id"`.
#pragma once

#include <compare>
#include <string>

namespace sally::cedar {

// `type` is a normalised path (`A::B`: identifiers, `::` between them, nothing else); `id` is any
// sequence of code points in UTF-8, U+0000 included.
struct EntityUid {
  std::string type;
  std::string id;

  friend bool operator==(const EntityUid&, const EntityUid&) = default;
  friend auto operator<=>(const EntityUid&, const EntityUid&) = default;
};

}  // namespace sally::cedar
