// `audit prune`: lets go of entries that are older than the retention policy keeps them.
#include <fmt/format.h>

#include "app/audit_log.h"
#include "app/changes.h"
#include "app/commands.h"
#include "app/log_keeper.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "ledger/retention.h"

namespace sally::app {

Result<int> audit_prune(const World& world, const AuditPruneOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const LogPlace place, log_place(*config));
  TRY(const ledger::Holds holds, verified_holds(place));
  TRY(const ledger::PrunePlan plan,
      plan_prune_of(place.folder, config->ledger.retention, world.clock.now(), holds));
  ledger::PruneReport report;
  if (plan.does_something() && !options.dry_run) {
    TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
    // In the log before it is done: a minimum index that the log does not speak of is a theft.
    TRY_OK(record_change(*state, prune_event(change_by_user(world, ledger::kPruned, {}), plan)));
    TRY_OK(bring_to_log(world, *config, *state));
    TRY(report, ledger::prune(place.folder, plan));
  }
  if (options.format == Format::kJson) {
    std::string out;
    formats::JsonWriter json(out);
    json.begin_object();
    json.member("dry_run", options.dry_run);
    json.member("minimum_before", plan.present).member("minimum", plan.minimum);
    json.member("files", report.files).member("bytes", report.bytes);
    json.key("held_by").begin_array();
    for (const std::string& id : plan.held_by) {
      json.string(id);
    }
    json.end_array();
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
    return kFine;
  }
  if (!plan.does_something()) {
    world.console.out("nothing is old enough to go\n");
  } else if (options.dry_run) {
    world.console.out(fmt::format("entries {} to {} would go\n", plan.present, plan.minimum - 1));
  } else {
    world.console.out(fmt::format("entries {} to {} are gone: {} files, {} bytes\n", plan.present,
                                  plan.minimum - 1, report.files, report.bytes));
  }
  for (const std::string& id : plan.held_by) {
    world.console.out(fmt::format("hold {} keeps what is younger\n", id));
  }
  return kFine;
}

}  // namespace sally::app
