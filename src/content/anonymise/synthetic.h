// Synthetic values: of the type and shape of a value, but nobody's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/hmac.h"

namespace sally::content::anonymise {

inline constexpr size_t kLongestSynthetic = 120;

// The same for the same key, scope, type, value and `attempt`. A card passes Luhn and an IBAN its
// mod 97; mail is at example.com, telephone numbers, networks and hosts are of ranges reserved for
// fiction or documentation. What is no known type keeps its digits digits and its letters letters.
// At most kLongestSynthetic octets. Now and then it is the value itself, always where that has
// neither letter nor digit: the caller tries again.
[[nodiscard]] std::string synthesise(const crypto::HmacKey& key, std::string_view scope,
                                     std::string_view type, std::string_view value,
                                     uint32_t attempt);

}  // namespace sally::content::anonymise
