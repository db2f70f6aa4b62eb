// Requests are read the same however the bytes are cut.
//
// Input: one octet that says how, then the bytes of a connection.
#include <cstdint>
#include <cstdlib>

#include "net/http1/transcript.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::net::http1;
  if (size == 0) {
    return 0;
  }
  const size_t step = 1 + data[0] % 64;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  net::HttpLimits limits;
  limits.head_bytes = 2'000;
  limits.target_bytes = 500;
  limits.field_count = 20;
  limits.body_bytes = 1'500;
  const std::string whole = read_requests(bytes, bytes.size() + 1, limits);
  if (read_requests(bytes, step, limits) != whole ||
      read_requests(bytes, bytes.size() + 1, limits, Take::kWholeFirst) != whole) {
    std::abort();
  }
  return 0;
}
