// Bytes as choices of a policy writer: no request of the small world refutes what the analysis
// observes, or a proof that two sets decide alike.
#include "base/check.h"
#include "cedar/analysis/analysis.h"
#include "cedar/analysis/claims.h"
#include "cedar/analysis/difference.h"
#include "cedar/analysis/small_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  static const SmallWorld kWorld;
  static const Entities kActions = *read_entities("[]", &kWorld.schema());
  size_t at = 0;
  PolicyWriter writer([&](uint32_t end) { return at < size ? data[at++] % end : 0; });
  const auto policies = parse_policies(writer.policies(3));
  SALLY_CHECK(policies.ok());
  const Analysis analysis = analyze(*policies, kWorld.schema());
  // Beside the whole set the one without its last policy.
  PolicySet fewer = *policies;
  SALLY_CHECK(fewer.remove_policy("policy2").ok());
  const auto found = compare(*policies, fewer, kWorld.schema(), kActions, {.requests = 1});
  SALLY_CHECK(found.ok());
  if (analysis.observations.empty() && !found->is_proved()) {
    return 0;
  }
  const Claims claims(*policies, analysis);
  const auto allows = [&](const std::vector<bool>& applies, size_t count) {
    bool permitted = false;
    for (size_t i = 0; i < count; ++i) {
      if (applies[i] && policies->policies()[i].effect == Effect::kForbid) {
        return false;
      }
      permitted = permitted || applies[i];
    }
    return permitted;
  };
  kWorld.for_each(*policies, [&](const Request& request, const std::vector<bool>& applies) {
    SALLY_CHECK(claims.refuted(request, applies) == nullptr);
    SALLY_CHECK(!found->is_proved() || allows(applies, 3) == allows(applies, 2));
    return true;
  });
  return 0;
}
