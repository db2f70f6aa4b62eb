// PartialRequest: a request of which parts are not known.
//
// What is decided of it holds for every completion: a request with the known parts and any others,
// over the given entities and, where the principal or the resource is unknown, that entity besides.
// Requests and entities fit the schema. No other entity is ever added: one that is named and not
// there stays away.
#pragma once

#include <string>
#include <variant>

#include "base/result.h"
#include "cedar/entity_uid.h"
#include "cedar/schema/schema.h"
#include "cedar/value.h"

namespace sally::cedar {

// What else is said of an entity of which the type is known.
enum class Presence : uint8_t {
  kAny,     // nothing: it need not be among the entities
  kStored,  // it is among the entities, or is added to them
  kAdded,   // it is not among the entities now, and is added to them
};

struct UnknownEntity {
  std::string type;
  Presence presence = Presence::kAny;
};
using PartialEntity = std::variant<EntityUid, UnknownEntity>;

// A record. What the schema declares and is not among the members is unknown, an optional member
// may be absent; so it is with the members of members that are records. Elements of sets are whole.
struct PartialContext {
  Value members = Value::empty_record();
  bool whole = false;  // there are no other members, at any depth
};

struct PartialRequest {
  PartialEntity principal;
  EntityUid action;  // the schema lists all there are: ask for each
  PartialEntity resource;
  PartialContext context;
};

// Whether some completion can be asked: the action is declared, applies to these types, and the
// members of the context are of their types. kInvalidInput otherwise.
[[nodiscard]] Result<> validate_request(const Schema& schema, const PartialRequest& request);

// What is known of a record of that type; whether that is all of it.
[[nodiscard]] bool is_complete(const Type& type, const Value& record);

// Of the members of a context those that the type declares, at every depth of records.
[[nodiscard]] Value declared_members(const Type& type, const Value& record);

}  // namespace sally::cedar
