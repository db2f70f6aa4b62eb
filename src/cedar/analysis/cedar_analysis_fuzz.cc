// Any bytes as a schema and, behind NULs, two sets of policies: analysis and comparison end, and a
// set does not differ from itself.
#include <string_view>

#include "base/check.h"
#include "cedar/analysis/analysis.h"
#include "cedar/analysis/difference.h"
#include "cedar/entities/json_reader.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto next = [&] {
    const std::string_view part = input.substr(0, input.find('\0'));
    input.remove_prefix(std::min(input.size(), part.size() + 1));
    return part;
  };
  const auto schema = parse_schema(next());
  const auto before = parse_policies(next());
  const auto after = parse_policies(next());
  if (!schema.ok() || !before.ok() || !after.ok()) {
    return 0;
  }
  constexpr uint64_t kSteps = 20'000;
  static_cast<void>(analyze(*before, *schema, {.steps = kSteps}));
  const auto actions = read_entities("[]", &*schema);
  SALLY_CHECK(actions.ok());
  const DifferenceOptions options{.requests = 100, .steps = kSteps};
  static_cast<void>(compare(*before, *after, *schema, *actions, options).ok());
  const auto same = compare(*before, *before, *schema, *actions, options);
  SALLY_CHECK(!same.ok() || same->classes.empty());
  return 0;
}
