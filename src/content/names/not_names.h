// The words of not_names.def.
#pragma once

#include <cstdint>

namespace sally::content::names {

// Whether the word with this hash (Token::word) is, by itself, no name.
[[nodiscard]] bool is_no_name(uint64_t word);
// Whether a name before the word is that of who found something.
[[nodiscard]] bool is_eponym_head(uint64_t word);

}  // namespace sally::content::names
