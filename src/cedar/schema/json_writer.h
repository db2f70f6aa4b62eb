// A schema in its JSON syntax.
#pragma once

#include <string>

#include "cedar/schema/fragment.h"

namespace sally::cedar {

// Reads back, with read_schema_fragment_json(), as a fragment that resolves to the same Schema.
// Declarations with several names are written once for each. Ends without a newline.
[[nodiscard]] std::string write_schema_json(const SchemaFragment& fragment);

}  // namespace sally::cedar
