// The schema in whose words the gate asks: policies/first/schema.cedarschema, which `sallyport
// init` writes. A schema may declare more than it, and nothing that the gate could not keep.
#pragma once

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/schema/schema.h"

namespace sally::policy {

[[nodiscard]] const cedar::Schema& gate_schema();

// Whether every request that fits gate_schema() fits `schema`: the types, their attributes and the
// actions are there, and what the gate makes itself (keys, requests, tools, contexts) needs no more
// attributes than it has. kInvalidInput with all that is missing.
[[nodiscard]] Result<> check_gate_schema(const cedar::Schema& schema);

// Whether none of the entities is a request: those the gate makes alone. kInvalidInput.
[[nodiscard]] Result<> check_gate_entities(const cedar::Entities& entities);

}  // namespace sally::policy
