// The value of `content-length`, read the same in every version of HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sally::net {

// 1*DIGIT in its one canonical form, of 18 digits at most; nothing for any other text. RFC
// 9112, 6.3 calls anything else unrecoverable.
[[nodiscard]] std::optional<uint64_t> parse_content_length(std::string_view text);

}  // namespace sally::net
