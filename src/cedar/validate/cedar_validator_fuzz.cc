// Any bytes as a schema and, behind a NUL, policies: the validator answers in bounded time, and
// what strict validation passes passes the permissive one too.
#include <string_view>

#include "base/check.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"
#include "cedar/validate/validator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t split = input.find('\0');
  if (split == std::string_view::npos) {
    return 0;
  }
  const auto schema = parse_schema(input.substr(0, split));
  const auto policies = parse_policies(input.substr(split + 1));
  if (!schema.ok() || !policies.ok()) {
    return 0;
  }
  constexpr uint64_t kSteps = 100'000;
  const bool strict =
      !has_errors(validate(*policies, *schema, {.mode = Mode::kStrict, .steps = kSteps}));
  const bool permissive =
      !has_errors(validate(*policies, *schema, {.mode = Mode::kPermissive, .steps = kSteps}));
  SALLY_CHECK(!strict || permissive);
  const bool level = !has_errors(
      validate(*policies, *schema, {.mode = Mode::kStrict, .level = 1, .steps = kSteps}));
  SALLY_CHECK(!level || strict);
  return 0;
}
