// Where a JSON value ends, without reading it.
#pragma once

#include <string_view>

namespace sally::cedar {

// The offset behind the value that begins at `begin`: of an object, array or string the bracket or
// quote that closes it, of anything else up to white space, a comma or a closing bracket. The end
// of the text where it is not closed. What lies between need not be JSON.
[[nodiscard]] size_t json_end(std::string_view text, size_t begin);

}  // namespace sally::cedar
