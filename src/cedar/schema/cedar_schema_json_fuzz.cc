// Any bytes as a schema in JSON: what reads is written as JSON that reads the same.
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/json_writer.h"
#include "cedar/schema/resolver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const auto fragment =
      read_schema_fragment_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!fragment.ok()) {
    return 0;
  }
  const std::string json = write_schema_json(*fragment);
  const auto again = read_schema_fragment_json(json);
  SALLY_CHECK(again.ok());
  SALLY_CHECK(write_schema_json(*again) == json);
  const auto schema = resolve(*fragment);
  const auto same = resolve(*again);
  SALLY_CHECK(schema.ok() == same.ok());
  SALLY_CHECK(!schema.ok() || *schema == *same);
  return 0;
}
