#include "app/decision_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/explanation_view.h"
#include "app/policy_keeper.h"
#include "base/encoding.h"
#include "base/text.h"
#include "cedar/explain/explain.h"
#include "policy/bundle_store.h"
#include "policy/question.h"
#include "policy/recorded.h"

namespace sally::app {
namespace {

// The entities of the set, with those that the call brought in their place.
Result<cedar::Entities> with_call(const cedar::Entities& known,
                                  std::vector<cedar::Entity> of_call) {
  for (const cedar::Entity& entity : known.all()) {
    if (std::ranges::none_of(of_call, [&](const auto& own) { return own.uid == entity.uid; })) {
      of_call.push_back(entity);
    }
  }
  return cedar::Entities::create(std::move(of_call));
}

Result<std::string> explained(const Config& config, const ledger::RecordedEvent& recorded,
                              const Console& console) {
  const AccessEvent& event = recorded.event;
  const PolicySetId& set = event.policy->set;
  if (set.version == 0) {
    return std::string("  no policy set was in force\n");
  }
  const auto call = policy::RecordedCall::of(event);
  if (!call) {
    return std::string("  several things were decided at once; the last counts\n");
  }
  TRY(const policy::PolicyTexts texts,
      policy::BundleStore(config.policy.bundles).read_bundle(to_hex(set.hash)));
  TRY(const policy::ActiveSetPtr active, compile_policies(texts, set.version, config));
  policy::QuestionMaker maker;
  const AccessRequest asked = call->answers() ? call->answer() : call->request();
  TRY(const cedar::RequestView view, maker.make(asked, active->store(), active->tools()));
  auto question = maker.copy(view);
  TRY(const cedar::Entities entities, with_call(active->entities(), std::move(question.entities)));
  TRY(const cedar::Explanation why,
      cedar::explain(active->loaded().policies, entities, question.request));
  std::string out = explanation_text(console, why);
  const bool allowed = why.decision == cedar::Decision::kAllow;
  if (active->id().entities != set.entities) {
    out += "  the entities are other ones now: models or routes were added or removed\n";
  }
  const bool by_arguments = active->tools().find(event.route, event.tool) != nullptr;
  if (!call->exact() || by_arguments || recorded.findings_total > event.findings.size()) {
    out += "  not all that the policies saw stands in the record\n";
  }
  if (allowed != event.policy->allowed && event.policy->failed.empty()) {
    out += "  asked again, the answer is another one\n";
  }
  return out;
}

}  // namespace

std::string decision_text(const Config& config, const ledger::RecordedEvent& recorded,
                          const Console& console) {
  if (!recorded.event.policy) {
    return {};
  }
  std::string out = fmt::format("policies  version {}, {}{}\n", recorded.event.policy->set.version,
                                recorded.event.policy->allowed ? "allow" : "deny",
                                recorded.event.break_glass ? "; the glass was broken" : "");
  const auto why = explained(config, recorded, console);
  return out + (why ? *why : "  " + printable(why.error().message()) + "\n");
}

}  // namespace sally::app
