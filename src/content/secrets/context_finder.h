// Secrets that are told by what stands before them (context.h), in a whole text.
#pragma once

#include <string_view>

#include "content/secrets/context.h"

namespace sally::content {

// Adds the secrets of the text to `found`: in order, none over another.
void find_in_context(std::string_view text, Candidates& found);

// The same, slowly and plainly. For tests.
void find_in_context_plainly(std::string_view text, Candidates& found);

}  // namespace sally::content
