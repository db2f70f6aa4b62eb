#include "app/policy_replay.h"

#include <utility>

#include "app/audit.h"
#include "app/differences_view.h"
#include "app/log_view.h"
#include "app/policy_keeper.h"
#include "app/print_json.h"
#include "policy/bundle_store.h"
#include "policy/replay.h"

namespace sally::app {

using policy::Differences;

Result<Differences> replay_policies(const Config& config, const policy::PolicyTexts& candidate,
                                    std::optional<WallTime> since, std::optional<WallTime> until) {
  TRY(policy::ActiveSetPtr after, compile_policies(candidate, 0, config));
  TRY(const policy::CurrentPolicies current,
      policy::BundleStore(config.policy.bundles).read_current(config.policy.trusted, 0));
  TRY(policy::ActiveSetPtr before,
      compile_policies(current.enforce ? current.enforce->files : no_policies(),
                       current.enforce ? current.enforce->sequence : 0, config));
  policy::Replay replay(std::move(before), std::move(after), config.policy.on_forbid_error);
  TRY(LogView view, LogView::open(config.ledger.folder));
  ledger::EventQuery query;
  query.since = since;
  query.until = until;
  TRY_OK(view.search(query, 0, [&](uint64_t, const ledger::AnyEvent& event, std::string_view) {
    if (const auto* access = std::get_if<ledger::RecordedEvent>(&event)) {
      replay.look(access->event);
    }
    return Result<ledger::Visit>(ledger::Visit::kContinue);
  }));
  return replay.differences();
}

Result<Differences> shadow_differences(const Config& config, uint64_t activation) {
  Differences out;
  TRY(LogView view, LogView::open(config.ledger.folder));
  TRY_OK(view.search({}, 0, [&](uint64_t, const ledger::AnyEvent& event, std::string_view) {
    const auto* access = std::get_if<ledger::RecordedEvent>(&event);
    if (access != nullptr && access->event.policy && access->event.shadow &&
        access->event.shadow->set.version == activation) {
      const PolicyVerdict& enforced = *access->event.policy;
      const PolicyVerdict& shadow = *access->event.shadow;
      out.add(access->event, {enforced.allowed, enforced.determining},
              {shadow.allowed, shadow.determining});
    }
    return Result<ledger::Visit>(ledger::Visit::kContinue);
  }));
  return out;
}

Result<int> policy_replay(const World& world, const PolicyReplayOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
  TRY(const policy::PolicyTexts candidate,
      policy::read_policy_texts(options.folder.empty() ? config->policy.folder : options.folder));
  TRY(const auto since, parse_when("--since", options.since, world.clock.now()));
  TRY(const auto until, parse_when("--until", options.until, world.clock.now()));
  TRY(const Differences result, replay_policies(*config, candidate, since, until));
  if (options.format == Format::kJson) {
    print_json(world, [&](formats::JsonWriter& json) { write_differences(json, result); });
  } else {
    world.console.out(differences_text(world.console, result, kRecordedCalls));
  }
  return result.groups.empty() ? kFine : kNo;
}

}  // namespace sally::app
