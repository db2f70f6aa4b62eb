// `audit rekey`: another key-encryption key for the keys of subjects.
#include <fmt/format.h>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/changes.h"
#include "app/commands.h"

namespace sally::app {

Result<int> audit_rekey(const World& world, const AuditRekeyOptions& options) {
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const Captured captured, open_captured(*config));
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  const size_t subjects = captured.keys->subjects();
  TRY(const uint32_t version, captured.keys->rotate());
  ChangeEvent event = change_by_user(world, "capture.rekey", std::string(capture::kRingName));
  event.before = std::to_string(version - 1);
  event.after = std::to_string(version);
  TRY_OK(record_change(*state, event));
  bring_or_warn(world, *config, *state);
  world.console.out(fmt::format(
      "the keys of {} subject{} are wrapped by version {}; the versions before are gone\n",
      subjects, subjects == 1 ? "" : "s", version));
  return kFine;
}

}  // namespace sally::app
