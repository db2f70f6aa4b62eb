// IBANs (ISO 13616), whole or in groups.
#pragma once

#include <optional>
#include <string_view>

#include "content/personal/network.h"

namespace sally::content::personal {

// An IBAN that begins at `begin`: its country's length, a right remainder by 97; groups parted by
// one or two of space, hyphen, point, underscore, slash and line end.
std::optional<Span> iban_at(std::string_view text, size_t begin);

}  // namespace sally::content::personal
