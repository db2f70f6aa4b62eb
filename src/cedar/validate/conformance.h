// Whether data fits a schema: values, requests, entities.
#pragma once

#include <vector>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/schema/schema.h"
#include "cedar/value.h"

namespace sally::cedar {

// Whether the value is of the type, all the way down: required fields are there, no others are,
// entities are of their types, and those of enumerated types are among the listed. kInvalidInput
// with the path: "`manager.age`: expected a `Long`, found a string". `type` is one of a schema.
[[nodiscard]] Result<> validate_value(const Schema& schema, const Type& type, const Value& value);

// Whether such a request can be asked: the action is declared, and applies to principals and
// resources of these types with such a context. kInvalidInput otherwise.
[[nodiscard]] Result<> validate_request(const Schema& schema, const EntityUid& principal,
                                        const EntityUid& action, const EntityUid& resource,
                                        const Value& context);

// What of the entities does not fit the schema, at most 64 errors; empty where everything does.
// Actions must be as the schema declares them, which is what read_entities() with a schema gives.
[[nodiscard]] std::vector<Error> validate_entities(const Schema& schema, const Entities& entities);

}  // namespace sally::cedar
