// E-mail addresses spelled so that a machine does not see them: `jo [at] example [dot] org`,
// `jo(at)example.org`, `jo at example dot org`.
#pragma once

#include <optional>
#include <string_view>

#include "content/personal/network.h"

namespace sally::content::personal {

// `at`: the place of the word `at`. Looks at some hundred octets.
std::optional<Span> spelled_email_at(std::string_view text, size_t at);

}  // namespace sally::content::personal
