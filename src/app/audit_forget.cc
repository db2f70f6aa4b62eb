// `audit forget`: the end of what was kept about somebody.
#include <fmt/format.h>

#include <memory>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/changes.h"
#include "app/commands.h"
#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::app {

using formats::JsonWriter;

Result<int> audit_forget(const World& world, const AuditForgetOptions& options) {
  if (options.principal.empty() == options.subject.empty()) {
    return Error(ErrorKind::kUsage, "whom to forget: a principal or a subject",
                 "--principal ID (of an API key), or --subject VALUE (of the end user's field)");
  }
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  TRY(const Captured captured, open_captured(*config));
  const bool principal = !options.principal.empty();
  const capture::SubjectTag tag =
      principal ? captured.keys->tag_of(capture::SubjectKind::kPrincipal, options.principal)
                : captured.keys->tag_of(capture::SubjectKind::kEndUser, options.subject);
  const std::string tag_text = to_hex(tag);

  // An end user's name must not come into the log: its tag stands there.
  ChangeEvent event =
      change_by_user(world, "subject.forget",
                     principal ? "principal:" + options.principal : "subject:" + tag_text);
  event.reason = options.reason;
  TRY(const auto state, store::open_state(config->state_url, store::IfMissing::kFail));
  TRY(const LogPlace place, log_place(*config));
  TRY(const ledger::Holds holds, verified_holds(place));
  const Result<> allowed = principal ? holds.allow_forgetting_principal(options.principal)
                                     : holds.allow_forgetting_subject(tag_text);
  if (!allowed) {
    event.failure = allowed.error().message();
    TRY_OK(record_change(*state, event));
    bring_or_warn(world, *config, *state);
    return allowed.error();
  }

  size_t overwritten_keys = 0;
  size_t overwritten_bodies = 0;
  // The event is there when the deed is done, and the deed is not done without.
  TRY_OK(state->write([&](store::Transaction& transaction) -> Result<> {
    TRY(overwritten_keys, captured.keys->forget(tag));
    TRY(overwritten_bodies, captured.content->forget(tag));
    JsonWriter json(event.after);
    json.begin_object();
    json.member("keys_overwritten", overwritten_keys);
    json.member("bodies_overwritten", overwritten_bodies);
    json.end_object();
    json.finish();
    return ledger::put_into_outbox(transaction, event);
  }));
  bring_or_warn(world, *config, *state);

  if (options.format == Format::kJson) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("forgotten", overwritten_keys > 0);
    json.member("keys_overwritten", overwritten_keys);
    json.member("bodies_overwritten", overwritten_bodies);
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
  } else if (overwritten_keys == 0 && overwritten_bodies == 0) {
    world.console.out("nothing is known of that subject\n");
  } else {
    world.console.out(
        fmt::format("forgotten: the key is overwritten, and {} bod{} with it\n"
                    "what the log says of them proves nothing about their content any more\n",
                    overwritten_bodies, overwritten_bodies == 1 ? "y" : "ies"));
  }
  return overwritten_keys > 0 || overwritten_bodies > 0 ? kFine : kNo;
}

}  // namespace sally::app
