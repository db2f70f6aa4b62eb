// What every policy must survive: being printed and read again.
#include "corpus/cedar/corpus.h"
#include "corpus/cedar/engine.h"

namespace sally::cedar {
namespace {

// Written for Cedar before 4.0: its actions are of another type than `Action`.
constexpr std::string_view kRefused = "/cedar-policy-core/src/parser/testfiles/policies.cedar";

void judge_round_trip(Tally& tally, const std::string& name, const Policy& policy) {
  const std::string text = judge::text_of(policy);
  const Result<Policy> again = judge::policy_of_text(text);
  const std::string what = name + " " + policy.id;
  tally.expect(Stratum::kRoundTrips, what + " by text", again.ok() && same_policy(policy, *again),
               again.ok() ? text : again.error().to_string() + " in " + text);
  tally.expect(Stratum::kRoundTrips, what + " printed twice",
               again.ok() && judge::text_of(*again) == text, text);
}

}  // namespace

void judge_twins(Corpus& corpus) {
  for (const auto& [path, text] : corpus.tree.files()) {
    if (!path.ends_with(".cedar")) {
      continue;
    }
    corpus.use(path);
    const auto set = judge::read_policies(path, text);
    corpus.tally.expect(Stratum::kPolicies, path, set.ok() != path.ends_with(kRefused),
                        set.ok() ? "accepted" : set.error().to_string());
    if (set.ok()) {
      for (const Policy& policy : set->policies()) {
        judge_round_trip(corpus.tally, path, policy);
      }
      for (const Policy& policy : set->templates()) {
        judge_round_trip(corpus.tally, path, policy);
      }
    }
  }
}

}  // namespace sally::cedar
