// What OpenSSL says went wrong, as an Error. For the files of this room.
#pragma once

#include <source_location>
#include <string_view>

#include "base/error.h"

namespace sally::crypto {

// "`what`: reason" from the newest entry of this thread's OpenSSL error queue, which is emptied.
// Takes only the library's own reason text, never its data strings: those may quote input.
[[nodiscard]] Error openssl_error(ErrorKind kind, std::string_view what, std::string hint = {},
                                  std::source_location where = std::source_location::current());

}  // namespace sally::crypto
