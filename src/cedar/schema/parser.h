// The schema syntax of Cedar, the one for people.
#pragma once

#include <string_view>

#include "cedar/schema/fragment.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// Several problems where there are several. Source: the Cedar reference, "Schema grammar". Stricter
// than the reference implementation in one place: an attribute that is declared twice is a problem.
ParseResult<SchemaFragment> parse_schema_fragment(std::string_view text);

// Parsed and resolved.
ParseResult<Schema> parse_schema(std::string_view text);

}  // namespace sally::cedar
