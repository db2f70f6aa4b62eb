// A bundle from whoever can write to the store, and the policies that somebody signed for.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "policy/loaded_policies.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto files = parse_bundle(text);
  if (!files.ok()) {
    return 0;
  }
  const auto bundle = to_bundle(*files);
  SALLY_CHECK(bundle.ok() && *bundle == text);
  std::vector<PolicyProblem> problems;
  const auto loaded = LoadedPolicies::from_files(*files, problems);
  if (loaded.ok()) {
    SALLY_CHECK(loaded->hash == bundle_hash(text));
  } else {
    SALLY_CHECK(!problems.empty());
  }
  return 0;
}
