// The admin API as an OpenAPI 3.1 document, made of the table of endpoints.
#pragma once

#include <string>

namespace sally::app {

// JSON, indented, with a newline at its end. The same text for the same table.
[[nodiscard]] std::string openapi_document();

}  // namespace sally::app
