// Any bytes as a schema for people: what reads gives the same schema from the JSON written of it.
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/schema/json_reader.h"
#include "cedar/schema/json_writer.h"
#include "cedar/schema/parser.h"
#include "cedar/schema/resolver.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fragment = parse_schema_fragment(text);
  if (!fragment.ok()) {
    for (const Problem& problem : fragment.problems()) {
      SALLY_CHECK(problem.span.begin <= problem.span.end && problem.span.end <= size);
    }
    return 0;
  }
  const auto schema = resolve(*fragment);
  if (schema.ok()) {
    const auto again = read_schema_json(write_schema_json(*fragment));
    SALLY_CHECK(again.ok() && *again == *schema);
  }
  return 0;
}
