// `audit forget`: the end of what was kept about somebody.
#include <fmt/format.h>

#include <memory>

#include "app/audit_log.h"
#include "app/captured.h"
#include "app/changes.h"
#include "app/commands.h"
#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "content/privacy/privacy_rewriter.h"
#include "crypto/hmac.h"
#include "formats/json/writer.h"
#include "store/sqlite_vault.h"

namespace sally::app {

using formats::JsonWriter;

namespace {

// What was kept of bodies; nothing where that is not done, or was not yet.
Result<std::optional<Captured>> captured_of(const Config& config) {
  if (!config.capture) {
    return std::optional<Captured>();
  }
  auto captured = open_captured(config);
  if (!captured.ok() && captured.error().kind() == ErrorKind::kNotFound && config.privacy) {
    return std::optional<Captured>();
  }
  TRY(Captured out, std::move(captured));
  return std::optional<Captured>(std::move(out));
}

// What placeholders stand for; null the same way.
Result<std::unique_ptr<store::Vault>> vault_of(const Config& config) {
  std::unique_ptr<store::Vault> none;
  if (!config.privacy) {
    return none;
  }
  auto vault =
      store::open_sqlite_vault(config.privacy->vault, store::IfMissing::kFail, config.privacy->key,
                               config.privacy->limits, std::make_unique<SystemRandom>());
  return !vault.ok() && vault.error().kind() == ErrorKind::kNotFound ? std::move(none)
                                                                     : std::move(vault);
}

// The pseudonym of a subject in the log where no key of captured bodies makes one.
std::string tag_of(const Config& config, std::string_view subject) {
  const crypto::HmacKey key(config.privacy->key);
  return to_hex(key.sign(as_bytes("audit forget:" + std::string(subject))));
}

}  // namespace

Result<int> audit_forget(const World& world, const AuditForgetOptions& options) {
  if (options.principal.empty() == options.subject.empty()) {
    return Error(ErrorKind::kUsage, "whom to forget: a principal or a subject",
                 "--principal ID (of an API key), or --subject VALUE (of the end user's field)");
  }
  TRY(const ConfigPtr config, open_config(world, options.config, Reading::kEvidence));
  if (!config->capture && !config->privacy) {
    return Error(ErrorKind::kUsage, "this configuration keeps nothing about anybody",
                 "with `capture` or `privacy` in it, it would");
  }
  const bool principal = !options.principal.empty();
  TRY(const auto captured, captured_of(*config));
  TRY(const auto vault, vault_of(*config));
  const auto kind = principal ? capture::SubjectKind::kPrincipal : capture::SubjectKind::kEndUser;
  const std::string& whom = principal ? options.principal : options.subject;
  const std::string tag_text =
      captured ? to_hex(captured->keys->tag_of(kind, whom)) : tag_of(*config, whom);

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
  size_t forgotten_values = 0;
  // The event is there when the deed is done, and the deed is not done without.
  TRY_OK(state->write([&](store::Transaction& transaction) -> Result<> {
    if (captured) {
      const capture::SubjectTag tag = captured->keys->tag_of(kind, whom);
      TRY(overwritten_keys, captured->keys->forget(tag));
      TRY(overwritten_bodies, captured->content->forget(tag));
    }
    if (vault != nullptr) {
      TRY(forgotten_values,
          vault->forget(content::PrivacyRewriter::subject_of(principal ? whom : std::string(),
                                                             principal ? std::string() : whom)));
    }
    JsonWriter json(event.after);
    json.begin_object();
    json.member("keys_overwritten", overwritten_keys);
    json.member("bodies_overwritten", overwritten_bodies);
    json.member("values_forgotten", forgotten_values);
    json.end_object();
    json.finish();
    return ledger::put_into_outbox(transaction, event);
  }));
  bring_or_warn(world, *config, *state);

  const bool forgotten = overwritten_keys > 0 || overwritten_bodies > 0 || forgotten_values > 0;
  if (options.format == Format::kJson) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("forgotten", forgotten);
    json.member("keys_overwritten", overwritten_keys);
    json.member("bodies_overwritten", overwritten_bodies);
    json.member("values_forgotten", forgotten_values);
    json.end_object();
    json.finish();
    world.console.out(out + "\n");
    return forgotten ? kFine : kNo;
  }
  if (!forgotten) {
    world.console.out("nothing is known of that subject\n");
  }
  if (overwritten_keys > 0 || overwritten_bodies > 0) {
    world.console.out(
        fmt::format("forgotten: the key is overwritten, and {} bod{} with it\n"
                    "what the log says of them proves nothing about their content any more\n",
                    overwritten_bodies, overwritten_bodies == 1 ? "y" : "ies"));
  }
  if (forgotten_values > 0) {
    world.console.out(fmt::format("forgotten: the key of {} value{} that placeholders stood for\n",
                                  forgotten_values, forgotten_values == 1 ? "" : "s"));
  }
  return forgotten ? kFine : kNo;
}

}  // namespace sally::app
