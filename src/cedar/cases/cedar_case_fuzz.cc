// Any bytes as a case file: problems stand in the text, and what is read gives contexts and
// entities that are JSON.
#include <string_view>

#include "base/check.h"
#include "cedar/cases/case_file.h"
#include "cedar/entities/value_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  using sally::formats::JsonDocument;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = parse_cases(text, {.bytes = 1 << 16});
  if (!file.ok()) {
    for (const Problem& problem : file.problems()) {
      SALLY_CHECK(problem.span.begin <= problem.span.end && problem.span.end <= size);
    }
    return 0;
  }
  for (size_t i = 0; i < file->cases.size(); ++i) {
    const auto request = request_of(*file, i);
    if (request.ok()) {
      SALLY_CHECK(JsonDocument::parse(request->context, cedar_json_limits()).ok());
      SALLY_CHECK(JsonDocument::parse(to_json(request->entities), cedar_json_limits()).ok());
    }
  }
  return 0;
}
