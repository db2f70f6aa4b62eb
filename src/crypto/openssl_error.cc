#include "crypto/openssl_error.h"

#include <openssl/err.h>

#include <string>
#include <utility>

#include "base/encoding.h"

namespace sally::crypto {

Error openssl_error(ErrorKind kind, std::string_view what, std::string hint,
                    std::source_location where) {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  std::string message(what);
  if (const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code)) {
    message += ": ";
    for (const char* c = reason; *c != '\0'; ++c) {
      message += to_lower(*c);
    }
  }
  return Error(kind, std::move(message), std::move(hint), where);
}

}  // namespace sally::crypto
