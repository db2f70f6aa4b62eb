// The JSON syntax of schemas.
#pragma once

#include <string_view>

#include "cedar/schema/fragment.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// Spans count in `json`. Strict: unknown members, malformed names and everything that the JSON
// reader refuses are problems. Source: the Cedar reference, "Schema syntax: JSON".
ParseResult<SchemaFragment> read_schema_fragment_json(std::string_view json);

// Read and resolved.
ParseResult<Schema> read_schema_json(std::string_view json);

}  // namespace sally::cedar
