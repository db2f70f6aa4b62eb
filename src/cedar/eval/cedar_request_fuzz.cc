// Any bytes as a request: reading it into scratch memory agrees with reading it as values.
#include <string_view>

#include "base/check.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/value_reader.h"
#include "cedar/eval/request.h"
#include "cedar/eval/scratch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static Scratch scratch;
  const auto view = read_request(text, scratch);
  const auto document = sally::formats::JsonDocument::parse(text, cedar_json_limits());
  if (!document.ok()) {
    SALLY_CHECK(!view.ok());
    return 0;
  }
  const auto root = document->root();
  const auto member = root.find("context");
  if (!member.has_value()) {
    SALLY_CHECK(!view.ok());
    return 0;
  }
  const auto context = read_context(*member);
  if (!view.ok()) {
    return 0;
  }
  SALLY_CHECK(context.ok());
  SALLY_CHECK(to_value(view->context) == *context);
  SALLY_CHECK(to_uid(view->principal) == *read_entity_uid(*root.find("principal")));
  return 0;
}
