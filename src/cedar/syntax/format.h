// The formatter behind `sallyport policy format`: the same policies in one layout, comments kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cedar/syntax/parser.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

struct FormatOptions {
  size_t width = 80;
  size_t indent = 2;
};

// Every token stays as it was written, but for commas before a closing bracket, which go. Comments
// stay behind or above the token they were written to; a blank line above a comment at the top
// stays one. Formatting what was formatted changes nothing. Refused as by parse_policies.
ParseResult<std::string> format_policies(std::string_view text, const FormatOptions& options = {},
                                         const ParseLimits& limits = {});

}  // namespace sally::cedar
