// Any octets as the answer of a token exchange: what is taken is a token, and not the caller's own.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "identity/exchange/exchange_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  constexpr std::string_view kOwn = "caller.own.token";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const uint16_t status : {uint16_t{200}, uint16_t{400}}) {
    const auto read = identity::read_exchange_answer(
        {.status = status, .content_type = {}, .body = std::string(text), .max_age = {}}, {}, kOwn);
    if (!read.ok()) {
      SALLY_CHECK(read.error().message().size() < 200);
      continue;
    }
    SALLY_CHECK(status == 200 && !read->token.empty() && read->token.reveal() != kOwn);
    SALLY_CHECK(read->token.reveal().find_first_of(" \r\n\"") == std::string_view::npos);
  }
  return 0;
}
