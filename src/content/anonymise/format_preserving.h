// Format-preserving encryption of a value: digits become digits, and where there are letters,
// letters and digits become letters and digits; all else stays where it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "content/anonymise/keys.h"

namespace sally::content::anonymise {

// FF1 under the tenant's key, with a tweak from the type: one value of one type always gives the
// same. Nothing for a value that has no such form: fewer than a million values of its shape, more
// than 64 letters and digits, letters of both cases, octets that are not ASCII.
//
// A checksum does not survive. What an operator encrypted is not forgotten with a subject.
[[nodiscard]] std::optional<std::string> encrypt_format(const Keys& keys, std::string_view type,
                                                        std::string_view value);
// What was encrypted so; nothing where it cannot have been.
[[nodiscard]] std::optional<std::string> decrypt_format(const Keys& keys, std::string_view type,
                                                        std::string_view text);

}  // namespace sally::content::anonymise
